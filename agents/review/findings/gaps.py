"""What a review did not look at, collected while it goes on."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Gaps:
    """Sentences, each told once."""

    notes: list[str] = field(default_factory=list)
    """What could not be looked at."""
    bounds: list[str] = field(default_factory=list)
    """How far it was looked by design, where that is not everything."""
