"""`rooftree symbols` and `rooftree references`."""

from typing import Annotated, Any

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    answered,
    exit_code,
    load,
    print_json,
    say,
    say_by_text,
    say_coverage,
    say_nothing,
)

NameArgument = Annotated[
    str, typer.Argument(help="A name, a qualified one such as Queue.get, or path:line.")
]
SHOWN = 40
"""How many uses of one definition are printed; `--json` has more."""


def symbols(
    name: NameArgument,
    repo: RepoOption = HERE,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only this kind: function, method, class, …")
    ] = None,
    limit: Annotated[int, typer.Option("-k", help="How many definitions.")] = 20,
    json: JsonOption = False,
) -> None:
    """Find definitions by name, with their signature and how often they are used.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    result = answered(
        load(),
        lambda server: server.symbols(name, repo.absolute(), kind, limit),
        lambda services, listener: services.symbols(name, repo, kind, limit, listener),
    )
    if json:
        print_json(result)
    else:
        _print_symbols(result)
    raise typer.Exit(exit_code(result))


def references(name: NameArgument, repo: RepoOption = HERE, json: JsonOption = False) -> None:
    """Find every use of a definition: resolved where it can be told, else matched by name.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    result = answered(
        load(),
        lambda server: server.references(name, repo.absolute()),
        lambda services, listener: services.references(name, repo, listener),
    )
    if json:
        print_json(result)
    else:
        _print_references(result)
    raise typer.Exit(exit_code(result))


def _print_symbols(result: dict[str, Any]) -> None:
    shown = result["symbols"]
    if shown and result["match"] not in ("exact", "place"):
        say(f"no definition is called {result['name']!r}; these match by {result['match']}:")
    for symbol in shown:
        uses = symbol["references"]
        say(f"{escaped_line(symbol['path'])}:{symbol['start']} {symbol['symbol']}")
        counts = f"{uses['resolved']} resolved, {uses['name_match']} by name"
        say(f"    {symbol['kind']}, used: {counts}")
        for text in (symbol["signature"], symbol["doc"]):
            if text and text != symbol["symbol"]:
                say(f"    {text}")
    if result["total"] > len(shown):
        say(f"… and {result['total'] - len(shown)} more (-k shows more)")
    say_by_text(result["by_text"])
    if not shown and not result["by_text"]:
        say_nothing(result)
    say_coverage(result["coverage"])


def _print_references(result: dict[str, Any]) -> None:
    for item in result["definitions"]:
        place = f"{escaped_line(item['path'])}:{item['start']}"
        say(f"{place} {item['symbol']} ({item['kind']}): {_times(item)}")
        _print_uses(item)
    by_name = result["by_name"]
    if by_name["total"]:
        known = "which definition is meant cannot be told"
        why = known if result["definitions"] else "nothing here defines it"
        say(f"name-match, {why}: {_times(by_name)}")
        _print_uses(by_name)
    say_by_text(result["by_text"])
    if result["status"] != "found":
        say_nothing(result, "no use" if result["definitions"] else "nothing")
    if result["more_definitions"]:
        say(f"… and {result['more_definitions']} more definitions; qualify the name")
    if result["elsewhere"]:
        say(f"left out: {result['elsewhere']} uses of the name that mean something else")
    say_coverage(result["coverage"])


def _times(item: dict[str, Any]) -> str:
    return "1 use" if item["total"] == 1 else f"{item['total']} uses"


def _print_uses(item: dict[str, Any]) -> None:
    for use in item["uses"][:SHOWN]:
        inside = f" in {use['within']}" if use["within"] else ""
        place = f"{escaped_line(use['path'])}:{use['line']}"
        say(f"    {place} {use['kind']}, {use['certainty']}{inside}")
        if use["text"]:
            say(f"        {use['text']}")
    if item["total"] > SHOWN:
        say(f"    … and {item['total'] - SHOWN} more (--json lists them)")
