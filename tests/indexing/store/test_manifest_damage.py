"""A damaged manifest is set aside or refused, never looped over, never silently empty."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from indexing.store.manifest import open_manifest
from indexing.store.schema import DAMAGED, is_damage, open_database, version_seal
from rooftree.errors import IndexDamagedError, IndexingError, StorageError
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project, unit_ids

QUESTION = "charge the customer and empty the basket"
HEADER = 100
SEED = 20261130
# Byte offsets of SQLite's header that decide how everything else is read.
HEADER_OFFSETS = (0, 15, 16, 17, 18, 19, 20, 21, 24, 28, 31, 36, 40, 44, 47, 52, 56, 59, 60, 92, 96)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, project(30))


@pytest.fixture
def repository(shop: Path, tmp_path: Path) -> Repository:
    return indexed(shop, config_in(tmp_path), HashingEmbedder())


def file_of(repository: Repository) -> Path:
    return repository.folder / "manifest.sqlite"


def set_aside(repository: Repository) -> list[Path]:
    return sorted(repository.folder.glob("manifest.sqlite.corrupt-*"))


def hits(repository: Repository) -> int:
    with repository.searcher() as searcher:
        return len(searcher.search(QUESTION, 10).hits)


def rebuild(repository: Repository) -> None:
    with repository.writing("test"):
        repository.updates.index()


@pytest.mark.parametrize(
    "content",
    [b"garbage " * 900, b"SQLite format 3\0" + bytes(600), bytes(8192)],
    ids=["garbage", "header only", "zeros"],
)
def test_what_is_no_database_is_set_aside_and_made_anew(
    repository: Repository, content: bytes
) -> None:
    expected = unit_ids(repository)
    file_of(repository).write_bytes(content)
    with pytest.raises(IndexingError, match="not indexed yet"):
        hits(repository)
    assert [path.read_bytes() for path in set_aside(repository)] == [content]
    rebuild(repository)
    assert unit_ids(repository) == expected


def test_an_empty_file_is_a_new_manifest(repository: Repository) -> None:
    file_of(repository).write_bytes(b"")
    with pytest.raises(IndexingError, match="not indexed yet"):
        hits(repository)
    rebuild(repository)
    assert hits(repository)


def test_another_database_is_set_aside(repository: Repository) -> None:
    file_of(repository).unlink()
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute("CREATE TABLE cookies(x)")
    rebuild(repository)
    assert len(set_aside(repository)) == 1
    assert hits(repository)


def test_a_manifest_without_one_of_its_tables_is_set_aside(repository: Repository) -> None:
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute("DROP INDEX reference_by_name")
        database.commit()
    rebuild(repository)
    assert len(set_aside(repository)) == 1


def test_a_newer_schema_is_refused_and_left_alone(repository: Repository) -> None:
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        database.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (version_seal("99"),))
        database.commit()
    before = file_of(repository).read_bytes()
    for attempt in (hits, rebuild, unit_ids):
        with pytest.raises(IndexingError, match="schema 99, this rooftree writes"):
            attempt(repository)
    assert file_of(repository).read_bytes() == before
    assert set_aside(repository) == []


def test_a_manifest_is_set_aside_again_and_again_and_never_overwritten(
    repository: Repository,
) -> None:
    for number in range(3):
        file_of(repository).write_bytes(b"garbage %d " % number * 900)
        rebuild(repository)
    assert len({path.read_bytes()[:10] for path in set_aside(repository)}) == 3


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_manifest_is_rebuilt(repository: Repository, share: float) -> None:
    expected = unit_ids(repository)
    content = file_of(repository).read_bytes()
    file_of(repository).write_bytes(content[: int(len(content) * share)])
    check_recovery(repository, expected)
    assert set_aside(repository)


def check_recovery(repository: Repository, expected: list[str]) -> None:
    """A search answers or fails with an error that we chose; one index run makes all well."""
    with suppress(IndexingError):
        assert hits(repository) > 0
    rebuild(repository)
    try:
        assert unit_ids(repository) == expected
        assert hits(repository) > 0
    except IndexDamagedError:  # found only now: the run after this one knows
        rebuild(repository)
        assert unit_ids(repository) == expected
        assert hits(repository) > 0


@pytest.mark.parametrize("rebuilds", [3, pytest.param(75, marks=pytest.mark.slow)])
def test_no_flipped_byte_becomes_a_wrong_answer(shop: Path, tmp_path: Path, rebuilds: int) -> None:
    """Each place of the header and 50 places anywhere, a byte of each changed.

    A search finds what it would find in a sound index, or says that something is wrong; after an
    index run the manifest is whole, and what was damaged is kept beside it.
    """
    moments = random.Random(SEED)
    embedder = HashingEmbedder()
    sound = indexed(shop, config_in(tmp_path), embedder)
    good = file_of(sound).read_bytes()
    places = [*HEADER_OFFSETS, *(moments.randrange(HEADER, len(good)) for _ in range(50))]
    expected, right = unit_ids(sound), answer(sound)
    # A process keeps what it has read of a manifest, so each damage gets a state of its own.
    for number, place in enumerate(places):
        damaged = bytearray(good)
        damaged[place] ^= moments.randrange(1, 256)
        print("offset", place)
        home = tmp_path / f"flip{number}"
        victim = Repository(shop, config_in(home), embedder)
        file_of(victim).write_bytes(damaged)
        seen = check_answer(victim, right)
        if moments.random() < rebuilds / len(places):
            mend(victim)
            assert unit_ids(victim) == expected
            assert answer(victim) == right
            assert not seen or set_aside(victim)


def test_no_flipped_byte_of_the_journal_becomes_a_wrong_answer(shop: Path, tmp_path: Path) -> None:
    """SQLite takes of a journal what its check sums vouch for: an older index, or this one."""
    moments = random.Random(SEED)
    embedder = HashingEmbedder()
    sound = indexed(shop, config_in(tmp_path), embedder)
    right = answer(sound)
    with closing(sqlite3.connect(file_of(sound))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM unit").fetchone()  # keeps the journal where it is
        (shop / "new.py").write_text("def added():\n    return 1\n")
        with sound.writing("test"):
            sound.updates.index()
            sound.vectors.fill()
        (shop / "new.py").unlink()
        parts = {
            path.name: path.read_bytes() for path in (file_of(sound), Path(f"{file_of(sound)}-wal"))
        }
    for number in range(50):
        victim = Repository(shop, config_in(tmp_path / f"flip{number}"), embedder)
        for name, content in parts.items():
            damaged = bytearray(content)
            if name.endswith("-wal"):
                damaged[moments.randrange(len(damaged))] ^= moments.randrange(1, 256)
            (victim.folder / name).write_bytes(damaged)
        check_answer(victim, right)


Places = list[tuple[str, int, int, str]]


def answer(repository: Repository) -> Places:
    with repository.searcher() as searcher:
        found = searcher.search(QUESTION, 10).hits
    return [(hit.path, hit.start, hit.end, hit.text) for hit in found]


def check_answer(repository: Repository, right: Places) -> bool:
    """Search a damaged index; say whether anything wrong was seen."""
    try:
        with repository.searcher() as searcher:
            result = searcher.search(QUESTION, 10)
    except IndexingError:
        return True
    found = [(hit.path, hit.start, hit.end, hit.text) for hit in result.hits]
    notes = [note for note in result.coverage.notes if "dense tier: switched off" not in note]
    assert found == right or notes
    assert found
    return False


def mend(repository: Repository) -> None:
    with repository.writing("test"):
        repository.updates.replace_damaged()
        repository.updates.index()
        repository.vectors.fill()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET text = text || ' ' WHERE key = 2",
        "UPDATE unit SET signature = 'def other()' WHERE key = 3",
        "UPDATE occurrence SET start = start + 1 WHERE id = 2",
        "UPDATE document SET path = 'shop/other.py' WHERE id = 2",
        "UPDATE document SET blob = 'f' || substr(blob, 2) WHERE id = 3",
        "DELETE FROM occurrence WHERE id = 4",
        "DELETE FROM member WHERE document = 3",
        "UPDATE member SET size = size + 1 WHERE document = 3",
        "UPDATE words SET packed = (SELECT packed FROM words WHERE document = 2)",
        "UPDATE words SET packed = CAST('text' AS TEXT) WHERE document = 2",
        "UPDATE unit SET kind = CAST(kind AS BLOB) WHERE key = 2",
        "UPDATE unit SET text_sha = CAST(text_sha AS BLOB) WHERE key = 3",
        "UPDATE embedding SET vector = CAST('text' AS TEXT)",
        "UPDATE scope SET packed = CAST('text' AS TEXT) WHERE document = 2",
        "DELETE FROM words WHERE document = 2",
        "UPDATE embedding SET vector = (SELECT vector FROM embedding LIMIT 1)",
        "UPDATE symbol SET start = start + 1 WHERE document = 2",
        "UPDATE reference SET line = line + 1 WHERE document = 2",
        "UPDATE generation SET commit_id = 'g' || substr(commit_id, 2)",
        "INSERT INTO skipped SELECT id, 'secret.py', 'denied', 0, 0, 0 FROM generation",
    ],
)
def test_a_changed_row_is_found_and_made_anew(repository: Repository, change: str) -> None:
    expected = unit_ids(repository)
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute(change)
        database.commit()
    mend(repository)
    assert unit_ids(repository) == expected
    assert len(set_aside(repository)) == 1


def test_damage_that_only_a_reader_sees_is_remembered_for_the_next_run(
    repository: Repository,
) -> None:
    """SQLite's own check does not look into what a row says."""
    expected = unit_ids(repository)
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute("UPDATE words SET packed = randomblob(length(packed))")
        database.commit()
    with pytest.raises(IndexDamagedError, match="run `rooftree index`"):
        hits(repository)
    assert (repository.folder / DAMAGED).exists()
    assert not repository.freshness.is_current()
    rebuild(repository)
    assert unit_ids(repository) == expected
    assert hits(repository)
    assert not (repository.folder / DAMAGED).exists()


