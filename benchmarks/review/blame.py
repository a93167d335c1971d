"""Who introduced the lines that a fix took away, as `git blame` knows it (SZZ)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.repair.tasks import RepairError
from benchmarks.review.histories import Commit, History
from benchmarks.review.meaning import code_lines

FIX_LIKE = re.compile(
    r"\b(fix\w*|bug\w*|regress\w*|crash\w*|revert\w*|broke\w*|incorrect\w*|wrong\w*|errors?"
    r"|fail\w*|hotfix\w*|correct\w*|mistake\w*|typo\w*|issue|oops|restore\w*|repair\w*|leak\w*)\b",
    re.IGNORECASE,
)
"""Loose on purpose: a commit is called clean only where none of these took back what it wrote."""
_ORIGIN = re.compile(r"^([0-9a-f]{40}) (\d+) (\d+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """A line where it was written."""

    commit: str
    path: str
    line: int


def origins(history: History, commit: str, path: str, lines: Sequence[int]) -> Iterator[Origin]:
    """Yield where lines of a commit's file come from."""
    if not lines:
        return
    ranges = [f"-L{first},{last}" for first, last in runs(lines)]
    said = history.git("blame", "--porcelain", "-w", *ranges, commit, "--", path)
    names: dict[str, str] = {}
    waiting: list[tuple[str, int]] = []
    sha = ""
    for line in said.split("\n"):
        if (found := _ORIGIN.match(line)) is not None:
            sha = found[1]
            waiting.append((sha, int(found[2])))
        elif line.startswith("filename "):
            names[sha] = line.removeprefix("filename ")
    for sha, number in waiting:
        yield Origin(sha, names[sha], number)


def runs(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of lines that follow each other."""
    ordered = sorted(set(lines))
    for _, group in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in group]
        yield numbers[0], numbers[-1]


def taken_back(history: History, fix: Commit, paths: Sequence[str]) -> Iterator[Origin]:
    """Yield where the lines of code come from that a commit deletes in some files."""
    for path in paths:
        before = history.text(fix.parent, path)
        if before is None:
            continue
        try:
            code = code_lines(before)
        except (SyntaxError, ValueError):
            code = frozenset(range(1, len(before.split("\n")) + 1))
        hunks = history.hunks(fix.parent, fix.sha, [path])
        deleted = [line for hunk in hunks for line in hunk.old_lines if line in code]
        try:
            yield from origins(history, fix.parent, path, deleted)
        except RepairError:  # the file's last line has no end and blame counts another way
            continue


def repaired_by(history: History, commit: Commit, most_lines: int = 2000) -> str:
    """Return the first later fix that takes back code of a commit; nothing where there is none."""
    names = sorted({f":(glob)**/{path.rpartition('/')[2]}" for path in commit.sources})
    if not names:
        return ""
    later = history.commits("--reverse", "--ancestry-path", f"{commit.sha}..HEAD", "--", *names)
    for fix in later:
        if FIX_LIKE.search(f"{fix.subject}\n{fix.body}") is None or fix.lines > most_lines:
            continue
        if any(found.commit == commit.sha for found in taken_back(history, fix, fix.sources)):
            return fix.sha
    return ""
