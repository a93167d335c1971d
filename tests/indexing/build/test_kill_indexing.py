"""kill -9 at random moments: the next run finishes the work, and nothing is embedded again."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from indexing.repository.repository import Repository
from indexing.vectors import store as dense
from indexing.vectors.chroma import ChromaCache
from tests.support import (
    HashingEmbedder,
    config_in,
    exact_nearest,
    git_repository,
    indexed,
    project,
    unit_ids,
)

FILES = 240
SEED = 20261130
ROOT = Path(__file__).parents[3]


def start(root: Path, home: Path, step: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.indexing.indexing_child"]
    process = subprocess.Popen(
        [*command, str(root), str(home), str(home / "journal"), step],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def kill_after(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Let a child run for a while; say whether it had to be killed."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return process.returncode != 0


def embedded(home: Path) -> Counter[str]:
    journal = home / "journal"
    return Counter(journal.read_text().split()) if journal.exists() else Counter()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return git_repository(tmp_path_factory.mktemp("kill"), project(FILES))


@pytest.fixture(scope="module")
def clean(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float]:
    """What an undisturbed child makes, and how long it needs for it."""
    home = tmp_path_factory.mktemp("clean")
    process = start(shop, home, "index")
    begun = time.monotonic()
    assert not kill_after(process, 300)
    took = time.monotonic() - begun
    return unit_ids(Repository(shop, config_in(home), None)), took


def check_kills(
    shop: Path, clean: tuple[list[str], float], home: Path, moments: "random.Random", kills: int
) -> None:
    """Kill again and again, in one state folder, until it was killed that often; then finish."""
    expected, seconds = clean
    embedder = HashingEmbedder(journal=home / "journal")
    for _ in range(kills):
        process = start(shop, home, "index")
        kill_after(process, moments.uniform(0, seconds))
        known = Repository(shop, config_in(home), None)
        if known.is_indexed():
            assert unit_ids(known) == expected
            with known.searcher() as searcher:
                assert searcher.search("charge the customer", 3).hits
    repository = indexed(shop, config_in(home), embedder)
    assert unit_ids(repository) == expected
    assert repository.vectors.share() == 1.0
    assert repository.freshness.is_current()
    with repository.manifest() as manifest:
        stored = {row[0] for row in manifest.database.execute("SELECT text_sha FROM embedding")}
        live = manifest.database.execute("SELECT count(*) FROM generation").fetchone()[0]
        lost = manifest.database.execute(
            "SELECT count(*) FROM document WHERE id NOT IN (SELECT document FROM member)"
        ).fetchone()[0]
    seen = embedded(home)
    assert stored == set(seen)
    # A batch that was being embedded when the process died was never seen by the manifest.
    assert sum(seen.values()) - len(seen) <= kills * dense.MAX_BATCH
    assert live == 1
    assert lost == 0


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_an_index_killed_again_and_again_ends_like_a_clean_one(
    shop: Path, clean: tuple[list[str], float], tmp_path: Path, kills: int
) -> None:
    check_kills(shop, clean, tmp_path, random.Random(SEED), kills)


@pytest.mark.eighth
@pytest.mark.parametrize("seed", range(SEED, SEED + 20))
def test_each_single_kill_is_recovered_from(
    shop: Path, clean: tuple[list[str], float], tmp_path: Path, seed: int
) -> None:
    check_kills(shop, clean, tmp_path, random.Random(seed), 1)


def test_what_was_committed_before_a_kill_is_not_embedded_again(shop: Path, tmp_path: Path) -> None:
    """Killed between two batches, exactly the texts of the other batches are embedded."""
    first = HashingEmbedder()
    repository = Repository(shop, config_in(tmp_path), first)
    moments = iter([True, True, False])
    with repository.writing("test"):
        repository.updates.index()
        repository.vectors.fill(keep_going=lambda: next(moments))
    second = HashingEmbedder()
    indexed(shop, config_in(tmp_path), second)
    assert len(first.texts) == 3 * dense.BATCH, "the second batch is twice the first"
    assert not set(first.texts) & set(second.texts)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_chroma_killed_while_it_is_filled_is_filled_again(
    shop: Path, tmp_path: Path, kills: int
) -> None:
    moments = random.Random(SEED)
    embedder = HashingEmbedder()
    repository = indexed(shop, config_in(tmp_path), embedder)
    for _ in range(kills):
        process = start(shop, tmp_path, "chroma")
        assert process.stdout is not None
        process.stdout.readline()  # the first batch is written: from here on it is being filled
        kill_after(process, moments.uniform(0, 0.4))
    before = len(embedder.texts)
    cache = ChromaCache(repository.folder, embedder.fingerprint)
    with repository.manifest() as manifest:
        cache.synchronise(manifest.database)
        assert cache.whole
        for text in ("charge the customer", "number 17", "amount must not be negative"):
            vector = HashingEmbedder().embed([text])[0]
            exact = exact_nearest(manifest.database, embedder.fingerprint, vector, 20)
            near = cache.query(vector, 20)
            assert np.allclose(
                [match.score for match in near], [match.score for match in exact], atol=1e-3
            )
    cache.close()
    assert len(embedder.texts) == before
    assert len(list(repository.folder.glob("chroma-*"))) == 1


def test_a_killed_indexer_leaves_no_process_behind(shop: Path, tmp_path: Path) -> None:
    process = start(shop, tmp_path, "index")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found: list[str] = []
    while not found and process.poll() is None:
        found = children.read_text().split()
    kill_after(process, 0)
    alive = set(found)
    deadline = time.monotonic() + 20
    while alive and time.monotonic() < deadline:
        alive = {pid for pid in alive if Path(f"/proc/{pid}/cmdline").exists() and _runs(pid)}
        time.sleep(0.05)
    assert not alive


def _runs(pid: str) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
