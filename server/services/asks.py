"""Questions as runs: kept with their answers, so that a later one can go on from them.

They stay in the state folder, where the runs of changes are, and belong to who asked. Of each asker
and repository only the newest are kept; what is written down is redacted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.runs.store import RunStatus, RunStore, StoredRun
from indexing.secrets.redact import redact
from rooftree.errors import RepositoryError, StorageError, UsageError
from rooftree.git.commands import Worktree, open_worktree
from rooftree.text.unknown_names import near_names

ASK = "ask"
LAST = "last"
MAX_TURNS = 6
MAX_TURN = 8_000
"""Characters of a question, and of an answer, that are kept of an earlier turn."""
MAX_SUMMARY = 200
STATUSES: tuple[RunStatus, ...] = ("answered", "not_found", "could_not_look")
_NAME = re.compile(r"[0-9][0-9a-f-]{0,22}")

Turn = tuple[str, str]
"""A question, and what was answered."""


def names_run(word: str) -> bool:
    """Say whether a word of a command names a run, and is no question."""
    return word == LAST or _NAME.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Asks:
    """The questions that one asker has put to the repositories of one state folder."""

    store: RunStore
    owner: str
    keep: int
    """How many of each repository; with 0 none is kept."""

    def record(self, worktree: Worktree, told: dict[str, Any], earlier: Sequence[Turn]) -> str:
        """Keep an answer as JSON and what it went on from; return its id, "" where none is kept."""
        if self.keep < 1:
            return ""
        kept = told | {name: redact(str(told[name])) for name in ("question", "answer")}
        model, coverage = told.get("model") or {}, told.get("coverage") or {}
        turns = [[redact(part)[:MAX_TURN] for part in turn] for turn in earlier[-MAX_TURNS:]]
        begun = StoredRun(
            ASK,
            kept["question"],
            str(worktree.root),
            coverage.get("commit"),
            str(model.get("name", "")),
            status=next(one for one in STATUSES if one == told["status"]),
            summary=_summary(kept["answer"]),
            # An id tells the second alone, and two questions may be of the same.
            finished=datetime.now(UTC).isoformat(timespec="microseconds"),
            settings={"earlier": turns},
            owner=self.owner,
            repo_id=worktree.repo_id,
        )
        folder = self.store.create(begun)
        folder.save_outcome(kept | {"run": folder.id})
        remove_all(over(self._own(), self.keep), self.store)
        return folder.id

    def thread(self, worktree: Worktree, name: str) -> tuple[Turn, ...]:
        """Return the turns that a new question goes on from: those of a kept one, and itself.

        UsageError where no question of this asker and repository has that name.
        """
        own = [one for one in self._own() if one.repo_id == worktree.repo_id]
        found = own[:1] if name == LAST else [one for one in own if one.id.startswith(name)]
        if len(found) != 1:
            raise UsageError(self._unknown(name, len(found), [one.id for one in own], worktree))
        record = found[0]
        answer = self.store.open(record.id).outcome().get("answer")
        if not isinstance(answer, str):
            raise StorageError(f"the answer of run {record.id} cannot be read; ask it anew")
        earlier = [(str(one), str(other)) for one, other in record.settings.get("earlier", ())]
        return (*earlier, (record.task, answer))[-MAX_TURNS:]

    def _own(self) -> list[StoredRun]:
        return [one for one in newest_first(self.store.all()) if one.owner == self.owner]

    def _unknown(self, name: str, found: int, known: list[str], worktree: Worktree) -> str:
        where = repr(str(worktree.root))
        if not known:
            off = " (ask.keep is 0)" if self.keep < 1 else ""
            return f"no question about {where} is kept{off}; ask one first, without --continue"
        what = f"{found} questions about {where} begin" if found else "no question begins"
        near = near_names(name, known) if not found else []
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        return (
            f"{what} with {name[:60]!r}{meant}; `rooftree runs list --kind ask` shows those "
            f"about {where}"
        )


def newest_first(records: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the questions among runs, the one that was answered last first."""
    asks = (one for one in records if one.kind == ASK)
    return sorted(asks, key=lambda one: one.finished, reverse=True)


def over(records: Iterable[StoredRun], keep: int) -> list[StoredRun]:
    """Return the questions that are too many: the oldest of each asker and repository."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for record in newest_first(records):
        counts[record.owner, record.repo_id] += 1
        if counts[record.owner, record.repo_id] > keep:
            found.append(record)
    return found


def dead(records: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the questions about repositories that are gone, or are others by now."""
    return [one for one in records if one.kind == ASK and not _is_there(one)]


def remove_all(records: Iterable[StoredRun], store: RunStore) -> int:
    """Remove runs as a whole; return how many bytes that were."""
    size = 0
    for record in records:
        with suppress(UsageError):  # another process was quicker
            size += store.open(record.id).remove()
    return size


def _is_there(record: StoredRun) -> bool:
    root = Path(record.repo)
    try:
        root.stat()
        return open_worktree(root).repo_id == record.repo_id
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, RepositoryError):
        return True  # what cannot be looked at is not gone


def _summary(answer: str) -> str:
    """Return the first line that says something, for a list."""
    lines = (line.strip(" -*") for line in answer.split("\n"))
    said = [line for line in lines if line and not line.endswith(":")]
    return said[0][:MAX_SUMMARY] if said else ""
