"""Notices a model that goes in circles: it is told once what it has seen, and then ended.

Counted are calls with the same arguments and the same result, two calls in turn, the same error,
and looking without end after there was an edit. What polls a running command is no repetition.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.loop.transcript import ToolOutcome

SAME_NUDGE, SAME_END = 3, 5
SAME_ERROR = 3
ALTERNATIONS = 3
LOOKS_AFTER_EDIT = 10


@dataclass(slots=True)
class RepetitionDetector:
    """Watches the outcomes of one loop."""

    _same: Counter[str] = field(default_factory=Counter)
    _keys: list[str] = field(default_factory=list)
    _errors: Counter[str] = field(default_factory=Counter)
    _looks: int = 0
    _has_edited: bool = False
    _warned: set[str] = field(default_factory=set)

    def look_at(self, outcomes: Sequence[ToolOutcome]) -> tuple[str, str]:
        """Return what the model is told of its repetition, and why it is ended, if it is."""
        nudge = end = ""
        for one in outcomes:
            told, ended = self._look(one)
            nudge, end = nudge or told, end or ended
        return nudge, end

    def _look(self, one: ToolOutcome) -> tuple[str, str]:
        if one.kind == "finish" or one.is_unread or _is_poll(one):
            return "", ""
        if one.kind == "edit":
            # The same read or test means something else after an edit.
            self._same.clear()
            self._errors.clear()
            self._looks, self._has_edited = 0, True
        self._keys.append(one.key)
        return (
            self._same_result(one)
            or self._alternates()
            or self._same_errors(one)
            or (
                self._only_looks(one),
                "",
            )
        )

    def _same_result(self, one: ToolOutcome) -> tuple[str, str] | None:
        name = f"{one.key} {hashlib.sha256(one.text.encode('utf-8', 'replace')).hexdigest()}"
        self._same[name] += 1
        count = self._same[name]
        if count >= SAME_END:
            return "", f"{one.call.name} with the same arguments, {count} times"
        if count == SAME_NUDGE:
            said = one.text.partition("\n")[0][:120]
            told = (
                f"You have called {one.call.name} {count} times with the same arguments, and it "
                f"said the same ({said}). Do something else."
            )
            return told, ""
        return None

    def _alternates(self) -> tuple[str, str] | None:
        last = self._keys[-2 * ALTERNATIONS :]
        pair = last[:2]
        if len(last) < 2 * ALTERNATIONS or pair[0] == pair[1] or last != pair * ALTERNATIONS:
            return None
        return self._once("alternation", "You go to and fro between two calls. Do something else.")

    def _same_errors(self, one: ToolOutcome) -> tuple[str, str] | None:
        if one.kind != "error":
            return None
        self._errors[one.text] += 1
        if self._errors[one.text] < SAME_ERROR:
            return None
        told = "The same error came three times. Read what it says, and try another way."
        return self._once(f"error {one.text}", told)

    def _only_looks(self, one: ToolOutcome) -> str:
        self._looks = self._looks + 1 if one.kind == "read" else 0
        if self._has_edited and self._looks == LOOKS_AFTER_EDIT:
            return (
                f"{self._looks} looks since the last edit. Edit, run the tests, or finish with "
                "what you have."
            )
        return ""

    def _once(self, what: str, told: str) -> tuple[str, str]:
        """Say it the first time, and end the loop the second."""
        if what in self._warned:
            return "", what.partition(" ")[0]
        self._warned.add(what)
        self._keys.clear()
        self._errors.clear()
        return told, ""


def _is_poll(one: ToolOutcome) -> bool:
    return one.call.name == "run" and "still running" in one.text
