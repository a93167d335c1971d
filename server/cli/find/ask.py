"""`rooftree ask` and `rooftree chat`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.errors import RooftreeError, UsageError
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
from server.cli.work.terminal_approver import approver_at_terminal

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
    second: Annotated[str, typer.Argument(hidden=True)] = "",
    goes_on: Annotated[
        bool,
        typer.Option(
            "--continue",
            help="Go on from the last question about this repository, or from the one whose run "
            "is named beside the question.",
        ),
    ] = False,
    repo: RepoOption = HERE,
    json: JsonOption = False,
) -> None:
    """Answer a question about a repository, with citations that were checked.

    Exit code 0: answered. 1: not found. 2: wrong usage. 3: could not look.
    """
    words, run = _question_and_run(question, second, goes_on=goes_on)
    answer = _ask(load(), words, repo, run=run, quiet=json)
    if json:
        print_json(answer)
    else:
        print_line()
    raise typer.Exit(EXIT_CODES[answer.status])


def _question_and_run(first: str, second: str, *, goes_on: bool) -> tuple[str, str]:
    """Return the question, and the run that it goes on from: `--continue [RUN] QUESTION`."""
    if not goes_on:
        if second:
            raise UsageError(
                f"{second[:60]!r} is one argument too many; put the question in quotation marks"
            )
        return first, ""
    from server.services.asks import LAST, names_run

    if not second:
        return first, LAST
    if names_run(first):
        return second, first
    if names_run(second):
        return first, second
    raise UsageError(
        f"neither {first[:60]!r} nor {second[:60]!r} is the id of a run; `rooftree runs list "
        "--kind ask` shows them, and `--continue` alone goes on from the last question"
    )


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
                caller = Caller(approver=approver_at_terminal())
                call = Call(host, caller, AnswerPrinter(bars))
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
    config: "Config",
    question: str,
    repo: "Path",
    turns: Turns = (),
    *,
    run: str = "",
    quiet: bool,
) -> "AskResponse":
    from server.operations.find.ask import ASK, AskRequest

    fields = {"continue": run} if run else {}
    request = AskRequest.of(question=question, repo=str(repo), earlier=turns, **fields)
    approver = None if quiet else approver_at_terminal()
    return perform(ASK, request, config, quiet=quiet, approver=approver)
