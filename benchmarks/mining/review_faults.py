"""The two kinds of instances that real fixes give: reintroduced faults and those that came in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from benchmarks.mining.review_changes import is_fit
from benchmarks.repair.tasks import RepairError
from benchmarks.review.blame import Origin, repaired_by, runs, taken_back
from benchmarks.review.diffs import Hunk
from benchmarks.review.fixes import in_time
from benchmarks.review.histories import Commit, History, without_fix
from benchmarks.review.instances import Instance, Span
from benchmarks.review.luck import MAX_LUCK, head_hunks, luck_of
from benchmarks.review.meaning import faulty_spans
from benchmarks.review.texts import hunks_between

CARRIERS = 25
"""Later commits to the same files that are tried as a carrier."""
MAX_SPANS = 4
MIN_SHARE = 0.6
"""Of a fix's deleted lines that must come from one commit."""
MIN_DAYS = 3
"""A fix that comes sooner repairs a draft."""


def reintroduced(history: History, fix: Commit, name: str) -> Instance | None:
    """Return the next fit change of the same files with a fix reverted in it."""
    span = f"{fix.sha}..HEAD"
    later = history.commits("--reverse", "--ancestry-path", span, "--", *fix.sources)
    for found in islice(later, CARRIERS):
        carrier = history.commit(found.sha)
        if carrier is None or not in_time(carrier.date, name) or not is_fit(history, carrier):
            continue
        truth = truth_of_reverted(history, carrier, fix)
        if truth and not repaired_by(history, carrier):
            return Instance(
                id=f"{history.repository.replace('/', '-')}-a-{fix.sha[:8]}",
                set="tune" if name == "tune" else "report",
                kind="reintroduced",
                repository=history.repository,
                base=carrier.parent,
                carrier=carrier.sha,
                date=carrier.date,
                fix=fix.sha,
                paths=fix.sources,
                truth=truth,
            )
    return None


def truth_of_reverted(history: History, carrier: Commit, fix: Commit) -> tuple[Span, ...]:
    """Return where the fault is in the head; nothing where it does not fit or is most of it."""
    try:
        wrong = without_fix(history, carrier.sha, fix.sha, fix.sources)
        spans = [span for path in fix.sources for span in _spans(history, carrier, path, wrong)]
    except (RepairError, SyntaxError, ValueError):
        return ()
    if not 1 <= len(spans) <= MAX_SPANS or not set(fix.sources) & set(carrier.sources):
        return ()
    hunks = head_hunks(history, carrier.parent, carrier.sha, wrong)
    return tuple(spans) if luck_of(hunks, spans) <= MAX_LUCK else ()


def _spans(history: History, carrier: Commit, path: str, wrong: dict[str, bytes]) -> Iterator[Span]:
    before, after = history.text(carrier.sha, path), wrong[path].decode("utf-8")
    if before is None:
        raise ValueError(path)
    yield from faulty_spans(before, after, hunks_between(path, before, after))


def inducing(history: History, fix: Commit, name: str) -> Instance | None:
    """Return the commit that most of what a fix deletes comes from."""
    found = list(taken_back(history, fix, fix.sources))
    if not found:
        return None
    sha, count = Counter(origin.commit for origin in found).most_common(1)[0]
    commit = history.commit(sha)
    if commit is None or count < MIN_SHARE * len(found) or not in_time(commit.date, name):
        return None
    apart = date.fromisoformat(fix.date) - date.fromisoformat(commit.date)
    if apart.days < MIN_DAYS or not is_fit(history, commit):
        return None
    truth = truth_of_origins(history, commit, [one for one in found if one.commit == sha])
    hunks = history.hunks(commit.parent, commit.sha)
    if not 1 <= len(truth) <= MAX_SPANS or luck_of(hunks, truth) > MAX_LUCK:
        return None
    if any(is_moved(history, commit, span, hunks) for span in truth):
        return None
    return Instance(
        id=f"{history.repository.replace('/', '-')}-b-{fix.sha[:8]}",
        set="tune" if name == "tune" else "report",
        kind="inducing",
        repository=history.repository,
        base=commit.parent,
        carrier=commit.sha,
        date=commit.date,
        fix=fix.sha,
        truth=truth,
    )


def is_moved(history: History, commit: Commit, span: Span, hunks: Sequence[Hunk]) -> bool:
    """Say whether a commit only moved or indented lines that it is blamed for."""
    gone = {line[1:].strip() for hunk in hunks for line in hunk.body if line.startswith("-")}
    lines = (history.text(commit.sha, span.path) or "").split("\n")
    return all(line.strip() in gone for line in lines[span.start - 1 : span.end])


def truth_of_origins(history: History, commit: Commit, found: list[Origin]) -> tuple[Span, ...]:
    """Return the spans of blamed lines, of those that the commit's own diff adds."""
    spans = []
    for path in sorted({origin.path for origin in found}):
        hunks: tuple[Hunk, ...] = history.hunks(commit.parent, commit.sha, [path])
        added = {line for hunk in hunks for line in hunk.new_lines}
        lines = [one.line for one in found if one.path == path and one.line in added]
        spans += [Span(path=path, start=first, end=last) for first, last in runs(lines)]
    return tuple(spans)
