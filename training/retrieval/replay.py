"""Cases asked of the code as it was: every candidate with its columns, and which ones are right.

What comes back is all that ranking sees, so any weights can be tried on it in a moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.build.commit_indexer import CommitIndexer, TextEdit
from indexing.build.parser_pool import ParserPool
from indexing.ranking import recency
from indexing.ranking.engine import RankingEngine
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import read_view
from indexing.store.manifest import Generation, Manifest
from indexing.vectors import store as dense
from indexing.vectors.embedder import Embedder
from indexing.words.query import analyse
from training.retrieval import definitions
from training.retrieval.cases import RetrievalCase
from training.retrieval.definitions import FUNCTIONS, MinedDefinition

BitMask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReplayedCase:
    """One case as ranking sees it. Shapes: C candidates, F columns."""

    case: RetrievalCase
    columns: NDArray[np.float32]
    """Shape (C, F), in the order of `features.FEATURES`."""
    files: NDArray[np.int32]
    """Which file each candidate is of, as a number: shape (C,)."""
    places: NDArray[np.int32]
    """Which definition each candidate is of; parts of one definition share it: shape (C,)."""
    gold_files: BitMask
    gold_places: BitMask


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What cases are replayed with."""

    root: Path
    manifest: Manifest
    embedder: Embedder | None
    workers: int = 2
    largest: int = 1_048_576


def replay(
    setting: ReplaySettings, cases: Sequence[RetrievalCase], edit: TextEdit | None = None
) -> Iterator[ReplayedCase | None]:
    """Ask each case of its commit; None for a case whose gold is not in the index at all.

    Neighbours with the same commit share its view.
    """
    with ParserPool(setting.workers) as pool:
        indexer = CommitIndexer(setting.manifest, setting.root, pool, setting.largest)
        last: tuple[str, IndexView] | None = None
        for case in cases:
            if last is None or last[0] != case.commit:
                generation = indexer.index(case.commit, edit)
                _fill(setting, generation)
                last = case.commit, read_view(setting.manifest.database, generation)
            yield _ask(setting, last[1], with_symbols(case, last[1]))


def view_at(setting: ReplaySettings, commit: str) -> IndexView:
    """Index a commit and return its view."""
    with ParserPool(setting.workers) as pool:
        indexer = CommitIndexer(setting.manifest, setting.root, pool, setting.largest)
        return read_view(setting.manifest.database, indexer.index(commit))


def mine_definitions(
    setting: ReplaySettings, commit: str, most: int
) -> definitions.DefinitionCases:
    """Mine cases from the functions and methods of one commit."""
    view = view_at(setting, commit)
    docs = dict(
        setting.manifest.database.execute(
            "SELECT occurrence.id, doc FROM occurrence JOIN unit ON unit.key = occurrence.unit"
        )
    )
    found = [
        MinedDefinition(
            view.paths[view.document[row]],
            view.symbols[row],
            int(view.starts[row]),
            int(view.ends[row]),
            docs[int(view.ids[row])],
        )
        for row in range(len(view.ids))
        if view.kinds[row] in FUNCTIONS and view.symbols[row]
    ]
    return definitions.mine(found, commit, most)


def with_symbols(case: RetrievalCase, view: IndexView) -> RetrievalCase:
    """Find the definitions that stand on a case's changed lines."""
    if case.symbols or not case.changed:
        return case
    by_path = {path: number for number, path in enumerate(view.paths)}
    symbols: dict[tuple[str, str], None] = {}
    for path, first, last in case.changed:
        number = by_path.get(path)
        if number is None:
            continue
        begin, end = np.searchsorted(view.document, (number, number + 1))
        for row in range(int(begin), int(end)):
            inside = view.starts[row] <= last and first <= view.ends[row]
            if inside and view.symbols[row] and view.kinds[row] != "section":
                symbols[(path, view.symbols[row])] = None
    return replace(case, symbols=tuple(symbols))


def _fill(setting: ReplaySettings, generation: Generation) -> None:
    if setting.embedder is not None:
        dense.fill(setting.manifest, generation, setting.embedder)


def _ask(setting: ReplaySettings, view: IndexView, case: RetrievalCase) -> ReplayedCase | None:
    """Return a case as ranking sees it; None where its gold is not in the index at all."""
    gold_files = {number for number, path in enumerate(view.paths) if path in set(case.files)}
    if not gold_files:
        return None
    recency.store_activity(setting.manifest, setting.root, view.generation)
    known = recency.stored_activity(setting.manifest, view.generation)
    engine = RankingEngine(setting.manifest.database, view, setting.embedder, None, known)
    found = engine.candidates(analyse(case.query))
    files = view.document[found.rows]
    wanted = set(case.symbols)
    names = [(view.paths[view.document[row]], view.symbols[row]) for row in found.rows]
    places = _places(found.rows, names)
    return ReplayedCase(
        case,
        found.columns,
        files,
        places,
        np.isin(files, list(gold_files)),
        np.array([name in wanted for name in names], dtype=bool),
    )


def _places(rows: NDArray[np.int64], names: Sequence[tuple[str, str]]) -> NDArray[np.int32]:
    numbers: dict[tuple[str, str, int], int] = {}
    places = [
        numbers.setdefault((path, symbol, 0 if symbol else int(row) + 1), len(numbers))
        for row, (path, symbol) in zip(rows, names, strict=True)
    ]
    return np.array(places, dtype=np.int32)
