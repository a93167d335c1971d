"""Recency of files by the history: which were changed lately.

Files that were worked on lately are worked on again (Hassan and Holt, "The top ten list", ICSM
2005). It does not depend on questions.
"""

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.arrays import scaled
from indexing.ranking.index_view import IndexView
from indexing.store.manifest import Generation, Manifest
from indexing.store.worktree_state import is_utf8
from rooftree.errors import RepositoryError
from rooftree.git.commands import run_git
from rooftree.telemetry.logs import logger

COMMITS = 1_000
"""How many of the newest commits are looked at."""
HALF = 200
"""A change this many commits ago counts half as much as the newest one."""
MAX_FILES = 20
"""A commit of more files says nothing of each."""


@dataclass(frozen=True)
class FileActivity:
    """The files of each of the newest commits, the newest first."""

    commits: tuple[tuple[str, ...], ...]

    def recent(self, view: IndexView) -> NDArray[np.float32]:
        """Return how much each document was changed lately, from 0 to 1: shape (D,)."""
        last = self._last.get("view")
        if last is None or last[0] is not view:
            weights = [self._weights.get(path, 0.0) for path in view.paths]
            last = view, scaled(np.log1p(np.array(weights, dtype=np.float32)))
            self._last["view"] = last
        return last[1]

    @cached_property
    def _last(self) -> dict[str, tuple[IndexView, NDArray[np.float32]]]:
        """The view that was asked about last: a server asks about one again and again."""
        return {}

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        weights: dict[str, float] = defaultdict(float)
        for age, files in enumerate(self.commits):
            for path in files:
                weights[path] += 0.5 ** (age / HALF)
        return weights

    def packed(self) -> bytes:
        return zlib.compress(json.dumps(self.commits, ensure_ascii=False).encode(), 1)


@lru_cache(maxsize=8)
def unpacked(data: bytes) -> FileActivity:
    """Read what `packed` wrote. Raises sqlite3.DatabaseError where it is something else."""
    try:
        commits = json.loads(zlib.decompress(data))
        return FileActivity(tuple(tuple(map(str, files)) for files in commits))
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"the activity of a history: {error}") from error


def read_activity(root: Path, commit: str) -> FileActivity:
    """Ask git for the files of the newest commits that `commit` has behind it."""
    answer = run_git(
        root,
        "log",
        "--no-merges",
        "--no-renames",
        "--name-only",
        "-z",
        "--format=%x01",
        f"-n{COMMITS}",
        "--end-of-options",
        commit,
        "--",
    )
    if answer.code != 0:
        raise RepositoryError(f"git cannot read the history of {commit!r}: {answer.error}")
    return FileActivity(tuple(_files(part) for part in answer.output.split(b"\x01")[1:]))


def _files(part: bytes) -> tuple[str, ...]:
    names = [name.strip(b"\n") for name in part.split(b"\0")]
    paths = [name.decode("utf-8", "surrogateescape") for name in names if name]
    return tuple(path for path in paths if is_utf8(path)) if len(paths) <= MAX_FILES else ()


def store_activity(manifest: Manifest, root: Path, generation: Generation) -> None:
    """Keep what the history behind a generation says of its files, unless it is there already.

    A history that cannot be read (a partial clone, say) costs the search a hint and nothing else.
    """
    commit, database = generation.commit, manifest.database
    if commit is None or _packed(manifest, commit) is not None:
        return
    try:
        found = read_activity(root, commit)
    except RepositoryError as error:
        logger("signals").warning("no activity of %s: %s", commit, error)
        return
    with manifest.transaction():
        database.execute("INSERT OR REPLACE INTO activity VALUES (?, ?)", (commit, found.packed()))


def stored_activity(manifest: Manifest, generation: Generation) -> FileActivity | None:
    """Return the activity that was kept for a generation; of one commit it is unpacked once."""
    packed = _packed(manifest, generation.commit)
    return unpacked(packed) if packed is not None else None


def _packed(manifest: Manifest, commit: str | None) -> bytes | None:
    rows = manifest.database.execute("SELECT packed FROM activity WHERE commit_id = ?", (commit,))
    return next((packed for (packed,) in rows), None)
