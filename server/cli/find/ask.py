"""`rooftree ask` and `rooftree chat`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

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
    from server.operations.find.ask import AskResponse, EarlierTurnRequest

Turns = tuple["EarlierTurnRequest", ...]
AnswerQuestion = Callable[[str, Turns], "AskResponse"]
MAX_TURNS = 20
"""So many are remembered; of these a model is shown the last ones."""
EXIT_CODES = {"answered": 0, "not_found": 1, "could_not_look": 3}


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
        _converse(lambda question, turns: _ask(config, question, repo, turns, quiet=False))
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

        def answer(question: str, turns: Turns) -> "AskResponse":
            request = AskRequest.of(question=question, repo=str(repo), earlier=turns)
            with ProgressBars() as bars:
                call = Call(host, Caller(), AnswerPrinter(bars))
                return runner.run(ASK.run(call, request))

        try:
            _converse(answer)
        finally:
            runner.run(host.aclose())


def _converse(answer: AnswerQuestion) -> None:
    from server.operations.find.ask import EarlierTurnRequest

    turns: Turns = ()
    while True:
        write("\n› ")
        line = sys.stdin.readline()
        if not line.strip():
            print_line()
            return
        question = line.strip()
        try:
            answered = answer(question, turns)
        except RooftreeError as error:
            note(f"rooftree: {error}")
            continue
        turn = EarlierTurnRequest(question=question, answer=answered.answer)
        turns = (*turns, turn)[-MAX_TURNS:]


def _ask(
    config: "Config", question: str, repo: "Path", turns: Turns = (), *, quiet: bool
) -> "AskResponse":
    from server.operations.find.ask import ASK, AskRequest

    request = AskRequest.of(question=question, repo=str(repo), earlier=turns)
    return perform(ASK, request, config, quiet=quiet)
