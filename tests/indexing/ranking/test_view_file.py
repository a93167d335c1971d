"""A view that was kept in a file is the view that is read from the manifest."""

import random
from pathlib import Path

import numpy as np
import pytest

from indexing.ranking import index_view_file as view_file
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import read_view
from indexing.repository.repository import Repository
from tests.support import config_in, git_repository, indexed, project, write_files

NUMBERS = ("documents", "seals", "ids", "document", "starts", "ends")
TEXTS = ("paths", "kinds", "symbols")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return indexed(git_repository(tmp_path, project(12)), config_in(tmp_path))


def read(repository: Repository, earlier: IndexView | None = None) -> IndexView:
    with repository.manifest() as manifest:
        generation = manifest.current(str(repository.worktree.root))
        assert generation is not None
        return read_view(manifest.database, generation, earlier)


def same(one: IndexView, two: IndexView) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(two, name)) for name in (*NUMBERS, *TEXTS)
    )
    table, other = one.postings.table, two.postings.table
    words = all(
        np.array_equal(getattr(table, name), getattr(other, name))
        for name in ("keys", "rows", "bodies", "names")
    )
    told = one.generation == two.generation
    texts = np.array_equal(one.texts[one.text], two.texts[two.text])
    return told and arrays and words and texts and len(one.texts) == len(two.texts)


def test_it_is_what_was_kept(repository: Repository, tmp_path: Path) -> None:
    view = read(repository)
    view.postings.sort()
    view_file.write(tmp_path, view)
    kept = view_file.read(tmp_path)
    assert kept is not None
    assert same(kept, view)
    assert kept.postings.table.is_sorted
    assert (tmp_path / view_file.FILE).stat().st_mode & 0o777 == 0o600


def test_what_has_changed_since_is_read_upon_it(repository: Repository, tmp_path: Path) -> None:
    view_file.write(tmp_path, read(repository))
    write_files(repository.worktree.root, {"shop/zebra.py": "def zebra():\n    return 1\n"})
    with repository.writing("test"):
        repository.updates.index()
    built = read(repository, view_file.read(tmp_path))
    whole = read(repository)
    whole.postings.sort()
    assert "shop/zebra.py" in built.paths
    assert same(built, whole)


def test_no_changed_byte_is_taken_for_what_was_written(
    repository: Repository, tmp_path: Path
) -> None:
    view_file.write(tmp_path, read(repository))
    path = tmp_path / view_file.FILE
    good = path.read_bytes()
    moments = random.Random(7)
    for place in [0, 4, *(moments.randrange(len(good)) for _ in range(50)), len(good) - 1]:
        bad = bytearray(good)
        bad[place] ^= moments.randrange(1, 256)
        path.write_bytes(bad)
        assert view_file.read(tmp_path) is None, place
    path.write_bytes(good[: len(good) // 2])
    assert view_file.read(tmp_path) is None
    assert view_file.read(tmp_path / "none") is None


def test_an_empty_repository_has_an_empty_view(tmp_path: Path) -> None:
    view = read(indexed(git_repository(tmp_path, {}), config_in(tmp_path)))
    view_file.write(tmp_path, view)
    kept = view_file.read(tmp_path)
    assert kept is not None
    assert same(kept, view)
