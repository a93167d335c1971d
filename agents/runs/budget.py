"""What a run may spend, and what it has spent: a model's calls, tokens and seconds of work.

Seconds are those of recorded work and not of the clock, so that a run that went on after a crash
decides as it would have without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rooftree.errors import BudgetSpentError


class BudgetSection(Protocol):
    """The part of a configuration section that sets a budget."""

    @property
    def model_calls(self) -> int | None: ...

    @property
    def tokens(self) -> int | None: ...

    @property
    def seconds(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may spend."""

    model_calls: int = 60
    tokens: int = 200_000
    seconds: float = 600.0

    def unless_set(self, section: BudgetSection) -> "Budget":
        """Return this budget with what a person has set in its place; neither 0 nor None is."""
        return Budget(
            section.model_calls or self.model_calls,
            section.tokens or self.tokens,
            section.seconds or self.seconds,
        )


@dataclass(slots=True)
class Spending:
    """What has been spent of a budget."""

    budget: Budget = field(default_factory=Budget)
    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    repeated_tokens: int = 0
    """Of prompts, what an earlier request had already: a loop sends all that was said each time."""
    section: str = "change"
    """The section of the configuration that sets the budget."""

    def add(
        self, prompt_tokens: int, completion_tokens: int, seconds: float, *, repeated: int = 0
    ) -> None:
        """Count one answer of a model; `repeated` tokens of its prompt were counted before."""
        self.repeated_tokens += repeated
        self.model_calls += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.seconds += seconds

    @property
    def tokens(self) -> int:
        """What counts: prompts without what was sent before, and answers."""
        return self.prompt_tokens - self.repeated_tokens + self.completion_tokens

    def include(self, spent: Mapping[str, Any]) -> None:
        """Count what a part of the work has spent on its own, by its `as_json`."""
        self.model_calls += spent["model_calls"]
        self.prompt_tokens += spent["prompt_tokens"]
        self.completion_tokens += spent["completion_tokens"]
        self.repeated_tokens += spent.get("repeated_tokens", 0)
        self.seconds += spent["seconds"]

    def left(self) -> Budget:
        """Return what is left of the budget."""
        return Budget(
            max(0, self.budget.model_calls - self.model_calls),
            max(0, self.budget.tokens - self.tokens),
            max(0.0, self.budget.seconds - self.seconds),
        )

    def check(self) -> None:
        """Raise BudgetSpentError where nothing more may be asked."""
        setting, spent = self._limit
        if spent:
            raise BudgetSpentError(
                f"the budget is spent: {spent}; raise {self.section}.{setting}, or ask for less"
            )

    @property
    def spent(self) -> str:
        """Say what is used up; empty while there is some of everything."""
        return self._limit[1]

    @property
    def _limit(self) -> tuple[str, str]:
        """Which setting is reached, and what was spent of it; empty while none is."""
        if self.model_calls >= self.budget.model_calls:
            return "model_calls", f"{self.model_calls} model calls"
        if self.tokens >= self.budget.tokens:
            return "tokens", f"{self.tokens} tokens"
        if self.seconds >= self.budget.seconds:
            return "seconds", f"{self.seconds:.0f} seconds of work"
        return "", ""

    def as_json(self) -> dict[str, Any]:
        return {
            "model_calls": self.model_calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            **({"repeated_tokens": self.repeated_tokens} if self.repeated_tokens else {}),
            "seconds": round(self.seconds, 1),
        }
