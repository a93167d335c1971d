"""What a pool tells of itself: one kind of value, for metrics, logs and tests.

Names of endpoints and versions are the operator's; no prompt, answer or key is ever in one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["answered", "failed", "gave_up", "failed_over", "refused", "breaker", "busy"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened."""

    kind: Kind
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


Listener = Callable[[Happening], None]


def ignore(_: Happening) -> None:
    """Listen to nothing."""
