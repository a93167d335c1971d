"""`rooftree ask` and `rooftree chat`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.errors import RooftreeError
from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    load,
    perform,
    print_json,
    print_line,
    remote,
)
from server.cli.terminal.output import note, write
from server.cli.terminal.progress import AnswerPrinter, ProgressBars

if TYPE_CHECKING:
    from pathlib import Path

    from rooftree.config import Config
    from server.operations.find.ask import AskResponse

AnswerQuestion = Callable[[str], Any]
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
    answer = _ask(load(), question, repo, quiet=json)
    if json:
        print_json(answer)
    else:
        print_line()
    raise typer.Exit(EXIT_CODES[answer.status])


def chat(repo: RepoOption = HERE) -> None:
    """Ask one question after another; an empty line or Ctrl-D ends."""
    config = load()
    if remote(config) is not None:
        _converse(lambda question: _ask(config, question, repo, quiet=False))
        return
    _chat_here(config, repo)


def _chat_here(config: "Config", repo: "Path") -> None:
    import asyncio

    from server.operations.find.ask import ASK, AskRequest
    from server.operations.operation import Call, Caller
    from server.services.host import Host

    host = Host(config)
    host.check_model()
    # The loop runs for one answer at a time, so that a line is read where Ctrl-C can end it.
    with asyncio.Runner() as runner:

        def answer(question: str) -> None:
            request = AskRequest.of(question=question, repo=str(repo))
            with ProgressBars() as bars:
                call = Call(host, Caller(), AnswerPrinter(bars))
                runner.run(ASK.run(call, request))

        try:
            _converse(answer)
        finally:
            runner.run(host.aclose())


def _converse(answer: AnswerQuestion) -> None:
    before = ""
    while True:
        write("\n› ")
        line = sys.stdin.readline()
        if not line.strip():
            print_line()
            return
        question = follow_up(before, line.strip())
        try:
            answer(question)
        except RooftreeError as error:
            note(f"rooftree: {error}")
            continue
        before = question


def follow_up(before: str, question: str) -> str:
    """Join a question that says too little on its own to the one before it."""
    from indexing.words.query import analyse

    if not before or len(analyse(question).terms) >= SHORT_FOLLOW_UP:
        return question
    return f"{before} {question}"


def _ask(config: "Config", question: str, repo: "Path", *, quiet: bool) -> "AskResponse":
    from server.operations.find.ask import ASK, AskRequest

    request = AskRequest.of(question=question, repo=str(repo))
    return perform(ASK, request, config, quiet=quiet)
