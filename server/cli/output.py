"""The two streams that commands write to: what a terminal may get, and a reader that goes away.

Answers quote repositories and models, and either may hold escape sequences that move the cursor,
rename the window or hide text. None of them reaches a terminal: each is shown as an escape.
"""

import json
import os
import sys
from io import TextIOWrapper
from typing import Any, TextIO

from rooftree.visible import escaped_json, invisible, printable

BROKEN_PIPE = 141
"""What a shell says of a command that a closed pipe ended."""

MOST_HELD = 8
"""As many characters belong together at most: those of a flag in tags."""


def prepare_streams() -> None:
    """Let no character stop us: a terminal that cannot show one gets its number."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # it may be closed, and then it is None
            stream.reconfigure(errors="replace" if stream is sys.stdin else "backslashreplace")


def write(text: str) -> None:
    """Write text for a person to stdout at once."""
    _write(sys.stdout, printable(text))


class Stream:
    """Writes a text that comes in pieces: a sign and the selector that comes next stay whole."""

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def write(self, piece: str) -> None:
        """Write a piece, but for the characters at its end that need what follows them."""
        text = self._held + piece
        end = len(text)
        while end and invisible(text[end - 1]):
            end -= 1
        if len(text) - end > MOST_HELD:
            end = len(text)
        self._held = text[end:]
        self._show(text[:end])

    def end(self) -> None:
        """Write what was held back; what comes then is another text."""
        self._show(self._held)
        self._before = self._held = ""

    def _show(self, text: str) -> None:
        whole = self._before + text
        if text:
            _write(sys.stdout, printable(whole)[len(printable(self._before)) :])
        # Neither blanks nor what is hidden may be shown otherwise once more has come.
        word = whole[-MOST_HELD:].replace("\u2800", " ").split()
        cut = not word or whole[-1].isspace() or bool(invisible(whole[-1]))
        self._before = "" if cut else whole[-len(word[-1]) :]


def write_json(value: Any) -> None:
    """Write a value to stdout as JSON that is the same value and safe on a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    _write(sys.stdout, escaped_json(text) + "\n")


def note(text: str) -> None:
    """Write one line to stderr."""
    _write(sys.stderr, printable(" ".join(text.split("\n"))) + "\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Nobody reads any more. What is still buffered must not fail once again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        # An event loop passes SystemExit on from its callbacks, and nothing else.
        raise SystemExit(BROKEN_PIPE) from None
