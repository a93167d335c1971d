"""Events of a pool: one kind of value, for metrics, logs and tests.

Names of endpoints and versions are the operator's; no prompt, answer or key is ever in one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PoolEventKind = Literal[
    "answered", "failed", "gave_up", "failed_over", "refused", "breaker", "busy"
]


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """One event of the pool."""

    kind: PoolEventKind
    endpoint: str
    alias: str = ""
    version: str = ""
    detail: str = ""
    """The breaker's state, or the kind of error."""
    seconds: float = 0.0
    first_seconds: float | None = None
    """Until the first part of the answer."""
    prompt_tokens: int = 0
    completion_tokens: int = 0


PoolListener = Callable[[PoolEvent], None]


def ignore(_: PoolEvent) -> None:
    """Listen to nothing."""
