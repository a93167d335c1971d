"""Approvals by the person at the terminal."""

import asyncio
import json
import os
import select
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rooftree.text.visible import escaped, escaped_json, escaped_line
from server.cli.terminal.common import print_line
from server.cli.terminal.output import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.approvals import ApprovalRequest, ApprovalResponse

AnswerT = TypeVar("AnswerT")
YES = ("y", "yes")
CHOICES = {
    "plan": "[y]es, [e]dit or [n]o",
    "diff": "[y]es, [n]o, or `n, because …` and the coder goes on with your reason",
}
LOOK_SECONDS = 0.1
"""How often it is looked whether an answer is still wanted."""


class LineReader:
    """Reads lines that a person types, and can be told to wait no longer.

    A thread in `readline` could not be ended: Ctrl-C would have to wait for the next Enter.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._read = b""

    def next(self, stop: threading.Event) -> str:
        """Return the next line; an empty one where there is none, or it is not needed any more."""
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            return self._stream.readline()  # no file of the system's
        while b"\n" not in self._read and not stop.is_set():
            if select.select([descriptor], [], [], LOOK_SECONDS)[0]:
                data = os.read(descriptor, 4096)
                if not data:
                    break
                self._read += data
        line, _, self._read = self._read.partition(b"\n")
        return line.decode("utf-8", "replace")


class TerminalApprover:
    """Asks the person at the terminal."""

    def __init__(self) -> None:
        self._lines = LineReader(sys.stdin)

    async def __call__(self, asked: "ApprovalRequest") -> "ApprovalResponse":
        return await _until_cancelled(partial(self._ask, asked))

    async def agrees(self, question: str) -> bool:
        """Ask whether to do what was shown already."""
        return (await _until_cancelled(partial(self._answer, question))).lower() in YES

    def _answer(self, question: str, stop: threading.Event, choices: str = "[y]es or [n]o") -> str:
        note(f"{question} - {choices}?")
        return self._lines.next(stop).strip()

    def _ask(self, asked: "ApprovalRequest", stop: threading.Event) -> "ApprovalResponse":
        from tools.approvals import ApprovalResponse

        print_line()
        _show(asked)
        choices = CHOICES.get(asked.kind, "[y]es or [n]o")
        said = self._answer(asked.summary.splitlines()[0], stop, choices)
        answer = said.lower()
        if answer in ("e", "edit") and asked.kind == "plan":
            return _edited(asked)
        if answer in YES:
            return ApprovalResponse(True)
        wish = wish_in(said) if asked.kind == "diff" else ""
        return ApprovalResponse(False, f"refused: {wish}" if wish else "refused", wish=wish)


def approver_at_terminal() -> TerminalApprover | None:
    """Return who asks the person; None where nobody sits at a terminal."""
    return TerminalApprover() if sys.stdin.isatty() else None


def wish_in(answer: str) -> str:
    """Return the reason in `n, because …`; what else is said after a no is one as well."""
    head, _, rest = answer.strip().partition(",")
    if head.strip().lower() not in ("n", "no"):
        return ""
    return rest.strip().removeprefix("because").strip(" :,.…")


async def _until_cancelled(ask: Callable[[threading.Event], AnswerT]) -> AnswerT:
    """Ask in a thread, which waits no longer for an answer once nobody wants it any more."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(ask, stop)
    finally:
        stop.set()


def _show(asked: "ApprovalRequest") -> None:
    if asked.kind == "diff":
        show_diff(asked.shown)
        print_line(review_text(asked.shown.get("review")))
    else:
        print_line(_plan(asked.shown) if asked.kind == "plan" else _json(asked.shown))


def review_text(review: "Mapping[str, Any] | None") -> str:
    """Say what the reviewer came to; whoever has not seen all of a change approves nothing."""
    if review is None:
        return "not reviewed: the run ended before"
    # An older rooftree kept no judgement, and called approved what it could not read.
    judgement = review.get("judgement") or ("" if review["approved"] else "objects")
    says = {"approved": "the reviewer approves", "objects": "the reviewer objects"}
    return (
        f"{says.get(judgement, 'not reviewed')}: {'; '.join(map(escaped_line, review['reasons']))}"
    )


def show_diff(shown: "Mapping[str, Any]") -> None:
    """Show a change as it would be applied, and what to look at closely."""
    from tools.drafts.approval_view import LineWarning, warning_sentences

    # Runs that were recorded by an older version have no view.
    print_line((shown.get("view") or escaped(shown["diff"])).rstrip("\n"))
    for text in warning_sentences([LineWarning(**one) for one in shown.get("warnings", ())]):
        print_line(f"warning: {text}")


def _plan(shown: "Mapping[str, Any]") -> str:
    """Return a plan to be read, as it may be edited, and why it is this one."""
    from agents.change.planning.plan_text import plan_text

    return escaped(plan_text(shown)) + f"\nwhy: {escaped_line(str(shown['reason']))}"


def _json(value: "Mapping[str, Any]") -> str:
    """Return JSON to be read: what would not be seen in it is escaped, as JSON does."""
    return escaped_json(json.dumps(dict(value), indent=2, ensure_ascii=False))


def _edited(asked: "ApprovalRequest") -> "ApprovalResponse":
    """Let the person edit the plan in the editor that EDITOR names."""
    import click

    from agents.change.planning.plan_text import HELP, plan_from_text, plan_text
    from tools.approvals import ApprovalResponse

    text = HELP + plan_text(asked.shown)
    if escaped(text) != text:
        text = _json(asked.shown)  # what would not be seen has an escape there, and is read back
    changed = click.edit(text, extension=".txt")
    if changed is None:
        return ApprovalResponse(True)
    return ApprovalResponse(True, changed=plan_from_text(changed))
