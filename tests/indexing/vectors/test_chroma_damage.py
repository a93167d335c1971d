"""A damaged Chroma directory is found, set aside and filled anew; nothing wrong is answered."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexing.store.schema import open_database
from indexing.vectors import chroma_checksum as chroma_seal
from indexing.vectors import store as dense
from indexing.vectors.chroma import ChromaCache
from tests.support import exact_nearest

FINGERPRINT = "made-up"
SEED = 20261130
VECTORS = 1100
"""More than Chroma keeps in its journal before it writes its index files."""
DIMENSION = 16


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with vectors, and a Chroma that was filled and closed in order."""
    folder = tmp_path_factory.mktemp("chroma")
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(VECTORS, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with closing(open_database(folder)) as database:
        dense.add(database, FINGERPRINT, [f"{number:032x}" for number in range(VECTORS)], vectors)
        cache = ChromaCache(folder, FINGERPRINT)
        cache.synchronise(database)
        cache.close()
    return folder


@pytest.fixture
def database(home: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(home)) as opened:
        yield opened


def copied(home: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copytree(home / "chroma-1", folder / "chroma-1")
    shutil.copy(home / "seal-of-chroma-1", folder)
    return folder / "chroma-1"


def flip(folder: Path, moments: random.Random) -> str:
    """Change one random byte of all the bytes of a directory; return where."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    place = moments.randrange(sum(path.stat().st_size for path in files))
    for path in files:
        if place < path.stat().st_size:
            content = bytearray(path.read_bytes())
            content[place] ^= moments.randrange(1, 256)
            path.write_bytes(content)
            return f"{path.name}:{place}"
        place -= path.stat().st_size
    raise AssertionError


def check_right(cache: ChromaCache, database: sqlite3.Connection) -> None:
    assert cache.whole
    generator = np.random.default_rng(11)
    for drawn in generator.normal(size=(5, DIMENSION)).astype(np.float32):
        vector = drawn / np.float32(np.linalg.norm(drawn))
        exact = exact_nearest(database, FINGERPRINT, vector, 10)
        found = cache.query(vector, 10)
        assert np.allclose(
            [match.score for match in found], [match.score for match in exact], atol=2e-3
        )


def test_one_that_was_closed_in_order_is_opened_again(
    home: Path, database: sqlite3.Connection, tmp_path: Path
) -> None:
    folder = copied(home, tmp_path / "copy").parent
    cache = ChromaCache(folder, FINGERPRINT)
    cache.synchronise(database)
    check_right(cache, database)
    assert cache.path == folder / "chroma-1"
    assert not list(folder.glob("seal-of-*"))
    cache.close()
    assert chroma_seal.take_checksum(folder / "chroma-1")


def test_any_of_50_flipped_bytes_breaks_the_seal(home: Path, tmp_path: Path) -> None:
    moments = random.Random(SEED)
    for number in range(50):
        path = copied(home, tmp_path / str(number))
        where = flip(path, moments)
        assert chroma_seal.take_checksum(path) is False, where
        assert chroma_seal.take_checksum(path) is None


@pytest.mark.parametrize("flips", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("sealed", [True, False], ids=["closed in order", "its owner was killed"])
def test_no_flipped_byte_becomes_a_wrong_answer(
    home: Path, database: sqlite3.Connection, tmp_path: Path, flips: int, sealed: bool
) -> None:
    moments = random.Random(SEED)
    for number in range(flips):
        path = copied(home, tmp_path / str(number))
        if not sealed:
            chroma_seal.take_checksum(path)
        print(flip(path, moments))
        cache = ChromaCache(path.parent, FINGERPRINT)
        cache.synchronise(database)
        check_right(cache, database)
        assert cache.path == path.with_name("chroma-2")
        assert bool(list(path.parent.glob("chroma-1.corrupt-*"))) == sealed
        assert not path.exists()
        cache.close()


def test_one_that_failed_in_use_is_set_aside(
    home: Path, database: sqlite3.Connection, tmp_path: Path
) -> None:
    path = copied(home, tmp_path / "copy")
    first = ChromaCache(path.parent, FINGERPRINT)
    first.synchronise(database)
    first.close(failed=True)
    cache = ChromaCache(path.parent, FINGERPRINT)
    cache.synchronise(database)
    check_right(cache, database)
    assert list(path.parent.glob("chroma-1.corrupt-*"))
    cache.close()
