"""Which commits look like the repair of one small fault in code that a test could notice."""

import re
from collections.abc import Iterator

from benchmarks.review.histories import Commit, History
from benchmarks.review.instances import SPLIT
from benchmarks.review.meaning import code_lines, meaning

MIN_LINES, MAX_LINES = 2, 40
MAX_FILES = 3
_SAYS_SO = re.compile(r"\b(fix(es|ed|ing)?|bug\w*|regression|crash\w*)\b", re.IGNORECASE)
_OTHER_WORK = re.compile(
    r"\b(docs?|documentation|typos?|lint\w*|typing|types?|typed|mypy|pyright|annotations?|flake8"
    r"|ruff|pylint|black|ci|tests?|testing|warnings?|deprecat\w*|changelog|changes|coverage|build"
    r"|format\w*ting|style|styling|readme|comments?|docstrings?|pre-commit|spelling|release\w*"
    r"|version|python ?[23][.\d]*|pypy|msys|todo|nits?|review|feedback|wip|logo|sphinx|stubs?"
    r"|reverts?|reverted"
    r"|github|workflow|packaging|setup|import order|isort|wording|messages?|whitespace)\b",
    re.IGNORECASE,
)


def in_time(date: str, name: str) -> bool:
    """Say whether a date is one of a set's."""
    return (date < SPLIT) == (name == "tune")


def fixes_of(history: History, name: str) -> Iterator[Commit]:
    """Yield the fixes of a set's time, the newest first."""
    when = f"--before={SPLIT}" if name == "tune" else f"--since={SPLIT}"
    for commit in history.commits(when, "HEAD"):
        if in_time(commit.date, name) and is_fix(commit) and repairs_code(history, commit):
            yield commit


def is_fix(commit: Commit) -> bool:
    """Say whether a commit's subject and size are those of a small fix."""
    says_so = _SAYS_SO.search(commit.subject) and not _OTHER_WORK.search(commit.subject)
    lines = sum(commit.changed[path] for path in commit.sources)
    small = MIN_LINES <= lines <= MAX_LINES and 1 <= len(commit.sources) <= MAX_FILES
    return bool(says_so) and small


def repairs_code(history: History, commit: Commit) -> bool:
    """Say whether a commit deletes code, and its sources mean something else afterwards."""
    deletes = differs = False
    for path in commit.sources:
        before, after = history.text(commit.parent, path), history.text(commit.sha, path)
        if before is None or after is None:
            return False
        try:
            differs = differs or meaning(before) != meaning(after)
            code = code_lines(before)
        except (SyntaxError, ValueError):
            return False
        hunks = history.hunks(commit.parent, commit.sha, [path])
        deletes = deletes or any(code & set(hunk.old_lines) for hunk in hunks)
    return deletes and differs
