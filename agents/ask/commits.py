"""Commits that a claim names: checked against git, and what their messages say.

A commit is verified when it is behind the commit that the files were read at. What proves a
sentence is its message, as it may be shown; which lines it changed is not looked at here.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from indexing.history.one_commit import SHOWN_ID, find_commit
from rooftree.errors import HistoryError, ToolError
from rooftree.git.commands import Worktree

MIN_QUOTED = 3
_ID = re.compile(r"`?\b(?P<id>[0-9a-f]{7,64})\b`?")
_QUOTED = re.compile(r"[\"“]([^\"“”]{1,300})[\"”]")


@dataclass(frozen=True, slots=True)
class CommitMark:
    """A commit, as a model named it."""

    name: str

    def __str__(self) -> str:
        return f"commit:{self.name}"


@dataclass(frozen=True, slots=True)
class CommitCitation:
    """A verified commit; `message` is what was compared."""

    commit: str
    date: str
    subject: str
    message: str
    verified: bool = True

    @property
    def place(self) -> str:
        return f"commit {self.commit[:SHOWN_ID]}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CommitChecker:
    """Checks commits against the history of the commit that the files were read at."""

    worktree: Worktree

    def check(self, mark: CommitMark) -> CommitCitation:
        """Return the verified commit; ToolError says why it is none."""
        try:
            found = find_commit(self.worktree, mark.name)
        except HistoryError as error:
            raise ToolError(str(error)) from error
        return CommitCitation(found.sha, found.date, found.subject, found.message)


def without_ids(sentence: str, commits: Sequence[CommitCitation]) -> str:
    """Return a sentence without the ids of the commits that it cites: no message holds its own."""

    def kept(found: re.Match[str]) -> str:
        return "" if any(one.commit.startswith(found["id"]) for one in commits) else found[0]

    return _ID.sub(kept, sentence) if commits else sentence


def misquoted(sentence: str, text: str) -> list[str]:
    """Return the words in quotation marks that a text does not hold, however it breaks lines."""
    whole = " ".join(text.split()).casefold()
    quotes = (" ".join(found[1].split()).strip(" .,;:!?…") for found in _QUOTED.finditer(sentence))
    return [one for one in quotes if len(one) >= MIN_QUOTED and one.casefold() not in whole]
