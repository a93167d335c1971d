"""Reasoning that a model writes into its answer: `<think>…</think>`, told apart while it streams.

Only blocks before the answer count. Further on the tag is part of the answer, as it must be in one
about code that handles such tags.
"""

from collections.abc import Sequence

OPENING = "<think>"
CLOSING = "</think>"
STEP = 4_096
"""Characters looked at together: what is left of them is copied after each block."""


def held_back(text: str, markers: Sequence[str]) -> int:
    """Return how many characters at the end of `text` might be the start of a marker."""
    longest = min(len(text), max(map(len, markers)) - 1)
    for size in range(longest, 0, -1):
        tail = text[-size:]
        if any(marker.startswith(tail) for marker in markers):
            return size
    return 0


class ThinkFilter:
    """Let the answer through and keep the reasoning, fed in pieces of any size."""

    def __init__(self) -> None:
        self._state = "before"
        self._held = ""
        self._blanks: list[str] = []
        """What stands before the answer, kept apart so that it is not looked at with each piece."""
        self._thoughts: list[str] = []

    @property
    def reasoning(self) -> str:
        return "".join(self._thoughts).strip()

    def feed(self, piece: str) -> str:
        """Take the next piece and return the part of the answer that is now certain."""
        certain = []
        for at in range(0, len(piece), STEP):
            if self._state == "answer":
                certain.append(piece[at:])
                break
            certain.append(self._fed(piece[at : at + STEP]))
        return "".join(certain)

    def _fed(self, piece: str) -> str:
        self._held += piece
        while self._advance():
            pass
        if self._state == "answer":
            return self._rest()
        return ""

    def finish(self) -> str:
        """Return what is left of the answer; a block that was never closed is all reasoning."""
        rest = self._rest()
        if self._state == "thinking":
            self._thoughts.append(rest)
            return ""
        return rest

    def _rest(self) -> str:
        rest = "".join([*self._blanks, self._held])
        self._blanks, self._held = [], ""
        return rest

    def _advance(self) -> bool:
        """Move on by one tag if the held text decides it."""
        if self._state == "before":
            return self._look_for_opening()
        return self._state == "thinking" and self._look_for_closing()

    def _look_for_opening(self) -> bool:
        start = self._held.lstrip()
        if start.startswith(OPENING):
            self._state, self._held = "thinking", start[len(OPENING) :]
            self._blanks = []
            return True
        if not self._thoughts:
            self._blanks.append(self._held[: len(self._held) - len(start)])
        self._held = start
        if not OPENING.startswith(start):
            self._state = "answer"
        return False

    def _look_for_closing(self) -> bool:
        thought, tag, rest = self._held.partition(CLOSING)
        if tag:
            self._thoughts += [thought, "\n"]
            self._state, self._held = "before", rest
            return True
        certain = len(self._held) - held_back(self._held, (CLOSING,))
        self._thoughts.append(self._held[:certain])
        self._held = self._held[certain:]
        return False


def split_thinking(text: str) -> tuple[str, str]:
    """Return the answer and the reasoning of a whole text.

    A template may open the block inside the prompt, so that the text only closes it.
    """
    sieve = ThinkFilter()
    answer = sieve.feed(text) + sieve.finish()
    head, tag, tail = answer.partition(CLOSING + "\n")
    if tag and OPENING not in head and not sieve.reasoning:
        return tail.lstrip(), head.strip()
    return answer, sieve.reasoning
