"""What the commands share: options, printing, and running against a server or on our own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.failing import keep_json
from server.cli.terminal.output import write, write_json
from server.cli.terminal.progress import Bars, Narrator

if TYPE_CHECKING:
    from rooftree.config import Config
    from server.base.thread_relay import Listener
    from server.cli.terminal.remote import RemoteServer
    from server.services.services import Services

Result = TypeVar("Result")

RepoOption = Annotated[
    Path, typer.Option("--repo", help="The repository or folder; by default the current one.")
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", callback=keep_json, help="Print JSON and nothing else; errors too."),
]
HERE = Path()
MOST_BY_TEXT = 20
EXIT_CODES = {"found": 0, "not_found": 1, "could_not_look": 3}


def load() -> "Config":
    """Read the configuration and start logging."""
    from rooftree.config import load_config
    from rooftree.telemetry.logs import configure_logging

    config = load_config().config
    configure_logging(config.paths)
    return config


def remote(config: "Config") -> "RemoteServer | None":
    """Return the running server, if there is one: it owns the index."""
    if not config.paths.socket().exists():
        return None
    from server.cli.terminal.remote import RemoteServer

    return RemoteServer.find(config.paths)


def with_services(config: "Config", work: Callable[["Services"], Awaitable[Result]]) -> Result:
    """Run `work` with services of our own, and close them whatever happens."""
    from server.services.services import Services

    async def run() -> Result:
        services = Services(config)
        try:
            return await work(services)
        finally:
            await services.aclose()

    return asyncio.run(run())


def answered(
    config: "Config",
    by_server: Callable[["RemoteServer"], dict[str, Any]],
    by_ourselves: Callable[["Services", "Listener"], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Ask the running server, or services of our own where there is none, with their progress."""
    server = remote(config)
    if server is None:
        with Bars() as bars:
            narrator = Narrator(bars, quiet=False)
            return with_services(config, lambda services: by_ourselves(services, narrator))
    with server:
        return by_server(server)


def say_nothing(result: dict[str, Any], what: str = "nothing") -> None:
    """Say that nothing was found, and what was not looked at: the two belong together."""
    missed = "; ".join(result["coverage"]["not_looked_at"])
    if result["status"] == "could_not_look":
        say(f"could not look at everything, and found {what} in the rest: {missed or 'see notes'}")
    elif missed:
        say(f"{what} found in what was looked at; not looked at: {missed}")
    else:
        say(f"{what} found")


def say_by_text(found: list[dict[str, Any]]) -> None:
    """List the lines that hold a name in files without symbols."""
    for item in found[:MOST_BY_TEXT]:
        say(f"{escaped_line(item['path'])}:{item['line']} ({item['why']})")
        say(f"    {item['text']}")
    if len(found) > MOST_BY_TEXT:
        say(f"… and {len(found) - MOST_BY_TEXT} more by text (--json lists them)")


def exit_code(result: dict[str, Any]) -> int:
    """Return 0 where something was found, 1 where nothing was, 3 where it could not be looked."""
    return EXIT_CODES[result["status"]]


def say_coverage(coverage: dict[str, Any]) -> None:
    """Say what was looked at, and what was not."""
    say()
    say(
        f"looked at commit {coverage['commit'] or '(none)'}, "
        f"{files_behind(coverage)}, "
        f"{sum(coverage['skipped'].values())} files left out, "
        f"index {coverage['checked']}"
    )
    for text in coverage["notes"]:
        say(f"note: {text}")


def files_behind(coverage: dict[str, Any]) -> str:
    """Say how many files have moved on, and how long ago that was seen."""
    return _seen(coverage, "files behind")


def changed_since(status: dict[str, Any]) -> str:
    """Say the same of an index."""
    return _seen(status, "changed since")


def _seen(told: dict[str, Any], what: str) -> str:
    ago = told.get("looked_seconds_ago")
    if ago is None:
        return "files not looked at yet"
    age = f" (looked {ago:.0f} s ago)" if ago >= 1 else ""
    return f"{told['files_behind']} {what}{age}"


def print_json(value: Any) -> None:
    write_json(value)


def say(text: str = "") -> None:
    """Print a line for a person."""
    write(text + "\n")
