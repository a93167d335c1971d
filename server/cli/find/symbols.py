"""`rooftree symbols` and `rooftree references`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    EXIT_CODES,
    HERE,
    JsonOption,
    RepoOption,
    look_up,
    print_coverage,
    print_line,
    print_not_found,
    print_text_matches,
)

if TYPE_CHECKING:
    from server.operations.find.references import ReferencesResponse, UsesOfName
    from server.operations.find.symbols import SymbolsResponse

NameArgument = Annotated[
    str, typer.Argument(help="A name, a qualified one such as Queue.get, or path:line.")
]
SHOWN = 40
"""How many uses of one definition are printed; `--json` has more."""


def symbols(
    name: NameArgument,
    repo: RepoOption = HERE,
    kind: Annotated[
        str | None, typer.Option(help="Only this kind: function, method, class, …")
    ] = None,
    limit: Annotated[int, typer.Option("-k", help="How many definitions.")] = 20,
    json: JsonOption = False,
) -> None:
    """Find definitions by name, with their signature and how often they are used.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    from server.operations.find.symbols import SYMBOLS, SymbolsRequest

    request = SymbolsRequest.of(name=name, repo=str(repo), kind=kind, limit=limit)
    result = look_up(SYMBOLS, request, _print_symbols, json=json)
    raise typer.Exit(EXIT_CODES[result.status])


def references(name: NameArgument, repo: RepoOption = HERE, json: JsonOption = False) -> None:
    """Find every use of a definition: resolved where it can be told, else matched by name.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    from server.operations.find.references import REFERENCES, ReferencesRequest

    request = ReferencesRequest.of(name=name, repo=str(repo))
    result = look_up(REFERENCES, request, _print_references, json=json)
    raise typer.Exit(EXIT_CODES[result.status])


def _print_symbols(result: "SymbolsResponse") -> None:
    shown = result.symbols
    if shown and result.match not in ("exact", "place"):
        print_line(f"no definition is called {result.name!r}; these match by {result.match}:")
    for symbol in shown:
        uses = symbol.references
        print_line(f"{escaped_line(symbol.path)}:{symbol.start} {symbol.symbol}")
        print_line(f"    {symbol.kind}, used: {uses.resolved} resolved, {uses.name_match} by name")
        for text in (symbol.signature, symbol.doc):
            if text and text != symbol.symbol:
                print_line(f"    {text}")
    if result.total > len(shown):
        print_line(f"… and {result.total - len(shown)} more (-k shows more)")
    print_text_matches(result.by_text)
    if not shown and not result.by_text:
        print_not_found(result.status, result.coverage.not_looked_at)
    print_line()
    print_coverage(result.coverage)


def _print_references(result: "ReferencesResponse") -> None:
    for item in result.definitions:
        place = f"{escaped_line(item.path)}:{item.start}"
        print_line(f"{place} {item.symbol} ({item.kind}): {_times(item)}")
        _print_uses(item)
    by_name = result.by_name
    if by_name.total:
        known = "which definition is meant cannot be told"
        why = known if result.definitions else "nothing here defines it"
        print_line(f"name-match, {why}: {_times(by_name)}")
        _print_uses(by_name)
    print_text_matches(result.by_text)
    if result.status != "found":
        what = "no use" if result.definitions else "nothing"
        print_not_found(result.status, result.coverage.not_looked_at, what)
    if result.more_definitions:
        print_line(f"… and {result.more_definitions} more definitions; qualify the name")
    if result.elsewhere:
        print_line(f"left out: {result.elsewhere} uses of the name that mean something else")
    print_line()
    print_coverage(result.coverage)


def _times(item: "UsesOfName") -> str:
    return "1 use" if item.total == 1 else f"{item.total} uses"


def _print_uses(item: "UsesOfName") -> None:
    for use in item.uses[:SHOWN]:
        inside = f" in {use.within}" if use.within else ""
        place = f"{escaped_line(use.path)}:{use.line}"
        print_line(f"    {place} {use.kind}, {use.certainty}{inside}")
        if use.text:
            print_line(f"        {use.text}")
    if item.total > SHOWN:
        print_line(f"    … and {item.total - SHOWN} more (--json lists them)")
