"""`rooftree map`."""

from typing import Annotated

import typer

from server.cli.common import (
    HERE,
    JsonOption,
    RepoOption,
    answered,
    load,
    print_json,
    say,
    say_coverage,
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
        say(result["text"].rstrip("\n") or "nothing to show")
        say()
        shown = sum(len(file["symbols"]) for file in result["files"])
        say(
            f"{shown} of {result['of_symbols']} definitions in {len(result['files'])} of "
            f"{result['of_files']} files, about {result['tokens']} tokens"
        )
        say_coverage(result["coverage"])
    raise typer.Exit(0 if result["files"] else 1)
