"""`rooftree search`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    EXIT_CODES,
    HERE,
    JsonOption,
    load,
    perform,
    print_json,
    say,
    say_coverage,
    say_nothing,
)

if TYPE_CHECKING:
    from server.operations.find.coverage import SearchCoverage
    from server.operations.find.search import SearchResponse


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
    from server.operations.find.search import SEARCH, SearchRequest

    names = [str(one) for one in repo or [HERE]]
    where = {"repos": names} if len(names) > 1 else {"repo": names[0]}
    result = perform(SEARCH, SearchRequest.of(query=query, limit=limit, **where), load())
    if json:
        print_json(result)
    else:
        _print(result)
    raise typer.Exit(_exit_code(result))


def _exit_code(result: "SearchResponse") -> int:
    if result.hits:
        return 0
    if result.repos is None:
        return EXIT_CODES[result.status]
    return 3 if any(one.found != "not_found" for one in result.repos) else 1


def _print(result: "SearchResponse") -> None:
    several = result.repos is not None
    for hit in result.hits:
        place = escaped_line("/".join([hit.repo, hit.path] if several else [hit.path]))
        say(f"{place}:{hit.start}-{hit.end} {hit.symbol}".rstrip())
        say(f"    {hit.kind}, score {hit.score:.2f} ({hit.why})")
    if result.coverage is not None:
        if not result.hits:
            say_nothing(result.status, result.coverage.not_looked_at)
        _print_coverage(result.coverage)
    for one in result.repos or ():
        say(f"\n{one.repo}:")
        if one.coverage is None:
            say(f"could not look: {one.reason}")
            continue
        if not result.hits:
            say_nothing(one.found, one.coverage.not_looked_at)
        _print_coverage(one.coverage, blank=False)


def _print_coverage(coverage: "SearchCoverage", *, blank: bool = True) -> None:
    if blank:
        say()
    say_coverage(coverage, vectors=f"{coverage.dense_share:.0%} with vectors, ")
