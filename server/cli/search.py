"""`rooftree search`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.common import (
    HERE,
    JsonOption,
    RepoOption,
    load,
    print_json,
    remote,
    say,
    with_services,
)

if TYPE_CHECKING:
    from server.services import Services


def search(
    query: Annotated[str, typer.Argument(help="Words, a name, a path, or a traceback.")],
    repo: RepoOption = HERE,
    limit: Annotated[int, typer.Option("-k", help="How many places.")] = 10,
    json: JsonOption = False,
) -> None:
    """Find places in a repository by words, names and meaning.

    Exit code 0: found. 1: nothing found. 2: wrong usage. 3: could not look.
    """
    config = load()
    server = remote(config)
    if server is not None:
        result = server.search(query, repo.absolute(), limit)
    else:

        async def work(services: "Services") -> dict[str, Any]:
            return await services.search(query, repo, limit)

        result = with_services(config, work)
    if json:
        print_json(result)
    else:
        _print(result)
    raise typer.Exit(0 if result["hits"] else 1)


def _print(result: dict[str, Any]) -> None:
    for hit in result["hits"]:
        say(f"{hit['path']}:{hit['start']}-{hit['end']} {hit['symbol']}".rstrip())
        say(f"    {hit['kind']}, score {hit['score']:.2f} ({hit['why']})")
    if not result["hits"]:
        say("nothing found")
    coverage = result["coverage"]
    say()
    say(
        f"looked at commit {coverage['commit'] or '(none)'}, "
        f"{coverage['dense_share']:.0%} with vectors, {coverage['files_behind']} files behind, "
        f"{sum(coverage['skipped'].values())} files left out"
    )
    for text in coverage["notes"]:
        say(f"note: {text}")
