"""History search: commits whose message or diff matches, with the symbols that they touched.

Messages are searched whole, diffs as far as they have been read (`commit_words`); the result says
how many were. Ranked by BM25 over the words of message, changed definitions, paths and changed
lines, with a mild preference for what is newer. Everything shown is redacted.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from indexing.history import commit_store as commit_words
from indexing.history.commit_store import MAX_DIFF_LENGTH, CommitWords, is_in_part
from indexing.history.one_commit import check_history
from indexing.history.touched_symbols import TouchedSymbols, touched_symbols
from indexing.secrets.redact import redact
from indexing.store.manifest import Manifest
from indexing.vectors import coverage_notes
from indexing.vectors.coverage_notes import counted_in_words
from indexing.words.tokens import counted
from indexing.words.word_lists import stop_words
from rooftree.errors import HistoryError, RepositoryError, StorageError, UsageError
from rooftree.git.changes import Commit, messages
from rooftree.git.commands import Worktree

MAX_COMMITS = 100_000
MAX_MESSAGE_CHARACTERS = 5_000
"""Characters of a commit's message whose words are taken."""
READ_SECONDS = 20.0
"""How long one query reads diffs that were not read before; the next one goes on from there."""
SUBJECT, BODY, NAMES, PATHS, DIFF = 4.0, 2.0, 2.0, 1.5, 1.0
"""How much a word counts where it stands."""
SATURATION, LENGTH = 1.2, 0.4
USUAL_WORDS = 100
"""A diff of more words than this counts less for each."""
NEWER = 0.15
"""How much more the newest commit counts than one that is very old."""
HALF_LIFE = 2 * 365 * 86_400
_AGO = re.compile(r"(\d{1,4})\s*(day|week|month|year)s?(?:\s+ago)?", re.IGNORECASE)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True)
class CommitHit:
    """One commit that matches."""

    sha: str
    time: int
    author: str
    subject: str
    score: float
    files: tuple[TouchedSymbols, ...]
    more_files: int

    def as_json(self) -> dict[str, Any]:
        return {
            "sha": self.sha,
            "date": datetime.fromtimestamp(self.time, UTC).isoformat(timespec="seconds"),
            "author": self.author,
            "subject": self.subject,
            "score": round(self.score, 4),
            "files": [file.as_json() for file in self.files],
            "more_files": self.more_files,
        }


