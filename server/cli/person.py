"""The person at the terminal, who is asked before something happens."""

import os
import select
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from server.cli.common import say
from server.cli.output import note

if TYPE_CHECKING:
    from tools.approvals import Asked, Decision

LOOK_SECONDS = 0.1
"""How often it is looked whether an answer is still wanted."""


class Lines:
    """Reads lines that a person types, and can be told to wait no longer.

    A thread in `readline` could not be ended: Ctrl-C would have to wait for the next Enter.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._read = b""

    def next(self, stop: threading.Event) -> str:
        """Return the next line; an empty one where there is none, or nobody wants it any more."""
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


class Person:
    """Asks the person at the terminal."""

    def __init__(self) -> None:
        self._lines = Lines(sys.stdin)

    async def __call__(self, asked: "Asked") -> "Decision":
        import asyncio

        stop = threading.Event()
        try:
            return await asyncio.to_thread(self._ask, asked, stop)
        finally:
            stop.set()

    def _ask(self, asked: "Asked", stop: threading.Event) -> "Decision":
        from tools.approvals import Decision

        say()
        _show(asked)
        choices = "[y]es, [e]dit or [n]o" if asked.kind == "plan" else "[y]es or [n]o"
        note(f"{asked.summary.splitlines()[0]} - {choices}?")
        answer = self._lines.next(stop).strip().lower()
        if answer in ("e", "edit") and asked.kind == "plan":
            return _edited(asked)
        return Decision(answer in ("y", "yes"), "" if answer in ("y", "yes") else "refused")


def _show(asked: "Asked") -> None:
    import json

    if asked.kind == "diff":
        say(str(asked.shown["diff"]).rstrip("\n"))
    else:
        say(json.dumps(dict(asked.shown), indent=2, ensure_ascii=False))


def _edited(asked: "Asked") -> "Decision":
    """Let the person edit the plan in the editor that EDITOR names."""
    import json

    import click

    from rooftree.errors import UsageError
    from tools.approvals import Decision

    text = json.dumps(dict(asked.shown), indent=2, ensure_ascii=False)
    changed = click.edit(text, extension=".json")
    if changed is None:
        return Decision(True)
    try:
        return Decision(True, changed=json.loads(changed))
    except ValueError as error:
        raise UsageError(f"the plan is no JSON any more: {error}") from error
