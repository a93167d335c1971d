"""What a review says: findings, and everything that was not looked at."""

from dataclasses import dataclass, field
from typing import Any, Literal

from agents.review.finding import Finding, at_least
from tools.linters.remarks import Severity

Status = Literal["clean", "findings", "incomplete"]


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Where characters or comments that nobody sees were found."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Review:
    """The outcome of one review."""

    base: str
    head: str
    files: tuple[str, ...] = ()
    not_reviewed: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    tests: tuple[str, ...] = ()
    """Test files that speak of what is changed."""
    tests_ran: int = 0
    commands: tuple[str, ...] = ()
    hidden_text: tuple[HiddenText, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be looked at, each in a sentence."""
    model_asked: bool = True
    """Whether the model was asked about everything that it was to be asked about."""
    places_asked: int = 0
    """How many places of the change a model was asked about, and how many there are."""
    places: int = 0
    dropped: int = 0
    """Claims of the model that quoted nothing of the change."""
    bounds: tuple[str, ...] = ()
    """How far it was looked by design, where that is not everything."""
    executed: bool = True
    """Whether there was a sandbox, for tests and static tools."""
    model_wanted: bool = True
    run: str = ""
    spending: dict[str, Any] = field(default_factory=dict)

    @property
    def inline(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.inline)

    @property
    def status(self) -> Status:
        """Nothing to show is clean only where everything was looked at.

        What was said before and still holds is not shown again, and not clean.
        """
        if any(one.inline or one.known for one in self.findings):
            return "findings"
        return "incomplete" if self.notes or self.not_reviewed else "clean"

    @property
    def looked(self) -> bool:
        """Whether it was looked at by what was to look: the model, or the tools without one."""
        return self.model_asked and (self.executed or self.model_wanted)

    def reaches(self, severity: Severity) -> bool:
        """Say whether something is shown that is at least so bad."""
        return any(at_least(one.severity, severity) for one in self.inline)

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "base": self.base,
            "head": self.head,
            "files": list(self.files),
            "not_reviewed": [
                {"path": path, "reason": reason} for path, reason in self.not_reviewed.items()
            ],
            "findings": [one.as_json() for one in self.findings],
            "tests": list(self.tests),
            "tests_ran": self.tests_ran,
            "commands": list(self.commands),
            "hidden_text": [{"where": one.where, "what": one.what} for one in self.hidden_text],
            "notes": list(self.notes),
            "bounds": list(self.bounds),
            "looked": self.looked,
            "model_asked": self.model_asked,
            "places_asked": self.places_asked,
            "places": self.places,
            "dropped": self.dropped,
            "run": self.run,
            "usage": dict(self.spending),
        }