@dataclass(frozen=True, slots=True)
class CommitCoverage:
    """What was looked at: commits whose message was read, of those the ones whose diff was."""

    commits: int
    diffs: int
    without_diff: int
    """Merges: git shows no diff of them."""
    seconds: float
    notes: tuple[str, ...]
    in_part: int = 0
    """Of how many diffs some lines were passed over."""

    def status(self, *, found: bool) -> Literal["found", "not_found", "could_not_look"]:
        """Tell "nothing found" from "could not look": every diff must have been read."""
        if found:
            return "found"
        whole = self.diffs + self.without_diff >= self.commits
        return "not_found" if whole else "could_not_look"

    def as_json(self) -> dict[str, Any]:
        return {
            "commits": self.commits,
            "diffs": self.diffs,
            "merges": self.without_diff,
            "in_part": self.in_part,
            "seconds": round(self.seconds, 2),
            "notes": list(self.notes),
            "not_looked_at": [*self.notes, *self._passed_over()],
        }

    def _passed_over(self) -> Iterator[str]:
        """Yield what was passed over by rule, in words."""
        if self.in_part:
            yield (
                f"parts of {counted_in_words(self.in_part, 'diff')} (what is binary, changelogs, "
                f"examples, and what follows the first {MAX_DIFF_LENGTH:,} characters)"
            )
        if self.without_diff:
            yield f"what {counted_in_words(self.without_diff, 'merge')} changed"


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """Hits, best first, and the coverage they were found with."""

    hits: tuple[CommitHit, ...]
    coverage: CommitCoverage


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What is looked for: `since` is in seconds of the epoch, `path` one file or folder."""

    query: str
    limit: int = 10
    since: int | None = None
    path: str | None = None


def since_of(text: str, now: datetime) -> int:
    """Return the moment that `2024-05-01` or `3 months` tells, in seconds of the epoch."""
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return int((now - timedelta(days=int(ago[1]) * _DAYS[ago[2].lower()])).timestamp())
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"{text[:80]!r} is no date; give one such as 2024-05-01, or a time such as `3 months`"
        ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def search_history(
    manifest: Manifest,
    worktree: Worktree,
    wanted: HistoryQuery,
    tell: Callable[[int, int], None],
    seconds: float | None = None,
) -> HistoryResult:
    """Search the history that HEAD has behind it; diffs are read for `READ_SECONDS` at most."""
    started = time.monotonic()
    check_history(worktree)
    if not _asked(wanted.query):
        raise UsageError(coverage_notes.wordless(wanted.query))
    commits, notes = _commits(worktree, wanted)
    words = commit_words.stored_words(manifest.database)
    plain = [commit.sha for commit in commits if len(commit.parents) < 2]
    missing = [sha for sha in plain if sha not in words]
    limit = READ_SECONDS if seconds is None else seconds
    notes += _read(manifest, worktree, missing, words, (limit, tell))
    ranked = _ranked(commits, words, wanted.query)[: wanted.limit]
    hits = _hits(worktree, ranked)
    if worktree.common_dir is not None and (worktree.common_dir / "shallow").exists():
        notes.append("this is a shallow clone: its history is cut, and older commits are not there")
    read = [words[sha] for sha in plain if sha in words]
    coverage = CommitCoverage(
        len(commits),
        len(read),
        len(commits) - len(plain),
        time.monotonic() - started,
        tuple(notes),
        sum(map(is_in_part, read)),
    )
    return HistoryResult(tuple(hits), coverage)


def _commits(worktree: Worktree, wanted: HistoryQuery) -> tuple[list[Commit], list[str]]:
    commits: list[Commit] = []
    notes: list[str] = []
    paths = [wanted.path] if wanted.path else []
    for commit in messages(worktree.root, [worktree.commit or "HEAD"], paths=paths):
        if len(commits) >= MAX_COMMITS:
            notes.append(f"only the newest {MAX_COMMITS} commits were looked at")
            break
        if wanted.since is None or commit.author_time >= wanted.since:
            commits.append(commit)
    if long := sum(len(commit.body) > MAX_MESSAGE_CHARACTERS for commit in commits):
        told = counted_in_words(long, "message")
        notes.append(
            f"of {told} only the first {MAX_MESSAGE_CHARACTERS:,} characters were looked at"
        )
    return commits, notes


def _read(
    manifest: Manifest,
    worktree: Worktree,
    missing: Sequence[str],
    words: dict[str, CommitWords],
    budget: tuple[float, Callable[[int, int], None]],
) -> list[str]:
    """Read what is missing and keep it; return what to say of what was not read."""
    done = 0
    notes: list[str] = []
    try:
        for found in commit_words.read_missing(worktree.root, missing, *budget):
            words.update(found)
            done += len(found)
            with manifest.transaction():
                commit_words.store_words(manifest.database, found)
    except HistoryError:
        raise  # What a clone does not have was not looked at, and half a history is no answer.
    except RepositoryError as error:
        notes.append(f"some diffs could not be read: {error}")
    except StorageError as error:
        notes.append(f"the words of the diffs could not be kept: {error}")
    if done < len(missing):
        notes.append(
            f"the diffs of {len(missing) - done} older commits were not read in "
            f"{budget[0]:g} s, only their messages; ask again to go on from there"
        )
    return notes


def _ranked(
    commits: Sequence[Commit], words: Mapping[str, CommitWords], query: str
) -> list[tuple[float, Commit]]:
    """Return commits that hold a word of the query, the best first."""
    asked = _asked(query)
    if not asked or not commits:
        return []
    held = _frequencies(commits, words, asked)
    frequencies = np.count_nonzero(held, axis=0)
    rarity = np.log1p((len(commits) - frequencies + 0.5) / (frequencies + 0.5))
    sizes = np.array([_size(commit, words) for commit in commits])
    lengths = 1 - LENGTH + LENGTH * sizes / max(float(sizes.mean()), 1.0)
    scores = (held / (held + SATURATION * lengths[:, None])) @ rarity
    newest = max(commit.author_time for commit in commits)
    ages = np.array([newest - commit.author_time for commit in commits]) / HALF_LIFE
    # A commit that holds every word of the query is more than the sum of its parts.
    scores *= (1 + NEWER * 0.5**ages) * (0.5 + 0.5 * (held > 0) @ rarity / rarity.sum())
    order = np.lexsort((np.arange(len(commits)), -scores))
    return [(float(scores[place]), commits[place]) for place in order if scores[place] > 0]


def _asked(query: str) -> list[int]:
    words = [word for word in re.findall(r"\w+", query) if word.lower() not in stop_words()]
    return sorted(counted(" ".join(words) or query))


def _frequencies(
    commits: Sequence[Commit], words: Mapping[str, CommitWords], asked: Sequence[int]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return how much of each asked word each commit holds: shape (commits, asked)."""
    held = np.zeros((len(commits), len(asked)))
    columns = {key: column for column, key in enumerate(asked)}
    for row, commit in enumerate(commits):
        for text, weight in ((commit.subject, SUBJECT), (commit.body, BODY)):
            for key, times in counted(text[:MAX_MESSAGE_CHARACTERS]).items():
                if key in columns:
                    held[row, columns[key]] += weight * times
    known = [(row, words[commit.sha]) for row, commit in enumerate(commits) if commit.sha in words]
    if known:
        # A diff of many words holds any of them by chance.
        shares = np.ones(len(commits))
        shares[[row for row, _ in known]] = [
            min(1.0, (USUAL_WORDS / max(1, len(part))) ** 0.5) for _, part in known
        ]
        together = np.concatenate([part for _, part in known])
        rows = np.repeat([row for row, _ in known], [len(part) for _, part in known])
        for key, column in columns.items():
            at = np.flatnonzero(together["key"] == key)
            part = together[at]
            counts = NAMES * part["names"] + PATHS * part["paths"] + DIFF * part["diff"]
            held[rows[at], column] += np.log1p(counts.astype(np.float64)) * 2 * shares[rows[at]]
    return held


def _size(commit: Commit, words: Mapping[str, CommitWords]) -> float:
    known = words.get(commit.sha)
    return 20.0 + math.sqrt(len(known) if known is not None else 0)


def _hits(worktree: Worktree, ranked: Sequence[tuple[float, Commit]]) -> list[CommitHit]:
    files = touched_symbols(worktree, [commit.sha for _, commit in ranked])
    hits = []
    for score, commit in ranked:
        known, more = files.get(commit.sha, ((), 0))
        author, subject = redact(commit.author), redact(commit.subject)
        hits.append(CommitHit(commit.sha, commit.author_time, author, subject, score, known, more))
    return hits
