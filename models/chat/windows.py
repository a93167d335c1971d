"""How long a prompt and its answer may be together, and where that is known from.

One function decides for every caller, so that no two of them work with different windows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

WindowSource = Literal["configured", "measured", "reported", "assumed"]
"""A person set it, a long prompt was read whole, the server says so, or nobody knows."""


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """A model's context in tokens."""

    tokens: int
    source: WindowSource


ASSUMED = ContextWindow(4096, "assumed")
"""What most small models hold, and what servers cut to that are not told otherwise."""


def window_of(
    *, configured: int | None = None, measured: int | None = None, reported: int | None = None
) -> ContextWindow:
    """Return a model's window from the best that is known of it; 0 means nothing."""
    if configured:
        return ContextWindow(configured, "configured")
    if measured:
        return ContextWindow(measured, "measured")
    return ContextWindow(reported, "reported") if reported else ASSUMED


def narrowest(windows: Iterable[ContextWindow]) -> ContextWindow:
    """Return the window that fits all models behind a name; what is only assumed tells nothing."""
    known = [one for one in windows if one.source != "assumed"]
    return min(known, key=lambda one: one.tokens, default=ASSUMED)


def assumption_note(model: str, tokens: int) -> str:
    """Return what a person has to know of a window that nobody knows."""
    return (
        f"the context of {model!r} is not known (its server does not tell, and it was not "
        f"measured), so {tokens} tokens are assumed; run `rooftree models probe`, or set "
        "context_tokens where its endpoint is configured"
    )
