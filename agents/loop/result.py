"""How a loop ended: why, with what it has to say, and what was odd about its model."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.loop.toolset import EndArguments
from rooftree.errors import ModelError

LoopExitReason = Literal[
    "finished",
    "steps",
    "budget",
    "time",
    "context",
    "model",
    "no calls",
    "bad calls",
    "repetition",
]
ENDED: dict[LoopExitReason, str] = {
    "finished": "it finished",
    "steps": "it had used all its steps",
    "budget": "its budget was spent",
    "time": "its time was over",
    "context": "its context was full, and could not be made smaller",
    "model": "the model failed",
    "no calls": "it answered in words and called no tool",
    "bad calls": "its tool calls could not be read",
    "repetition": "it did the same again and again",
}


@dataclass(frozen=True, slots=True)
class LoopExit:
    """Why a loop ended, in a word and in a sentence."""

    reason: LoopExitReason
    detail: str = ""
    error: ModelError | None = field(default=None, compare=False)
    """What ended it, where that was the model or its server."""

    def __str__(self) -> str:
        told = ENDED[self.reason]
        return f"{told}: {self.detail}" if self.detail else told


@dataclass(frozen=True, slots=True)
class LoopResult:
    """What a loop came to; what it made is in the draft of its tools, whatever ended it."""

    exit: LoopExit
    steps: int
    summary: str = ""
    """What it says it did: with `finish`, or its last words."""
    unsure: str = ""
    open_points: tuple[str, ...] = ()
    """What stood against finishing, and was not mended."""
    tested: bool = False
    """Whether tests ran after the last edit."""
    traits: Counter[str] = field(default_factory=Counter)
    """How often something of its model had to be mended: arguments, leaked calls, …"""
    finish: EndArguments | None = None
    """All that it said with `finish`."""
    notes: tuple[str, ...] = ()
    """What its tools could not look at, a sentence each."""

    @property
    def finished(self) -> bool:
        return self.exit.reason == "finished"

    def as_json(self) -> dict[str, Any]:
        return {
            "exit": self.exit.reason,
            "detail": self.exit.detail,
            "steps": self.steps,
            "summary": self.summary,
            "unsure": self.unsure,
            "open_points": list(self.open_points),
            "tested": self.tested,
            "traits": dict(self.traits),
        }
