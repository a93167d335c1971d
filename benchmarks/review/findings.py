"""What a side answers with: findings, best first, in the form that `rooftree review --json` has."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_INLINE = 5


class Loose(BaseModel):
    """Keys that are not scored are let through."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Suggestion(Loose):
    """Lines of the head and what should stand there."""

    line: int
    end_line: int
    replacement: str


class Finding(Loose):
    """One thing said of a change."""

    path: str
    line: int
    end_line: int
    claim: str
    trigger: str = ""
    severity: str = ""
    category: str = ""
    quote: str = ""
    source: str = ""
    inline: bool = True
    fix: Suggestion | None = None


class Usage(Loose):
    """What a review took."""

    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Skipped(Loose):
    """A file that was not looked at."""

    path: str
    reason: str = ""


class Review(Loose):
    """A whole answer."""

    status: Literal["clean", "findings", "incomplete", "failed"]
    findings: tuple[Finding, ...] = ()
    not_reviewed: tuple[Skipped, ...] = ()
    usage: Usage = Field(default_factory=Usage)
    note: str = ""
    """Why there is no review, or anything else worth reading later."""

    @property
    def inline(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.inline)


def failed(note: str) -> Review:
    return Review(status="failed", note=note)


def review_of(findings: tuple[Finding, ...], usage: Usage | None = None) -> Review:
    """Return a review of ranked findings, of which the first few are shown inline."""
    ranked = tuple(
        finding.model_copy(update={"inline": number < MAX_INLINE})
        for number, finding in enumerate(findings)
    )
    status: Literal["clean", "findings"] = "findings" if ranked else "clean"
    return Review(status=status, findings=ranked, usage=usage or Usage())
