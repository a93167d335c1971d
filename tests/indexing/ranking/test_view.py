"""A view is read once, and what it and the scores over it say is what plain sums say."""

import gc
import math
import pickle
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexing.parsing.syntax.types import ParsedSymbol, Reference, Unit
from indexing.ranking import bm25
from indexing.ranking.bm25 import LENGTH, NAME, PATH, SATURATION, WeightedWord
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import read_view
from indexing.ranking.vector_scan import VectorTable, table_of
from indexing.repository.repository import Repository
from indexing.vectors import store as dense
from indexing.words.tokens import counted, key
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("view")
    embedder = HashingEmbedder()
    return indexed(git_repository(folder, project(12)), config_in(folder), embedder)


def view_in(repository: Repository) -> IndexView:
    with repository.searcher() as searcher:
        return searcher.view


def test_searches_of_one_generation_share_a_view_and_its_vectors(repository: Repository) -> None:
    first, second = view_in(repository), view_in(repository)
    assert first is second
    assert table_of(first, "some", 64) is table_of(second, "some", 64)


def test_an_index_that_changed_is_read_anew(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(2))
    repository = indexed(root, config_in(tmp_path))
    before = view_in(repository)
    (root / "more.py").write_text("def zebra():\n    return 1\n")
    with repository.writing("test"):
        repository.updates.index()
    after = view_in(repository)
    assert "more.py" in set(after.paths) - set(before.paths)


def test_no_more_than_two_views_of_a_worktree_are_kept_while_files_are_saved(
    tmp_path: Path,
) -> None:
    root = git_repository(tmp_path, project(2))
    repository = indexed(root, config_in(tmp_path))
    views = [weakref.ref(view_in(repository))]
    for number in range(3):
        (root / "saved.py").write_text(f"N = {number}\n")
        with repository.writing("test"):
            repository.updates.index()
        views.append(weakref.ref(view_in(repository)))
    gc.collect()
    assert [view() is not None for view in views] == [False, False, True, True]


