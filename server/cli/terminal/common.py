"""What the commands share: options, printing, and running against a server or on our own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.failures import keep_json
from server.cli.terminal.output import write, write_json
from server.cli.terminal.progress import AnswerPrinter, ProgressBars, ProgressPrinter

if TYPE_CHECKING:
    from rooftree.config import Config
    from rooftree.telemetry.events import Event
    from server.cli.terminal.progress import DescribeEvent
    from server.cli.terminal.remote import RemoteServer
    from server.operations.find.coverage import Coverage, Status, TextMatch
    from server.operations.index.status import StatusResponse
    from server.operations.operation import Operation, RequestT, ResponseT
    from server.services.host import Host
    from tools.approvals import Approver

ResultT = TypeVar("ResultT")

RepoOption = Annotated[
    Path, typer.Option("--repo", help="The repository or folder; by default the current one.")
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", callback=keep_json, help="Print JSON and nothing else; errors too."),
]
HERE = Path()
MAX_TEXT_MATCHES = 20
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


def with_host(config: "Config", work: Callable[["Host"], Awaitable[ResultT]]) -> ResultT:
    """Run `work` with a host of our own, and close it whatever happens."""
    from server.services.host import Host

    async def run() -> ResultT:
        host = Host(config)
        try:
            return await work(host)
        finally:
            await host.aclose()

    return asyncio.run(run())


def perform(
    operation: "Operation[RequestT, ResponseT]",
    request: "RequestT",
    config: "Config",
    *,
    describe: "DescribeEvent | None" = None,
    quiet: bool = False,
    here: bool = False,
    approver: "Approver | None" = None,
) -> "ResponseT":
    """Have the running server do something, or do it `here`, where there is no server or must be.

    Unless it shall be `quiet` its progress is shown, in the lines of `describe` or as an answer's.
    """
    from server.operations.operation import Call, Caller

    with ProgressBars() as bars:
        shown = AnswerPrinter(bars) if describe is None else ProgressPrinter(bars, describe)
        listener = _ignore if quiet else shown
        server = None if here else remote(config)
        if server is not None:
            with server:
                return server.call(operation, request, listener)
        caller = Caller(approver=approver)
        return with_host(config, lambda host: operation.run(Call(host, caller, listener), request))


def look_up(
    operation: "Operation[RequestT, ResponseT]",
    request: "RequestT",
    show: "Callable[[ResponseT], None]",
    *,
    json: bool,
) -> "ResponseT":
    """Have something looked up, and print it as JSON or as `show` does."""
    found = perform(operation, request, load())
    if json:
        print_json(found)
    else:
        show(found)
    return found


def _ignore(_: "Event") -> None:
    """Take events that nobody follows."""


def print_not_found(status: "Status", not_looked_at: Sequence[str], what: str = "nothing") -> None:
    """Say that nothing was found, and what was not looked at: the two belong together."""
    missed = "; ".join(not_looked_at)
    if status == "could_not_look":
        print_line(
            f"could not look at everything, and found {what} in the rest: {missed or 'see notes'}"
        )
    elif missed:
        print_line(f"{what} found in what was looked at; not looked at: {missed}")
    else:
        print_line(f"{what} found")


def print_text_matches(found: "Sequence[TextMatch]") -> None:
    """List the lines that hold a name in files without symbols."""
    for item in found[:MAX_TEXT_MATCHES]:
        print_line(f"{escaped_line(item.path)}:{item.line} ({item.why})")
        print_line(f"    {item.text}")
    if len(found) > MAX_TEXT_MATCHES:
        print_line(f"… and {len(found) - MAX_TEXT_MATCHES} more by text (--json lists them)")


def print_coverage(coverage: "Coverage", *, vectors: str = "") -> None:
    """Say what was looked at, and what was not."""
    print_line(
        f"looked at commit {coverage.commit or '(none)'}, {vectors}"
        f"{moved_on(coverage, 'files behind')}, "
        f"{sum(coverage.skipped.values())} files left out, "
        f"index {coverage.checked}"
    )
    for text in coverage.notes:
        print_line(f"note: {text}")


def moved_on(seen: "Coverage | StatusResponse", what: str) -> str:
    """Say how many files have moved on, and how long ago that was seen."""
    ago = seen.looked_seconds_ago
    if ago is None:
        return "files not looked at yet"
    age = f" (looked {ago:.0f} s ago)" if ago >= 1 else ""
    return f"{seen.files_behind} {what}{age}"


def print_json(value: Any) -> None:
    """Print a response, or any other JSON."""
    dump = getattr(value, "model_dump", None)
    write_json(value if dump is None else dump(mode="json", exclude_unset=True))


def print_line(text: str = "") -> None:
    """Print a line for a person."""
    write(text + "\n")
