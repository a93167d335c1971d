"""The two streams that commands write to: what a terminal may get, and a reader that goes away.

Answers quote repositories and models, and either may hold escape sequences that move the cursor,
rename the window or hide text. None of them reaches a terminal: each is shown as an escape.
"""

import json
import os
import sys
from io import TextIOWrapper
from typing import Any, TextIO

from rooftree.visible import escaped_json, printable

BROKEN_PIPE = 141
"""What a shell says of a command that a closed pipe ended."""


def prepare_streams() -> None:
    """Let no character stop us: a terminal that cannot show one gets its number."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # it may be closed, and then it is None
            stream.reconfigure(errors="replace" if stream is sys.stdin else "backslashreplace")


def write(text: str) -> None:
    """Write text for a person to stdout at once."""
    _write(sys.stdout, printable(text))


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
