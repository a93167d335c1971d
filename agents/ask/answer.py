"""An answer as a value: status, extractive body, checked summary, verified citations, coverage."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from agents.ask.citation_groups import HitGroup
from agents.ask.citations import Citation
from agents.ask.commits import CommitCitation
from indexing.search.search import IndexCoverage
from indexing.symbols.call_sites import CallSite
from rooftree.text.safe_markdown import code_span, sanitise_code_line
from rooftree.text.visible import escaped_line

AnswerStatus = Literal["answered", "not_found", "could_not_look"]
MAX_CITATIONS = 8


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model wrote the summary: the id it is served by, and its version where known."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to. `text` is complete and readable on its own."""

    question: str
    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...] = ()
    rejected: int = 0
    model: ModelIdentity | None = None
    coverage: IndexCoverage | None = None
    commits: tuple[CommitCitation, ...] = ()
    """Commits whose messages show what the answer says; verified as the places are."""

    def as_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "status": self.status,
            "answer": self.text,
            "citations": [citation.as_json() for citation in self.citations],
            "commits": [commit.as_json() for commit in self.commits],
            "rejected": self.rejected,
            "model": asdict(self.model) if self.model else None,
            "coverage": self.coverage.as_json() if self.coverage else None,
        }


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A spot with its verified citation and the calls of its best symbol."""

    spot: HitGroup
    citation: Citation
    callers: tuple[CallSite, ...] = ()


def describe_places(places: Sequence[CitedPlace]) -> str:
    """Return the extractive body: one numbered paragraph a place."""
    return "\n".join(f"[{number}] {_describe(place)}" for number, place in enumerate(places, 1))


def _describe(place: CitedPlace) -> str:
    symbols = dict.fromkeys(code_span(hit.symbol) for hit in place.spot.hits if hit.symbol)
    lines = [
        " ".join(
            [sanitise_code_line(escaped_line(place.citation.place)), ", ".join(symbols)]
        ).rstrip()
    ]
    for hit in place.spot.hits:
        if hit.signature and hit.signature != hit.symbol:
            lines.append(f"    {sanitise_code_line(hit.signature)}")
        if hit.doc:
            lines.append(f"    {sanitise_code_line(hit.doc)}")
    if place.callers:
        name = place.spot.best.symbol.rpartition(".")[2]
        for resolved, how in ((True, "is called from"), (False, "may be called (by name) from")):
            calls = ", ".join(_caller(use) for use in place.callers if use.resolved is resolved)
            if calls:
                lines.append(f"    {code_span(name)} {how} {calls}")
    return "\n".join(lines)


def _caller(use: CallSite) -> str:
    place = sanitise_code_line(f"{escaped_line(use.path)}:{use.line}")
    return place + (f" {code_span(use.within)}" if use.within else "")


def describe_coverage(coverage: IndexCoverage) -> str:
    """Return one line that says what was not looked at, or an empty string."""
    parts = list(coverage.notes)
    if coverage.not_looked_at:
        missed = ", ".join(coverage.not_looked_at)
        parts.append(f"not looked at: {missed} (`rooftree status` lists them)")
    return "; ".join(parts)
