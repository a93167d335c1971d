"""`rooftree search`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    EXIT_CODES,
    HERE,
    JsonOption,
    look_up,
    print_coverage,
    print_line,
    print_not_found,
)

if TYPE_CHECKING:
    from server.operations.find.coverage import SearchCoverage
    from server.operations.find.search import SearchResponse


def search(
    query: Annotated[str, typer.Argument(help="Words, a name, a path, or a traceback.")],
    repo: Annotated[
        list[Path] | None,
        typer.Option(help="The repository or folder; give it again for several."),
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
    request = SearchRequest.of(query=query, limit=limit, **where)
    result = look_up(SEARCH, request, _print, json=json)
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
        print_line(f"{place}:{hit.start}-{hit.end} {hit.symbol}".rstrip())
        print_line(f"    {hit.kind}, score {hit.score:.2f} ({hit.why})")
    if result.coverage is not None:
        if not result.hits:
            print_not_found(result.status, result.coverage.not_looked_at)
        _print_coverage(result.coverage)
    for one in result.repos or ():
        print_line(f"\n{one.repo}:")
        if one.coverage is None:
            print_line(f"could not look: {one.reason}")
            continue
        if not result.hits:
            print_not_found(one.found, one.coverage.not_looked_at)
        _print_coverage(one.coverage, blank=False)


def _print_coverage(coverage: "SearchCoverage", *, blank: bool = True) -> None:
    if blank:
        print_line()
    print_coverage(coverage, vectors=f"{coverage.dense_share:.0%} with vectors, ")
