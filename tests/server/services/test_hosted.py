"""The vector engine of a server works in a process of its own, and may be lost at any moment."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from indexing.files.discover import Discovery
from indexing.repository.repository import Repository
from indexing.search.search import SearchResult
from indexing.store.checksums import generation_seal
from indexing.vectors.chroma_client import COMMAND, ChromaEngine
from indexing.vectors.chroma_process import LOCK
from server.services.hosted_repository import FILLING, HostedRepository
from server.services.repositories import fill, refresh_now
from tests.indexing.vectors.test_chroma_cache import warehouse
from tests.server.keeping import catch_up
from tests.support import HashingEmbedder, config_in, git_repository, write_files

QUERY = "charge the customer"
ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from pathlib import Path
from indexing.repository.repository import Repository
from server.services.hosted_repository import HostedRepository
from tests.server.keeping import catch_up
from tests.support import HashingEmbedder, config_in
root, home = map(Path, sys.argv[1:])
hosted = HostedRepository(Repository(root, config_in(home), HashingEmbedder(), owned=True), True)
catch_up(hosted, lambda: True)
with hosted.repository.searcher(nearest=hosted.nearest()) as searcher:
    found = searcher.search("charge the customer", 5)
print(hosted.is_answering, found.coverage.notes, "chromadb" in sys.modules)
hosted.close_engine()
"""


class Walked(Repository):
    """Counts how often its tree is walked to tell how far it has moved on."""

    walks = 0

    def discover(self) -> Discovery:
        self.walks += 1
        return super().discover()


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[HostedRepository]:
    root = git_repository(tmp_path, warehouse(60))
    repository = Walked(root, config_in(tmp_path), HashingEmbedder(), owned=True)
    hosted = HostedRepository(repository, owned=True)
    refresh_now(hosted, lambda: False)
    fill(hosted, lambda: True)
    yield hosted
    hosted.close_engine()


def search(hosted: HostedRepository, query: str = QUERY) -> SearchResult:
    with hosted.repository.searcher(nearest=hosted.nearest()) as searcher:
        return searcher.search(query, 5)


def exact(hosted: HostedRepository) -> list[int]:
    with hosted.repository.searcher() as searcher:
        return [hit.occurrence for hit in searcher.search(QUERY, 5).hits]


def told(result: SearchResult) -> str:
    return "\n".join(result.coverage.notes)


@contextmanager
def stopped_while_filling(hosted: HostedRepository) -> Iterator[int]:
    """Have the engine filled in a thread, and its process stopped before it is done."""
    thread = threading.Thread(target=hosted.fill_engine, args=(lambda: True,))
    thread.start()
    while (pid := hosted.chroma.pid if hosted.chroma is not None else None) is None:
        thread.join(0.01)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        thread.join()


def test_the_serving_process_never_loads_chroma(tmp_path: Path) -> None:
    root = git_repository(tmp_path, warehouse(20))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, root, tmp_path],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True () False\n"


def test_a_search_is_answered_and_a_save_is_found_while_chroma_is_filled(
    hosted: HostedRepository,
) -> None:
    right = exact(hosted)
    with stopped_while_filling(hosted):
        found = search(hosted)
        assert [hit.occurrence for hit in found.hits] == right
        assert f"vector engine: {FILLING}" in told(found)
        root = hosted.repository.worktree.root
        write_files(root, {"shop/zebra.py": "def zebra_crossing():\n    return 1\n"})
        refresh_now(hosted, lambda: False)
        fill(hosted, lambda: True)
        assert search(hosted, "zebra crossing").hits[0].path == "shop/zebra.py"
    found = search(hosted, "zebra crossing")
    assert found.hits[0].path == "shop/zebra.py"
    assert "vector engine" not in told(found), "the engine answers, and what it lacks is compared"
    assert found.coverage.dense_share == 1.0


def test_a_process_that_is_killed_costs_no_answer(hosted: HostedRepository) -> None:
    right = exact(hosted)
    with stopped_while_filling(hosted) as pid:
        os.kill(pid, signal.SIGKILL)
        found = search(hosted)
        assert [hit.occurrence for hit in found.hits] == right
        assert "vector engine: " in told(found)
    assert hosted.chroma is not None
    assert "ended with code -9" in told(search(hosted))
    hosted._retry_at = 0.0
    hosted.fill_engine(lambda: True)
    assert told(search(hosted)) == ""
    pid = hosted.chroma.pid or 0
    os.kill(pid, signal.SIGKILL)
    found = search(hosted)
    assert [hit.occurrence for hit in found.hits] == right
    assert "vector engine: " in told(found)


