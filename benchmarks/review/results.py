"""What came of an instance and side: one JSON line each."""

from pathlib import Path

from benchmarks.repair.results import line_of, read_lines, write_results
from benchmarks.repair.tasks import Entry
from benchmarks.review.facts import Facts
from benchmarks.review.findings import Review
from benchmarks.review.instances import Instance

__all__ = ["Result", "Said", "line_of", "read_results", "result_of", "write_results"]


class Said(Entry):
    """A finding, as far as one reads it again; quotes are not kept, which are foreign code."""

    path: str
    line: int
    end_line: int
    severity: str
    category: str
    source: str
    claim: str
    inline: bool


class Result(Entry):
    """One review and what is true of it."""

    instance: str
    set: str
    kind: str
    killed: bool | None
    side: str
    model: str
    status: str
    facts: Facts
    findings: tuple[Said, ...]
    not_reviewed: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    note: str

    @property
    def buggy(self) -> bool:
        return self.kind != "clean"


def read_results(path: Path) -> list[Result]:
    return read_lines(path, Result)


def result_of(
    instance: Instance, names: tuple[str, str], review: Review, facts: Facts, seconds: float
) -> Result:
    side, model = names
    return Result(
        instance=instance.id,
        set=instance.set,
        kind=instance.kind,
        killed=instance.killed,
        side=side,
        model=model,
        status=review.status,
        facts=facts,
        findings=tuple(
            Said.model_validate(finding.model_dump(include=set(Said.model_fields)))
            for finding in review.findings
        ),
        not_reviewed=len(review.not_reviewed),
        calls=review.usage.model_calls,
        prompt_tokens=review.usage.prompt_tokens,
        completion_tokens=review.usage.completion_tokens,
        seconds=round(seconds, 1),
        note=review.note[:300],
    )
