"""`rooftree search`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    HERE,
    JsonOption,
    exit_code,
    files_behind,
    load,
    print_json,
    remote,
    say,
    say_nothing,
    with_services,
)
from server.cli.terminal.progress import Bars, Narrator

if TYPE_CHECKING:
    from rooftree.config import Config
    from server.services.services import Services


def search(
    query: Annotated[str, typer.Argument(help="Words, a name, a path, or a traceback.")],
    repo: Annotated[
        list[Path] | None,
        typer.Option("--repo", help="The repository or folder; give it again for several."),
    ] = None,
    limit: Annotated[int, typer.Option("-k", help="How many places.")] = 10,
    json: JsonOption = False,
) -> None:
    """Find places in repositories by words, names and meaning.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    result = _look(load(), query, repo or [HERE], limit)
    if json:
        print_json(result)
    else:
        _print(result)
    if result["hits"]:
        raise typer.Exit(0)
    if "repos" not in result:
        raise typer.Exit(exit_code(result))
    missed = [item for item in result["repos"] if item.get("found") != "not_found"]
    raise typer.Exit(3 if missed else 1)


def _look(config: "Config", query: str, repos: list[Path], limit: int) -> dict[str, Any]:
    server = remote(config)
    if server is not None:
        if len(repos) > 1:
            return server.search_several(query, repos, limit)
        return server.search(query, repos[0].absolute(), limit)
    with Bars() as bars:
        narrator = Narrator(bars, quiet=False)

        async def work(services: "Services") -> dict[str, Any]:
            if len(repos) > 1:
                return await services.search_several(query, repos, limit, narrator)
            return await services.search(query, repos[0], limit, narrator)

        return with_services(config, work)


def _print(result: dict[str, Any]) -> None:
    several = "repos" in result
    for hit in result["hits"]:
        place = escaped_line("/".join([hit["repo"], hit["path"]] if several else [hit["path"]]))
        say(f"{place}:{hit['start']}-{hit['end']} {hit['symbol']}".rstrip())
        say(f"    {hit['kind']}, score {hit['score']:.2f} ({hit['why']})")
    if not result["hits"] and not several:
        say_nothing(result)
    for looked in result.get("repos", [result]):
        say()
        if several:
            say(f"{looked['repo']}:")
        if "coverage" in looked:
            if several and not result["hits"]:
                say_nothing(looked | {"status": looked["found"]})
            _print_coverage(looked["coverage"])
        else:
            say(f"could not look: {looked['reason']}")


def _print_coverage(coverage: dict[str, Any]) -> None:
    say(
        f"looked at commit {coverage['commit'] or '(none)'}, "
        f"{coverage['dense_share']:.0%} with vectors, {files_behind(coverage)}, "
        f"{sum(coverage['skipped'].values())} files left out, "
        f"index {coverage['checked']}"
    )
    for text in coverage["notes"]:
        say(f"note: {text}")
