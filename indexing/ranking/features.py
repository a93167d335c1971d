"""What is known of each candidate for a question, as numbers: the columns that ranking weighs.

Every column is between 0 and 1 and compares candidates of one question; a column that does not
apply is 0 for all. Which columns count, and how much, is for `rank`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.arrays import RowNumbers, ScoreColumn, file_scores, scaled
from indexing.ranking.bm25 import LexicalMatches
from indexing.ranking.index_view import IndexView
from indexing.ranking.recency import FileActivity
from indexing.words import tokens as lexical
from indexing.words.query import MIN_SCOPE_WORD_LENGTH, Query

FEATURES = (
    "words",
    "meaning",
    "name",
    "mention",
    "quoted",
    "path",
    "scope",
    "named",
    "path_named",
    "file_words",
    "activity",
    "test",
    "side",
    "copy",
    "prose",
    "fragment",
    "data",
    "long",
)
"""The columns, in their order."""

_TEST_PATH = re.compile(
    r"(^|/)(tests?|testing|testsuite|spec|specs|__tests__)/|(^|/)(test_[^/]*|conftest)\.py$"
    r"|[._-](test|spec|tests)\.\w+$|_test\.\w+$|Tests?\.(java|kt|cs|swift)$"
)
_SIDE_PATH = re.compile(
    r"(^|/)(change(s|log)|history|news|release[-_ ]?notes|authors|contributors|licen[cs]e)[^/]*$"
    r"|(^|/)(examples?|samples?|demos?|benchmarks?|bench|vendor|third_party|fixtures)/"
    r"|\.ipynb$",
    re.IGNORECASE,
)
_COPY_PATH = re.compile(r"(^|/)(dist|node_modules)/|[.-]min\.\w+$|\.bundle\.\w+$", re.IGNORECASE)
_KINDS = {
    "section": "prose",
    **dict.fromkeys(["lines", "block", "head"], "fragment"),
    **dict.fromkeys(["key", "rule", "table"], "data"),
}
"""The column that tells of a unit's kind; none of others."""


@dataclass(frozen=True, slots=True)
class QueryScores:
    """A question and what the tiers said about it: over all rows of a view, but for cosines."""

    query: Query
    found: LexicalMatches
    cosines: NDArray[np.float32]
    """Of each candidate, NaN where it has no vector."""
    border: float
    """The cosine from which on a row is near."""
    mentions: Mapping[int, float]
    """By row: how much of what the question names it uses."""
    quoted: frozenset[int]
    """The rows that hold text which the question quotes."""


def features(
    view: IndexView, asked: QueryScores, rows: RowNumbers, activity: FileActivity | None
) -> NDArray[np.float32]:
    """Return the columns for the candidates `rows`: shape (len(rows), len(FEATURES))."""
    columns: dict[str, ScoreColumn] = {
        **_tiers(view, asked, rows),
        **_names(view, asked, rows),
        **_kinds(view, rows),
    }
    if activity is not None:
        columns["activity"] = activity.recent(view)[view.document[rows]]
    nothing = np.zeros(len(rows), dtype=np.float32)
    return np.stack([columns.get(name, nothing) for name in FEATURES], axis=1)


def _tiers(view: IndexView, asked: QueryScores, rows: RowNumbers) -> dict[str, ScoreColumn]:
    found, document = asked.found, view.document[rows]
    files = len(view.documents)
    cosines = np.nan_to_num(asked.cosines, nan=0.0)
    meaning = scaled(np.maximum(cosines - max(asked.border, 0.0), 0).astype(np.float32))
    # Without a vector the words stand in at half their strength: unknown is not unlike.
    words_column = scaled(found.scores[rows])
    unknown = np.isnan(asked.cosines)
    meaning[unknown] = words_column[unknown] / 2
    return {
        "words": words_column,
        "meaning": meaning,
        "named": found.named[rows],
        "path_named": found.path_named[document],
        "file_words": scaled(file_scores(view.document, found.scores, files))[document],
    }


def _names(view: IndexView, asked: QueryScores, rows: RowNumbers) -> dict[str, ScoreColumn]:
    query = asked.query
    symbols = view.symbols[rows].tolist()
    paths = view.paths[view.document[rows]].tolist()
    return {
        "name": _column(_name_match(query, symbol) for symbol in symbols),
        "mention": _column(asked.mentions.get(row, 0.0) for row in rows.tolist()),
        "quoted": _column(row in asked.quoted for row in rows.tolist()),
        "path": _column(_path_match(query, path) for path in paths),
        "scope": _column(bool(query.scope) and _in_scope(query.scope, path) for path in paths),
    }


def _kinds(view: IndexView, rows: RowNumbers) -> dict[str, ScoreColumn]:
    documents, of_row = np.unique(view.document[rows], return_inverse=True)
    paths = view.paths[documents].tolist()
    kinds = [_KINDS.get(kind, "") for kind in view.kinds[rows].tolist()]
    lines = (view.ends[rows] - view.starts[rows] + 1).astype(np.float32)
    return {
        "test": _column(map(is_test, paths))[of_row],
        "side": _column(map(is_side, paths))[of_row],
        "copy": _column(map(is_copy, paths))[of_row],
        **{
            name: _column([kind == name for kind in kinds])
            for name in ("prose", "fragment", "data")
        },
        "long": np.minimum(np.log2(lines) / 7, 1).astype(np.float32),
    }


def _column(values: object) -> ScoreColumn:
    return np.array(list(values), dtype=np.float32)  # type: ignore[call-overload] # any iterable of numbers


@lru_cache(maxsize=1 << 17)
def is_test(path: str) -> bool:
    """Say whether a path is that of a test."""
    return _TEST_PATH.search(path) is not None


@lru_cache(maxsize=1 << 17)
def is_side(path: str) -> bool:
    """Say whether a path is that of something beside the code: history, examples, fixtures."""
    return _SIDE_PATH.search(path) is not None


@lru_cache(maxsize=1 << 17)
def is_copy(path: str) -> bool:
    """Say whether a path is that of a file that is made from others: what is built of sources."""
    return _COPY_PATH.search(path) is not None


def _name_match(query: Query, symbol: str) -> float:
    """1.0 where the question names this symbol in full, 0.8 where it names its last part."""
    if not symbol or not query.identifiers:
        return 0.0
    lowered = symbol.lower()
    if lowered in query.full_names:
        return 1.0
    parts = lowered.split(".")
    if parts[-1] in query.names:
        return 0.8
    return 0.3 if any(part in query.names for part in parts) else 0.0


def _path_match(query: Query, path: str) -> float:
    """1.0 where the question names this path, 0.6 where it names only the file."""
    lowered = path.lower()
    for named in query.paths:
        wanted = named.lower()
        if lowered == wanted or lowered.endswith("/" + wanted) or wanted.endswith("/" + lowered):
            return 1.0
        if lowered.rpartition("/")[2] == wanted.rpartition("/")[2]:
            return 0.6
    return 0.0


@lru_cache(maxsize=1 << 15)
def _in_scope(scope: tuple[str, ...], path: str) -> bool:
    """Say whether a file or its folder is called as a message says; a beginning is enough."""
    folder, _, name = path.rpartition("/")
    own = lexical.words(f"{name.partition('.')[0]} {folder.rpartition('/')[2]}")
    parts = [word for word in own if len(word) >= MIN_SCOPE_WORD_LENGTH]
    return any(part.startswith(word) or word.startswith(part) for word in scope for part in parts)
