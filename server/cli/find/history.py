"""`rooftree history`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    EXIT_CODES,
    HERE,
    JsonOption,
    RepoOption,
    look_up,
    print_line,
    print_not_found,
)

if TYPE_CHECKING:
    from server.operations.find.history import HistoryResponse

SHOWN_FILES = 6


def history(
    query: Annotated[str, typer.Argument(help="Words of a message, a name, or changed code.")],
    repo: RepoOption = HERE,
    since: Annotated[
        str | None, typer.Option(help="A date (2024-05-01) or a time (`3 months`).")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many commits.")] = 10,
    path: Annotated[
        str | None, typer.Option(help="Only commits that change this file or folder.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find commits by their message and by what they changed, with the symbols they touched.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    from server.operations.find.history import HISTORY, HistoryRequest

    where = {"repo": str(repo), "path": path}
    request = HistoryRequest.of(query=query, since=since, limit=limit, **where)
    result = look_up(HISTORY, request, _print, json=json)
    raise typer.Exit(EXIT_CODES[result.status])


def _print(result: "HistoryResponse") -> None:
    for hit in result.hits:
        print_line(f"{hit.sha[:10]} {hit.date[:10]} {hit.author}: {hit.subject}")
        for file in hit.files[:SHOWN_FILES]:
            names, path = ", ".join(file.symbols), escaped_line(file.path)
            counts = f"    {file.status} {path} +{file.added} -{file.removed}"
            print_line(f"{counts}: {names}" if names else counts)
        more = hit.more_files + max(0, len(hit.files) - SHOWN_FILES)
        if more:
            print_line(f"    … and {more} more files")
    coverage = result.coverage
    if not result.hits:
        print_not_found(result.status, coverage.not_looked_at)
    merges = f" ({coverage.merges} merges have no diff of their own)" if coverage.merges else ""
    print_line(
        f"\nlooked at the messages of {coverage.commits} commits and the diffs of "
        f"{coverage.diffs}{merges}, in {coverage.seconds:.1f} s"
    )
    for text in coverage.notes:
        print_line(f"note: {text}")
