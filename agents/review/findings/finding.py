"""A finding: lines of a changed file, what is wrong with them, and how that is known."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from agents.review.findings.diff_regions import NEW, OLD, DiffSide
from indexing.secrets.redact import redact
from rooftree.text.safe_markdown import sanitise_code_line, sanitise_markdown
from rooftree.text.visible import without_invisible
from tools.linters.remarks import SEVERITIES, Severity

FindingSource = Literal["tests", "static:ruff", "static:bandit", "static:rooftree", "model"]
MAX_CLAIM_LENGTH = 400
"""Characters of what a model says."""
CATEGORIES = ("bug", "security", "performance", "maintainability")
BEHAVIOUR_CHANGED = "behaviour changed"
"""The category of what a test shows and is, or may be, as it is meant."""


@dataclass(frozen=True, slots=True)
class SuggestedFix:
    """Lines that would take the place of others; a fix of no lines takes them away."""

    line: int
    end_line: int
    replacement: str
    """The new lines, without an end after the last."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that fails with the change and passes without it, as we ran it, twice each."""

    path: str
    """A new file, in which the tests would stand."""
    text: str
    tests: tuple[str, ...]
    command: str
    output: str
    """How the first of them fails."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, anchored."""

    path: str
    line: int
    end_line: int
    severity: Severity
    category: str
    claim: str
    source: FindingSource
    quote: str
    """The lines, as the file has them but for secrets."""
    trigger: str = ""
    """When it goes wrong."""
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0
    symbol: str = ""
    fix: SuggestedFix | None = None
    code: str = ""
    """The rule of the tool that found it."""
    inline: bool = field(default=False, compare=False)
    known: bool = field(default=False, compare=False)
    """Whether it would be shown, had it not been said before."""
    side: DiffSide = NEW
    """Whether its lines are those of the new file, or of the old one where they are gone."""
    beside: int = 0
    """For lines that are gone: a line of the new file beside the gap; 0 where the file is gone."""
    proof: Proof | None = None

    @property
    def proven(self) -> bool:
        """Whether tests show it, and nothing says or hints that it is meant to be so."""
        return self.source == "tests" or (
            self.proof is not None and self.category != BEHAVIOUR_CHANGED
        )

    @property
    def place(self) -> tuple[int, int]:
        """The lines of the new file at which it can be told; 0 where there is no such file."""
        return (self.beside, self.beside) if self.side == OLD else (self.line, self.end_line)

    @property
    def fingerprint(self) -> str:
        """Stay the same where lines around it move: for telling what was said before."""
        told = " ".join(self.quote.split())
        parts = (self.path, told, self.category, self.code or self.source, self.symbol)
        text = "\0".join(parts).encode("utf-8", "surrogateescape")
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def rank(self) -> tuple[float, ...]:
        """More is better: what is proven first, then what weighs most."""
        proven = 2 if self.proven else 0 if self.source == "model" else 1
        return -SEVERITIES.index(self.severity), proven, self.confidence

    def overlaps(self, other: "Finding") -> bool:
        """Say whether two concern the same lines; those that are gone stand beside their gap."""
        if self.path != other.path:
            return False
        if self.side == other.side:
            return self.line <= other.end_line and other.line <= self.end_line
        (start, end), (other_start, other_end) = self.place, other.place
        return bool(start) and start <= other_end and other_start <= end

    def as_json(self) -> dict[str, Any]:
        """Return what clients get; whatever is prose does nothing where it is rendered."""
        return asdict(self) | {
            "claim": sanitise_markdown(self.claim),
            "trigger": sanitise_markdown(self.trigger),
            "evidence": list(map(sanitise_code_line, self.evidence)),
            "confidence": round(self.confidence, 2),
            "fingerprint": self.fingerprint,
            "proven": self.proven,
        }


def at_least(severity: Severity, least: Severity) -> bool:
    """Say whether a severity is as bad as another, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def safe(told: Any, cut: int = MAX_CLAIM_LENGTH) -> str:
    """Return what a model said, as it may be shown: without secrets and hidden characters."""
    return without_invisible(redact(told))[:cut] if isinstance(told, str) else ""
