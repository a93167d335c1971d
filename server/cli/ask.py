"""`rooftree ask` and `rooftree chat`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.common import HERE, JsonOption, RepoOption, load, print_json, remote, with_services
from server.cli.progress import Bars, Narrator

if TYPE_CHECKING:
    from pathlib import Path

    from rooftree.config import Config
    from server.services import Services

EXIT_CODES = {"answered": 0, "not_found": 1, "could_not_look": 3}
SHORT_FOLLOW_UP = 3
"""A follow-up with fewer words of its own than this is asked together with what went before."""


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know about the code.")],
    repo: RepoOption = HERE,
    json: JsonOption = False,
) -> None:
    """Answer a question about a repository, with citations that were checked.

    Exit code 0: answered. 1: not found. 2: wrong usage. 3: could not look.
    """
    config = load()
    answer = _ask(config, question, repo, quiet=json)
    if json:
        print_json(answer)
    else:
        sys.stdout.write("\n")
    raise typer.Exit(EXIT_CODES[answer["status"]])


def chat(repo: RepoOption = HERE) -> None:
    """Ask one question after another; an empty line or Ctrl-D ends."""
    config = load()
    server = remote(config)
    if server is not None:
        _converse(lambda question: _ask(config, question, repo, quiet=False))
        return

    async def work(services: "Services") -> None:
        import asyncio

        loop = asyncio.get_running_loop()

        def answer(question: str) -> Any:
            with Bars() as bars:
                narrator = Narrator(bars, quiet=False)
                future = asyncio.run_coroutine_threadsafe(
                    services.ask(question, repo, narrator), loop
                )
                return future.result().as_json()

        await asyncio.to_thread(_converse, answer)

    with_services(config, work)


def _converse(answer: Any) -> None:
    before = ""
    while True:
        sys.stdout.write("\n› ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line.strip():
            sys.stdout.write("\n")
            return
        question = follow_up(before, line.strip())
        answer(question)
        before = question


def follow_up(before: str, question: str) -> str:
    """Join a question that says too little on its own to the one before it."""
    from indexing.query import analyse

    if not before or len(analyse(question).terms) >= SHORT_FOLLOW_UP:
        return question
    return f"{before} {question}"


def _ask(config: "Config", question: str, repo: "Path", *, quiet: bool) -> dict[str, Any]:
    with Bars(quiet=quiet) as bars:
        narrator = Narrator(bars, quiet=quiet)
        server = remote(config)
        if server is not None:
            return server.ask(question, repo.absolute(), narrator)

        async def work(services: "Services") -> dict[str, Any]:
            return (await services.ask(question, repo, narrator)).as_json()

        return with_services(config, work)
