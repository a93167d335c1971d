"""stdout and stderr of commands: escaping for terminals, and readers that close the pipe.

Answers quote repositories and models, and either may hold escape sequences that move the cursor,
rename the window or hide text. None of them reaches a terminal: each is shown as an escape.
"""

import json
import os
import select
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

from rooftree.text.visible import escaped_json, invisible, printable

BROKEN_PIPE = 141
"""What a shell says of a command that a closed pipe ended."""

OUTPUT_LOST = 3
"""The answer could not be delivered."""
STDOUT, STDERR = 1, 2
MAX_HELD = 8
"""As many characters belong together at most: those of a flag in tags."""


def prepare_streams() -> None:
    """Let neither a character nor a closed or full stream stop us without a word.

    A terminal that cannot show a character gets its number. Descriptors that are closed are taken,
    so that none of our files is opened as one of them and receives printed text.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # What is printed must not vanish, so that stdout fails as it did when it was closed.
            os.open(os.devnull, os.O_WRONLY if descriptor == STDERR else os.O_RDONLY)
    sys.stdin = open(0, encoding=_encoding(sys.stdin), errors="replace", closefd=False)  # noqa: SIM115 - open to the end
    sys.stdout = _stream(STDOUT, sys.stdout)
    sys.stderr = _stream(STDERR, sys.stderr)


def _encoding(stream: TextIO | None) -> str | None:
    return stream.encoding if stream is not None else None


def _stream(descriptor: int, before: TextIO | None) -> TextIO:
    return TextIOWrapper(
        BufferedWriter(_Output(descriptor)),
        encoding=_encoding(before),
        errors="backslashreplace",
        line_buffering=descriptor == STDERR or os.isatty(descriptor),
    )


class _Output(FileIO):
    """Writes to stdout or stderr, and handles a reader that is gone."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, data: Any, /) -> int:
        while True:
            try:
                written: int | None = super().write(data)
            except OSError as error:
                return self._lost(error, len(data))
            if written is not None:
                return written
            select.select([], [self], [])  # another process made it non-blocking, and it is full

    def _lost(self, error: OSError, size: int) -> int:
        """Let nothing fail a second time; what goes to stderr is lost, and no more than that."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
        if self.fileno() == STDERR:
            return size
        # An event loop passes SystemExit on from its callbacks, and nothing else.
        if isinstance(error, BrokenPipeError):
            raise SystemExit(BROKEN_PIPE) from None
        note(f"rooftree: cannot write the output: {error.strerror}; what was asked for is not said")
        raise SystemExit(OUTPUT_LOST) from None


def write(text: str) -> None:
    """Write text for a person to stdout at once."""
    _write(sys.stdout, printable(text))


class TextStream:
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
        if len(text) - end > MAX_HELD:
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
        word = whole[-MAX_HELD:].replace("\u2800", " ").split()
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
    stream.write(text)
    stream.flush()