def test_a_search_tells_the_share_of_vectors_that_the_manifest_tells(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    repository = indexed(git_repository(tmp_path, project(60)), config_in(tmp_path), None)
    repository.vectors.embedder = embedder
    turns = iter([True])
    with repository.writing("test"):
        repository.vectors.fill(keep_going=lambda: next(turns, False))
    with repository.searcher() as searcher:
        told = searcher.search("basket", 3).coverage.dense_share
    with repository.manifest() as manifest:
        generation = searcher.view.generation
        assert told == dense.share(manifest.database, generation, embedder.fingerprint)
    assert 0 < told < 1


def test_rows_of_a_line_are_those_whose_lines_hold_it(repository: Repository) -> None:
    view = view_in(repository)
    for place, document in enumerate(view.documents.tolist()):
        for line in range(80):
            inside = (view.starts <= line) & (line <= view.ends) & (view.document == place)
            assert view.rows_at(document, line) == np.flatnonzero(inside).tolist()
    assert view.rows_at(10**6, 1) == []


@pytest.mark.parametrize("text", ["basket", "price", "py", "m3", "nowhere"])
def test_a_score_is_the_formula_s_wherever_the_word_stands(
    repository: Repository, text: str
) -> None:
    view = view_in(repository)
    with repository.manifest() as manifest:
        texts = manifest.database.execute(
            "SELECT occurrence.id, text, symbol, enclosing, path FROM occurrence"
            " JOIN unit ON unit.key = unit JOIN document ON document.id = document"
        ).fetchall()
    times = np.zeros(len(view.ids))
    for number, body, symbol, enclosing, path in texts:
        row = int(np.flatnonzero(view.ids == number)[0])
        named = NAME * counted(symbol or enclosing)[key(text)]
        in_path = PATH * (counted(path)[key(text)] > 0)
        times[row] = counted(body)[key(text)] + named + in_path
    holders = int((times > 0).sum())
    rare = math.log(1 + (len(times) - holders + 0.5) / (holders + 0.5))
    lengths = view.postings.lengths
    room = 1 - LENGTH + LENGTH * lengths / lengths.mean()
    tf = times / room
    found = bm25.find(view, [WeightedWord(text)])
    assert np.allclose(found.scores, rare * tf * (SATURATION + 1) / (tf + SATURATION), atol=1e-5)


@pytest.mark.parametrize(
    "value",
    [
        Unit("python", "method", "A.b", "A", 3, 9, "text", "def b(self)", "What it does."),
        ParsedSymbol("b", "A.b", "method", 3, 9, "def b(self)", "What it does."),
        Reference("get", "call", 4, "A.b", "queue"),
    ],
)
def test_what_a_parser_read_crosses_a_pipe_unchanged(
    value: Unit | ParsedSymbol | Reference,
) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes


def test_a_view_built_upon_an_earlier_one_is_the_one_that_is_read_whole(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(12))
    repository = indexed(root, config_in(tmp_path))
    earlier = view_in(repository)
    changed = sorted(path for path in root.rglob("*.py"))[3]
    text = changed.read_text("utf-8")
    for step in range(4):
        _change(root, changed, text, step)
        with repository.writing("test"):
            repository.updates.index()
        later = view_in(repository)
        with repository.manifest() as manifest:
            whole = read_view(manifest.database, later.generation)
            upon = read_view(manifest.database, later.generation, earlier)
        for view in (later, upon):
            assert told_of(view) == told_of(whole)
            assert words_of(view) == words_of(whole)
        assert told_of(earlier) != told_of(later)
        earlier = later


def _change(root: Path, changed: Path, text: str, step: int) -> None:
    """Edit, add, put back, remove: an old document comes back under its old number."""
    if step == 0:
        changed.write_text("def zebra_stripe():\n    return 'basket'\n\n" + text, "utf-8")
    if step == 1:
        (root / "aardvark.py").write_text("def aardvark(basket):\n    return basket\n", "utf-8")
    if step == 2:
        changed.write_text(text, "utf-8")
    if step == 3:
        changed.unlink()


def told_of(view: IndexView) -> list[Any]:
    arrays = (view.documents, view.seals, view.ids, view.document, view.starts, view.ends)
    texts = [view.texts[number] for number in view.text]
    held = [column.tolist() for column in (view.paths, view.kinds, view.symbols)]
    assert view.text_index == {sha: number for number, sha in enumerate(view.texts)}
    assert set(texts) == set(view.texts)
    return [*(array.tolist() for array in arrays), *held, texts, view.postings.units.tolist()]


def words_of(view: IndexView) -> list[Any]:
    found: list[Any] = [view.postings.lengths.tolist()]
    for word in ("basket", "zebra", "aardvark", "return", "def", "py", "nowhere"):
        held = view.postings.postings_of(key(word))
        found.append([held.rows.tolist(), held.body.tolist(), held.name.tolist()])
        found.append(sorted(view.postings.packs_named(key(word)).tolist()))
    return found


def test_a_document_whose_number_was_given_again_is_read_anew(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(12))
    repository = indexed(root, config_in(tmp_path))
    earlier = view_in(repository)
    with repository.manifest() as manifest:
        with manifest.transaction():
            last = manifest.database.execute("SELECT max(id) FROM occurrence").fetchone()[0]
            manifest.database.execute("UPDATE occurrence SET id = ? WHERE id = ?", (last + 7, last))
        again = read_view(manifest.database, earlier.generation, earlier)
        assert told_of(again) == told_of(read_view(manifest.database, earlier.generation))
    assert last not in again.ids


def test_a_table_built_upon_an_earlier_one_says_what_one_that_is_read_whole_says(
    tmp_path: Path,
) -> None:
    root = git_repository(tmp_path, project(12))
    embedder = HashingEmbedder()
    repository = indexed(root, config_in(tmp_path), embedder)
    with repository.writing("test"):
        repository.vectors.fill()
    query = embedder.embed_query(["the basket"])[0]
    with repository.searcher() as searcher:
        before = table_of(searcher.view, embedder.fingerprint, embedder.dimension)
    with repository.manifest() as manifest:
        before.cosines(manifest.database, query)
    (root / "zebra.py").write_text("def zebra(basket):\n    return basket\n", "utf-8")
    next(iter(sorted(root.rglob("*.py")))).unlink()
    with repository.writing("test"):
        repository.updates.index()
    with repository.searcher() as searcher:
        view = searcher.view
    upon = table_of(view, embedder.fingerprint, embedder.dimension)
    whole = VectorTable(view, embedder.fingerprint, embedder.dimension)
    with repository.manifest() as manifest:
        assert 0 < upon.share(manifest.database) < 1
        found = upon.cosines(manifest.database, query)
        np.testing.assert_array_equal(found, whole.cosines(manifest.database, query))
