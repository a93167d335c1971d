"""`rooftree map`."""

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.terminal.common import (
    EXIT_CODES,
    HERE,
    JsonOption,
    RepoOption,
    look_up,
    print_coverage,
    print_line,
    print_not_found,
)

if TYPE_CHECKING:
    from server.operations.find.repository_map import MapResponse


def repo_map(
    repo: RepoOption = HERE,
    tokens: Annotated[int, typer.Option(help="How long the map may be.")] = 1024,
    focus: Annotated[
        list[str] | None,
        typer.Option(help="A path or a query that the map is about; again for more."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Draw a ranked map of a repository: its files and what matters most in them.

    Tokens are estimated as 3 characters each, which is on the safe side for code.
    Exit code 0: a map. 1: nothing to show. 2: wrong usage. 3: could not look.
    """
    from server.operations.find.repository_map import MAP, MapRequest

    request = MapRequest.of(repo=str(repo), tokens=tokens, focus=focus or [])
    result = look_up(MAP, request, show, json=json)
    raise typer.Exit(EXIT_CODES[result.status])


def show(result: "MapResponse") -> None:
    """Print a map, or why there is none."""
    if result.text.strip():
        print_line(result.text.rstrip("\n"))
    else:
        print_not_found(result.status, result.coverage.not_looked_at)
    shown = sum(len(file.symbols) for file in result.files)
    print_line(
        f"\n{shown} of {result.of_symbols} definitions in {len(result.files)} of "
        f"{result.of_files} files, about {result.tokens} tokens\n"
    )
    print_coverage(result.coverage)
