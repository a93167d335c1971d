"""The reply inside guided JSON, shown while it is still being written.

    {"reply": "It is in queue.py …

It takes pieces of any size and knows nothing but that one shape; any other shows nothing.
"""

import json
import re

HEAD = re.compile(r'\s*\{\s*"reply"\s*:\s*"')
HEAD_SHAPE = '{"reply":"'
WHOLE = re.compile(
    r'(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*"
)
"""Characters of a JSON text that stand alone; half an escape waits for its other half."""


class ReplyFilter:
    """Let a reply through as plain text, fed with the JSON it stands in."""

    def __init__(self) -> None:
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
        """Step over the head of the JSON once it is all there."""
        head = HEAD.match(self._held)
        if head is not None:
            self._inside, self._held = True, self._held[head.end() :]
            return True
        self._silent = not HEAD_SHAPE.startswith("".join(self._held.split()))
        return False

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