def test_a_process_that_was_stopped_keeps_no_search_and_answers_once_it_goes_on(
    hosted: HostedRepository,
) -> None:
    """So many questions would fill the socket, and whoever asks then would wait for good."""
    catch_up(hosted, lambda: True)
    right = exact(hosted)
    chroma = hosted.chroma
    assert chroma is not None
    vector = HashingEmbedder().embed([QUERY])[0]

    def ask() -> None:
        for _ in range(50):
            chroma.query(vector, 5)

    os.kill(chroma.pid or 0, signal.SIGSTOP)
    threads = [threading.Thread(target=ask, daemon=True) for _ in range(400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    found = search(hosted)
    assert [hit.occurrence for hit in found.hits] == right
    assert "Chroma has not answered for" in told(found)
    os.kill(chroma.pid or 0, signal.SIGCONT)
    until = time.monotonic() + 60
    while told(search(hosted)) and time.monotonic() < until:
        threading.Event().wait(0.1)  # what was asked in between is answered first
    assert told(search(hosted)) == ""


def test_a_process_that_stays_stopped_is_ended_and_another_takes_its_place(
    hosted: HostedRepository,
) -> None:
    embedder = hosted.repository.vectors.embedder
    assert embedder is not None
    hosted.chroma = ChromaEngine(hosted.repository.folder, embedder.fingerprint, silent_seconds=2)
    with stopped_while_filling(hosted) as pid:
        while hosted.chroma.pid == pid:
            threading.Event().wait(0.05)
    assert "said nothing for" in told(search(hosted))
    hosted._retry_at = 0.0
    hosted.chroma = None
    hosted.fill_engine(lambda: True)
    assert told(search(hosted)) == ""


def test_a_directory_that_was_damaged_while_it_was_open_is_replaced(
    hosted: HostedRepository,
) -> None:
    """The engine answers again; it must not stay of no use for as long as the server runs."""
    catch_up(hosted, lambda: True)
    assert hosted.chroma is not None
    path = hosted.chroma.path
    assert path is not None
    database = path / "chroma.sqlite3"
    database.write_bytes(bytes(database.stat().st_size))
    assert "Chroma failed" in told(search(hosted))
    assert not hosted.is_answering
    hosted.fill_engine(lambda: True)
    hosted._retry_at = 0.0
    hosted.fill_engine(lambda: True)
    assert hosted.chroma.path != path
    assert told(search(hosted)) == ""


def test_a_process_that_waits_for_another_owner_ends_with_its_parent(tmp_path: Path) -> None:
    with (tmp_path / LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            waiting = subprocess.Popen(
                [*COMMAND, str(theirs.fileno()), str(tmp_path), "made-up"],
                pass_fds=(theirs.fileno(),),
            )
        assert waiting.wait(60) == 0


def test_too_many_vectors_are_not_read_within_a_search(hosted: HostedRepository) -> None:
    """Words answer alone, and the answer says so: its share of vectors is none."""
    hosted.quickly_scanned = 0
    found = search(hosted, "keep a shelf")
    assert found.hits
    assert all(hit.cosine is None for hit in found.hits)
    assert found.coverage.dense_share == 0.0
    assert f"dense tier: {FILLING}; words and names alone were searched" in told(found)


def test_what_was_filled_before_the_end_is_gone_on_with(hosted: HostedRepository) -> None:
    catch_up(hosted, lambda: True)
    assert hosted.chroma is not None
    path = hosted.chroma.path
    hosted.close_engine()
    assert path is not None
    assert path.with_name(f"seal-of-{path.name}").exists()
    hosted.fill_engine(lambda: True)
    assert hosted.chroma is not None
    assert hosted.chroma.path == path


def test_searches_do_not_walk_the_tree_and_say_when_it_was_looked_at(
    hosted: HostedRepository,
) -> None:
    repository = hosted.repository
    assert isinstance(repository, Walked)
    threads = [threading.Thread(target=search, args=(hosted,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    coverage = search(hosted).coverage
    assert repository.walks == 0
    assert coverage.files_behind == 0
    assert coverage.looked_seconds_ago is not None
    write_files(repository.worktree.root, {"shop/new.py": "N = 1\n"})
    repository.freshness.files_saved()
    assert "files were saved after that look" in told(search(hosted))
    assert repository.walks == 0


def test_before_the_first_look_nobody_claims_that_nothing_has_changed(
    hosted: HostedRepository,
) -> None:
    old = hosted.repository
    with old.manifest() as manifest:
        manifest.database.execute("UPDATE generation SET made = made - 3600")
        number = manifest.database.execute("SELECT max(id) FROM generation").fetchone()[0]
        sealed = generation_seal(manifest.database, number)
        manifest.database.execute("UPDATE generation SET seal = ?", (sealed,))
    fresh = Walked(old.worktree.root, old.config, old.vectors.embedder, owned=True)
    found = search(HostedRepository(fresh, owned=True))
    assert fresh.walks == 0
    assert found.coverage.files_behind is None
    assert "nobody has looked yet" in told(found)
