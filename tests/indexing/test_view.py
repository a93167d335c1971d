"""A view is read once, and what it and the scores over it say is what plain sums say."""

import math
import pickle
from pathlib import Path

import numpy as np
import pytest

from indexing import bm25, dense
from indexing.bm25 import LENGTH, NAME, PATH, SATURATION, Word
from indexing.extraction import Reference, Symbol, Unit
from indexing.lexical import counted, key
from indexing.nearness import table_of
from indexing.repository import Repository
from indexing.view import View
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("view")
    embedder = HashingEmbedder()
    return indexed(git_repository(folder, project(12)), config_in(folder), embedder)


def view_in(repository: Repository) -> View:
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
        repository.index()
    after = view_in(repository)
    assert "more.py" in set(after.paths) - set(before.paths)


def test_a_search_tells_the_share_of_vectors_that_the_manifest_tells(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    repository = indexed(git_repository(tmp_path, project(60)), config_in(tmp_path), None)
    repository.embedder = embedder
    turns = iter([True])
    with repository.writing("test"):
        repository.fill(keep_going=lambda: next(turns, False))
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
    room = 1 - LENGTH + LENGTH * view.postings.lengths / view.postings.mean_length
    tf = times / room
    found = bm25.find(view, [Word(text)])
    assert np.allclose(found.scores, rare * tf * (SATURATION + 1) / (tf + SATURATION), atol=1e-5)


@pytest.mark.parametrize(
    "value",
    [
        Unit("python", "method", "A.b", "A", 3, 9, "text", "def b(self)", "What it does."),
        Symbol("b", "A.b", "method", 3, 9, "def b(self)", "What it does."),
        Reference("get", "call", 4, "A.b", "queue"),
    ],
)
def test_what_a_parser_read_crosses_a_pipe_unchanged(value: Unit | Symbol | Reference) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
