"""One commit by its id: what its message says, and what it changed; redacted.

Only a commit that HEAD has behind it is told of, as in a search: another branch is not what the
files came from. The id may be foreign, and a branch can be called as an id is, so what git finds
has to begin with what was asked for.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from indexing.history.touched_symbols import TouchedSymbols, touched_symbols
from indexing.secrets.redact import redact
from rooftree.errors import HistoryError
from rooftree.git.changes import messages
from rooftree.git.commands import Worktree, commit_id, run_git

SHOWN_ID = 10
"""Digits of an id that are shown."""
MAX_MESSAGE = 5_000
"""Characters of a message that are told; what comes after them is looked up nowhere."""
_ID = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class OneCommit:
    """A commit that HEAD has behind it; `message` begins with the subject."""

    sha: str
    time: int
    author: str
    message: str
    parents: int

    @property
    def short(self) -> str:
        return self.sha[:SHOWN_ID]

    @property
    def date(self) -> str:
        return date_of(self.time)

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


def date_of(seconds: int) -> str:
    """Return the day of a moment, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def check_history(worktree: Worktree) -> str:
    """Return the commit from which the history is looked at; HistoryError where there is none."""
    if worktree.common_dir is None:
        raise HistoryError(
            f"{str(worktree.root)!r} is a plain folder without a git history; "
            "name a git repository to search what its commits changed"
        )
    if worktree.commit is None:
        raise HistoryError(
            f"{str(worktree.root)!r} has no commit yet, so there is no history to search"
        )
    return worktree.commit


def find_commit(worktree: Worktree, name: str) -> OneCommit:
    """Return the commit of an id or its beginning; HistoryError says why it is none of these."""
    head = check_history(worktree)
    asked = name.strip().lower()
    if _ID.fullmatch(asked) is None:
        raise HistoryError(
            f"{name[:80]!r} is not the id of a commit; expected 7 or more hexadecimal digits"
        )
    found = commit_id(worktree.root, asked)
    if found is None or not found.startswith(asked):
        raise HistoryError(f"{asked!r} is no commit here, or the beginning of several")
    if run_git(worktree.root, "merge-base", "--is-ancestor", found, head).code != 0:
        raise HistoryError(f"commit {asked!r} is not in the history of what is checked out")
    told = next(messages(worktree.root, [found], options=["--no-walk=unsorted"]), None)
    if told is None:
        raise HistoryError(f"commit {asked!r} cannot be read")
    message = redact(f"{told.subject}\n\n{told.body}".strip())[:MAX_MESSAGE]
    return OneCommit(found, told.author_time, redact(told.author), message, len(told.parents))


def changed_places(worktree: Worktree, commit: OneCommit) -> tuple[tuple[TouchedSymbols, ...], int]:
    """Return the first files that a commit changed with their definitions, and how many more."""
    return touched_symbols(worktree, [commit.sha]).get(commit.sha, ((), 0))
