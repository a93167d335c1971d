"""The reply inside guided JSON, shown while it is still being written.

    {"tool": "reply", "args": {"text": "It is in queue.py …

It takes pieces of any size and handles that one shape only; any other shows nothing.
"""

import json
import re

HEAD = '{"tool":"%s","args":{"text":"'
MAX_HEAD_LENGTH = 400
"""Characters; pretty-printing takes some."""
WHOLE = re.compile(
    r'(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*"
)
"""Characters of a JSON text that stand alone; half an escape waits for its other half."""


class ReplyFilter:
    """Let a reply through as plain text, fed with the JSON it stands in.

    `name` is what the tool for talking is called.
    """

    def __init__(self, name: str) -> None:
        self._head = HEAD % name
        self._held = ""
        self._inside = False
        self._silent = False

    def feed(self, piece: str) -> str:
        """Take the next piece and return the part of the reply that is now certain."""
        if self._silent:
            return ""
        self._held += piece
        return self._shown() if self._inside or self._enters() else ""

    def _enters(self) -> bool:
        """Step over the head of the JSON, however it is spaced, once it is all there."""
        matched = position = 0
        while position < len(self._held) and matched < len(self._head):
            character = self._held[position]
            position += 1
            if character == self._head[matched]:
                matched += 1
            elif not character.isspace():
                self._silent = True
                return False
        self._inside = matched == len(self._head)
        self._silent = not self._inside and position > MAX_HEAD_LENGTH
        self._held = self._held[position:] if self._inside else self._held
        return self._inside

    def _shown(self) -> str:
        whole = WHOLE.match(self._held)
        end = whole.end() if whole else 0
        certain, self._held = self._held[:end], self._held[end:]
        self._silent = self._held.startswith('"')
        try:
            return str(json.loads(f'"{certain}"', strict=False))
        except ValueError:
            self._silent = True
            return ""
