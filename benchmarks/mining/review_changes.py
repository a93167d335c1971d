"""Which commits are fit to be reviewed: real work on code, neither tiny nor too large to read."""

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.review.fixes import in_time
from benchmarks.review.histories import Commit, History
from benchmarks.review.instances import SPLIT
from benchmarks.review.meaning import meaning

MIN_LINES, MAX_LINES = 20, 200
FOLLOWING_DAYS = 240
"""A change counts as clean only where the project had this long to find fault with it."""
MAX_FILES = 8
_CHORES = re.compile(
    r"\b(black|ruff|pyupgrade|pre-commit|isort|reformat\w*|flake8|lint\w*|bump\w*|release\w*"
    r"|version|typos?|copyright|licen[cs]e|mypy|typing|annotations?|type hints?|docs?|docstrings?"
    r"|wip|revert\w*|merge)\b",
    re.IGNORECASE,
)


def is_fit(history: History, commit: Commit) -> bool:
    """Say whether a commit is of a size to review and changes what code does."""
    if not (MIN_LINES <= commit.lines <= MAX_LINES and commit.sources):
        return False
    if len(commit.changed) > MAX_FILES or _CHORES.search(commit.subject):
        return False
    return any(changes_meaning(history, commit, path) for path in commit.sources)


def changes_meaning(history: History, commit: Commit, path: str) -> bool:
    before, after = history.text(commit.parent, path), history.text(commit.sha, path)
    if before is None or after is None:
        return False
    try:
        return meaning(before) != meaning(after)
    except (SyntaxError, ValueError):
        return False


def had_time(history: History, commit: Commit) -> bool:
    """Say whether a project went on long enough after a commit."""
    last = date.fromisoformat(history.last_date())
    return date.fromisoformat(commit.date) + timedelta(days=FOLLOWING_DAYS) <= last


def fit_changes(history: History, name: str) -> Iterator[Commit]:
    """Yield a set's fit commits in an order that is random and always the same."""
    earliest = "2014-01-01"
    when = [f"--since={earliest}", f"--before={SPLIT}"]
    when = when if name == "tune" else [f"--since={SPLIT}"]
    found = [one for one in history.commits(*when, "HEAD") if in_time(one.date, name)]
    random.Random(history.repository).shuffle(found)  # noqa: S311 - the same on each run
    for commit in found:
        if is_fit(history, commit) and had_time(history, commit):
            yield commit
