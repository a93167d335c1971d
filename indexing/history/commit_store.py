"""The words of commits: those that a message has, and those that a diff adds or removes.

Reading the diffs of a long history takes minutes, so the words of each commit are kept in the
manifest, and what is missing is read newest first, for as long as there is time. A word is known by
the key that `lexical` gives it; texts are redacted before their words are taken.
"""

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.parsing.syntax.types import WORDS_VERSION
from indexing.ranking.features import is_side
from indexing.secrets.redact import REDACTION_VERSION, redact
from indexing.words.tokens import counted
from rooftree.git.changes import Commit, changes

DTYPE = np.dtype([("key", "<u4"), ("names", "u1"), ("paths", "u1"), ("diff", "u1")])
CommitWords = NDArray[np.void]
"""One commit's distinct words, and how often its diff's definitions, paths and lines hold each."""
AT_ONCE = 200
"""Commits that are read and kept together."""
MAX_DIFF_LENGTH = 60_000
"""Characters of a commit's changed lines whose words are taken."""
MAX_WORDS = 2_000
RULES = "words redacted"
"""The key of `meta` that says by which rules the kept words were redacted and split."""
MADE_BY = f"{REDACTION_VERSION} words {WORDS_VERSION}, parts told"
_IN_PART: CommitWords = np.zeros(1, dtype=DTYPE)
"""Stands last where a diff was read in part: a word that occurs nowhere, which no other row is."""
_DEFINED = re.compile(
    r"^[+-].*?\b(?:def|class|func|function|fn|interface|struct|type|trait|enum|module)\s+"
    r"(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)


def words_of(commit: Commit) -> CommitWords:
    """Return the words of one commit's diff; where some of it was passed over, they say so."""
    # A changelog repeats what all other commits say.
    read = [file for file in commit.files if not is_side(file.path)]
    whole = b"\n".join(file.text for file in read).decode("utf-8", "replace")
    text = redact(whole[:MAX_DIFF_LENGTH])
    diff = counted(text)
    names = counted(" ".join(_DEFINED.findall(text)))
    paths = counted(" ".join(dict.fromkeys(file.path for file in commit.files)))
    keys = sorted(names.keys() | paths.keys() | _most(diff).keys())
    found = np.zeros(len(keys), dtype=DTYPE)
    found["key"] = keys
    for name, counts in (("names", names), ("paths", paths), ("diff", diff)):
        found[name] = [min(counts[key], 255) for key in keys]
    in_part = (
        len(whole) > MAX_DIFF_LENGTH
        or len(diff) > MAX_WORDS
        or any(file.binary or is_side(file.path) for file in commit.files)
    )
    return np.append(found, _IN_PART) if in_part else found


def is_in_part(words: CommitWords) -> bool:
    """Say whether these are not all the words of the diff that they were taken from."""
    return bool(len(words)) and bool(words[-1] == _IN_PART[0])


def _most(counts: Counter[int]) -> Mapping[int, int]:
    return counts if len(counts) <= MAX_WORDS else dict(counts.most_common(MAX_WORDS))


def stored_words(database: sqlite3.Connection) -> dict[str, CommitWords]:
    """Return the words of all commits that were read before, by the same rules."""
    if not _is_made_alike(database):
        return {}
    try:
        return {
            sha: np.frombuffer(packed, dtype=DTYPE)
            for sha, packed in database.execute("SELECT commit_id, packed FROM commit_words")
        }
    except ValueError as error:
        raise sqlite3.DatabaseError(f"the words of a commit: {error}") from error


def read_missing(
    root: Path, shas: Sequence[str], seconds: float, tell: Callable[[int, int], None]
) -> Iterator[dict[str, CommitWords]]:
    """Yield the words of commits, some at a time, until all are read or the time is over."""
    deadline = time.monotonic() + seconds
    done = 0
    for begin in range(0, len(shas), AT_ONCE):
        part = shas[begin : begin + AT_ONCE]
        found: dict[str, CommitWords] = {}
        for commit in changes(root, part, texts=True, options=["--no-walk=unsorted"]):
            found[commit.sha] = words_of(commit)
            if time.monotonic() > deadline:
                break
        yield found
        done += len(found)
        tell(done, len(shas))
        if time.monotonic() > deadline:
            return


def store_words(database: sqlite3.Connection, found: Mapping[str, CommitWords]) -> None:
    """Keep the words of commits; call it inside a transaction."""
    if not _is_made_alike(database):
        database.execute("DELETE FROM commit_words")
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (RULES, MADE_BY))
    database.executemany(
        "INSERT OR REPLACE INTO commit_words VALUES (?, ?)",
        ((sha, words.tobytes()) for sha, words in found.items()),
    )


def _is_made_alike(database: sqlite3.Connection) -> bool:
    row = database.execute("SELECT value FROM meta WHERE key = ?", (RULES,)).fetchone()
    return row is not None and row[0] == MADE_BY
