"""A finding: lines of the new files, what is wrong with them, and how that is known."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.markdown import harmless, shown
from indexing.redact import redact
from rooftree.visible import seen
from tools.linters.remarks import SEVERITIES, Severity

Source = Literal["tests", "static:ruff", "static:bandit", "static:rooftree", "model"]
LONGEST_CLAIM = 400
"""Characters of what a model says."""
CATEGORIES = ("bug", "security", "performance", "maintainability")


@dataclass(frozen=True, slots=True)
class Fix:
    """Lines that would take the place of others; a fix of no lines takes them away."""

    line: int
    end_line: int
    replacement: str
    """The new lines, without an end after the last."""

    def as_json(self) -> dict[str, Any]:
        return {"line": self.line, "end_line": self.end_line, "replacement": self.replacement}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, anchored."""

    path: str
    line: int
    end_line: int
    severity: Severity
    category: str
    claim: str
    source: Source
    quote: str
    """The lines, as the file has them but for secrets."""
    trigger: str = ""
    """When it goes wrong."""
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0
    symbol: str = ""
    fix: Fix | None = None
    code: str = ""
    """The rule of the tool that found it."""
    inline: bool = field(default=False, compare=False)
    known: bool = field(default=False, compare=False)
    """Whether it would be shown, had it not been said before."""

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
        proven = {"tests": 2, "model": 0}.get(self.source, 1)
        return -SEVERITIES.index(self.severity), proven, self.confidence

    def overlaps(self, other: "Finding") -> bool:
        same = self.path == other.path
        return same and self.line <= other.end_line and other.line <= self.end_line

    def as_json(self) -> dict[str, Any]:
        """Return what clients get; whatever is prose does nothing where it is rendered."""
        return {
            "path": self.path,
            "line": self.line,
            "end_line": self.end_line,
            "severity": self.severity,
            "category": self.category,
            "claim": harmless(self.claim),
            "trigger": harmless(self.trigger),
            "quote": self.quote,
            "source": self.source,
            "code": self.code,
            "evidence": list(map(shown, self.evidence)),
            "confidence": round(self.confidence, 2),
            "symbol": self.symbol,
            "fix": self.fix.as_json() if self.fix else None,
            "fingerprint": self.fingerprint,
            "inline": self.inline,
            "known": self.known,
        }


def at_least(severity: Severity, least: Severity) -> bool:
    """Say whether a severity is as bad as another, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def safe(told: Any, cut: int = LONGEST_CLAIM) -> str:
    """Return what a model said, as it may be shown: without secrets and hidden characters."""
    return seen(redact(told))[:cut] if isinstance(told, str) else ""