def test_damage_that_the_indexer_meets_is_repaired_at_once(
    repository: Repository, shop: Path
) -> None:
    """Text that is not UTF-8 passes SQLite's check and stops whoever reads it."""
    with closing(sqlite3.connect(file_of(repository))) as database:
        database.execute("UPDATE document SET path = CAST(x'ff' || path AS TEXT) WHERE id < 5")
        database.commit()
    (shop / "new.py").write_text("def added():\n    return 1\n")
    rebuild(repository)
    clean = indexed(shop, config_in(shop.parent / "clean"))
    assert unit_ids(repository) == unit_ids(clean)
    assert len(set_aside(repository)) == 1


def test_a_mistake_of_ours_is_not_taken_for_damage(repository: Repository) -> None:
    with repository.manifest() as manifest, pytest.raises(sqlite3.OperationalError) as caught:
        manifest.database.execute("SELECT nothing FROM nowhere")
    assert not is_damage(caught.value)
    with pytest.raises(StorageError), repository.manifest() as manifest:
        manifest.database.execute("SELECT nothing FROM nowhere")
    assert not (repository.folder / DAMAGED).exists()


def test_processes_that_make_the_manifest_at_once_all_open_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from indexing.store.schema import open_database;"
        "sys.stdin.read(); open_database(Path(sys.argv[1])).close()"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(8)
    ]
    answers = [child.communicate()[1] for child in children]
    assert [child.returncode for child in children] == [0] * 8, answers
    open_database(tmp_path).close()
    assert not list(tmp_path.glob("*.corrupt-*"))


def test_readers_that_find_damage_at_once_set_it_aside_once(tmp_path: Path) -> None:
    (tmp_path / "manifest.sqlite").write_bytes(b"garbage " * 900)
    code = (
        "import sys; from pathlib import Path; from indexing.store.schema import open_database;"
        "sys.stdin.read(); open_database(Path(sys.argv[1])).close()"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    answers = [child.communicate()[1] for child in children]
    assert [child.returncode for child in children] == [0] * 6, answers
    assert len(list(tmp_path.glob("*.corrupt-*"))) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot open the index '.*nowhere/manifest.sqlite'"):
        open_manifest(tmp_path / "nowhere")
