"""What is true of one review, without anybody's judgement: where it points and whether that holds.

A hit is a finding in the right file that comes within two lines of the fault. It is `named` too
where its words hold an identifier of the faulty lines, which a lucky line number does not.
"""

import ast
import keyword
import re
from collections.abc import Iterator, Sequence

from benchmarks.ask.verify import quote_matches
from benchmarks.repair.tasks import Entry
from benchmarks.review.change import Change
from benchmarks.review.findings import MAX_INLINE, Finding, Review, Suggestion
from benchmarks.review.instances import Instance, Span

TOLERANCE = 2
_NAME = re.compile(r"[A-Za-z_]\w{2,}")


class Facts(Entry):
    """Counts of one review of one instance."""

    inline: int
    hits: int
    named: int
    """Of the hits, those whose words name something of the faulty lines."""
    rank: int | None
    """Of the first hit among all findings, from 1."""
    anchors: int
    bad_anchors: tuple[str, ...]
    suggestions: int
    bad_suggestions: tuple[str, ...]

    @property
    def found(self) -> bool:
        return self.hits > 0


def facts_of(instance: Instance, change: Change, review: Review) -> Facts:
    """Compare a review with what is known of its instance."""
    inline = review.inline[:MAX_INLINE]
    hits = [finding for finding in inline if is_hit(finding, instance.truth)]
    names = names_of(change, instance.truth)
    ranks = [
        rank for rank, finding in enumerate(review.findings, 1) if is_hit(finding, instance.truth)
    ]
    suggestions = [finding for finding in review.findings if finding.fix is not None]
    return Facts(
        inline=len(inline),
        hits=len(hits),
        named=sum(bool(names & set(_NAME.findall(words_of(hit)))) for hit in hits),
        rank=min(ranks, default=None),
        anchors=len(review.findings),
        bad_anchors=tuple(faults_of_anchors(change, review.findings)),
        suggestions=len(suggestions),
        bad_suggestions=tuple(faults_of_suggestions(change, suggestions)),
    )


def is_hit(finding: Finding, truth: Sequence[Span]) -> bool:
    """Say whether a finding overlaps a span of the fault, or nearly."""
    return any(
        finding.path == span.path
        and finding.line <= span.end + TOLERANCE
        and finding.end_line >= span.start - TOLERANCE
        for span in truth
    )


def names_of(change: Change, truth: Sequence[Span]) -> set[str]:
    """Return the identifiers on the faulty lines."""
    text = "\n".join(change.quote(span.path, span.start, span.end) for span in truth)
    return {name for name in _NAME.findall(text) if not keyword.iskeyword(name)} - {"self"}


def words_of(finding: Finding) -> str:
    return f"{finding.claim} {finding.trigger}"


def faults_of_anchors(change: Change, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what is wrong with where findings say that they are; inline ones lie in the diff."""
    for finding in findings:
        place = f"{finding.path}:{finding.line}-{finding.end_line}"
        lines = change.lines(finding.path)
        if not 1 <= finding.line <= finding.end_line <= len(lines):
            yield f"{place} is outside the file's {len(lines)} lines"
        elif not quote_matches(
            finding.quote.replace("\r", "") + "\n",
            change.quote(finding.path, finding.line, finding.end_line),
        ):
            yield f"{place}: the quote is not those lines"
        elif finding.inline and not is_in_diff(change, finding):
            yield f"{place} touches no hunk of the diff"


def is_in_diff(change: Change, finding: Finding) -> bool:
    return any(
        hunk.path == finding.path
        and hunk.new_count
        and finding.line <= hunk.new_end
        and finding.end_line >= hunk.new_start
        for hunk in change.hunks
    )


def faults_of_suggestions(change: Change, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what is wrong with suggested lines; only Python can be parsed here."""
    for finding in findings:
        fix = finding.fix
        if fix is None:
            continue
        fault = fault_of_suggestion(change, finding.path, fix)
        if fault:
            yield f"{finding.path}:{fix.line}-{fix.end_line}: {fault}"


def fault_of_suggestion(change: Change, path: str, fix: Suggestion) -> str:
    lines = list(change.lines(path))
    if not 1 <= fix.line <= fix.end_line <= len(lines):
        return f"outside the file's {len(lines)} lines"
    after = [
        *lines[: fix.line - 1],
        *fix.replacement.removesuffix("\n").split("\n"),
        *lines[fix.end_line :],
    ]
    if not fix.replacement:
        del after[fix.line - 1]
    if after == lines:
        return "it changes nothing"
    if path.endswith(".py") and parses("\n".join(lines)) and not parses("\n".join(after)):
        return "the file does not parse with it"
    return ""


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
