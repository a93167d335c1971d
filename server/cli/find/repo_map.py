"""`rooftree map`."""

from typing import Annotated, Any

import typer

from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    answered,
    exit_code,
    load,
    print_json,
    say,
    say_coverage,
    say_nothing,
)


def repo_map(
    repo: RepoOption = HERE,
    tokens: Annotated[int, typer.Option("--tokens", help="How long the map may be.")] = 1024,
    focus: Annotated[
        list[str] | None,
        typer.Option("--focus", help="A path or a query that the map is about; again for more."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Draw a ranked map of a repository: its files and what matters most in them.

    Tokens are estimated as 3 characters each, which is on the safe side for code.
    Exit code 0: a map. 1: nothing to show. 2: wrong usage. 3: could not look.
    """
    wanted = focus or []
    result = answered(
        load(),
        lambda server: server.map(repo.absolute(), tokens, wanted),
        lambda services, listener: services.map(repo, tokens, wanted, listener),
    )
    if json:
        print_json(result)
    else:
        show(result)
    raise typer.Exit(exit_code(result))


def show(result: dict[str, Any]) -> None:
    """Print a map, or why there is none."""
    if result["text"].strip():
        say(result["text"].rstrip("\n"))
    else:
        say_nothing(result)
    say()
    shown = sum(len(file["symbols"]) for file in result["files"])
    say(
        f"{shown} of {result['of_symbols']} definitions in {len(result['files'])} of "
        f"{result['of_files']} files, about {result['tokens']} tokens"
    )
    say_coverage(result["coverage"])
