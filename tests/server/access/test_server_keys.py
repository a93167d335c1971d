import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import StorageError, UsageError
from server.access.api_keys import KEY, LOCAL, SCOPES, USUAL_SCOPES, KeyStore, wide_keys
from server.access.throttle import BURST, MAX_ADDRESSES, SECONDS_EACH, FailureLimit
from tests.server.old_keys import old_database


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "server.sqlite")


def test_a_key_is_known_by_its_text_alone(store: KeyStore) -> None:
    key = store.create("laptop")
    assert KEY.fullmatch(key)
    found = store.check(key)
    assert found is not None
    assert (found.name, found.scopes) == ("laptop", USUAL_SCOPES)


def test_no_byte_of_the_secret_reaches_the_disk(tmp_path: Path, store: KeyStore) -> None:
    secret = store.create("laptop").split("_", 2)[2]
    store.check(secret)
    for path in tmp_path.iterdir():
        assert secret.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_revoked_key_is_refused_at_once_by_another_process(tmp_path: Path) -> None:
    server, command = KeyStore(tmp_path / "db"), KeyStore(tmp_path / "db")
    key = server.create("laptop")
    assert server.check(key)
    command.revoke(command.list()[0].id)
    assert server.check(key) is None
    moment = command.list()[0].revoked
    assert command.revoke(command.list()[0].id).revoked == moment


def test_a_right_id_with_a_wrong_secret_is_refused(store: KeyStore) -> None:
    key = store.create("laptop")
    other = store.create("phone")
    assert store.check(key[:16] + other[16:]) is None


def test_the_first_key_is_made_once(store: KeyStore) -> None:
    key = store.create_first()
    assert key
    assert store.list()[0].scopes == {"chat", "search"}
    assert store.create_first() is None
    store.revoke(store.list()[0].id)
    assert store.create_first() is None


def test_last_use_is_noted_at_most_once_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    store = KeyStore(tmp_path / "db", clock)
    key = store.create("laptop")
    store.check(key)
    clock.now += 30
    store.check(key)
    assert store.list()[0].last_used == 1_000_000.0
    clock.now += 31
    store.check(key)
    assert store.list()[0].as_json()["last_used"] == "1970-01-12T13:47:41+00:00"


def test_names_and_scopes_are_checked(store: KeyStore) -> None:
    with pytest.raises(UsageError, match="printable"):
        store.create(" ")
    with pytest.raises(UsageError, match="'root'; known are admin, chat, execute, index, review"):
        store.create("laptop", ("root",))
    with pytest.raises(UsageError, match="opens nothing"):
        store.create("laptop", ())
    with pytest.raises(UsageError, match="no key 'ff'"):
        store.revoke("ff")


def test_keys_of_older_versions_keep_what_they_have_and_are_told_of(tmp_path: Path) -> None:
    keys = old_database(tmp_path / "db", 5)
    store = KeyStore(tmp_path / "db")
    found = store.check(keys[0])
    assert found is not None
    assert (found.scopes, found.is_wide) == (SCOPES, True)
    told = wide_keys(store.list())
    assert "'old0' (000000000000), 'old1' (000000000001), 'old2'" in told
    assert told.endswith("and 2 more")
    store.create("new", SCOPES)
    for number in range(5):
        store.revoke(f"{number:012x}")
    assert wide_keys(store.list()) == "", "what was chosen, and what is revoked, is no fault"


def test_an_old_database_is_brought_up_to_date_once_by_two_who_open_it(tmp_path: Path) -> None:
    (key,) = old_database(tmp_path / "db")
    before, after = KeyStore(tmp_path / "db"), KeyStore(tmp_path / "db")
    assert before.check(key) is not None
    assert after.check(key) is not None
    assert after.create_first() is None
    with closing(sqlite3.connect(tmp_path / "db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        # An older rooftree that still runs goes on to make keys by its own columns.
        row = ("f" * 12, b"", "late", ",".join(sorted(SCOPES)), 2.0)
        insert = "INSERT INTO api_key (id, digest, name, scopes, created) VALUES (?, ?, ?, ?, ?)"
        database.execute(insert, row)
        database.commit()
    assert "'late'" in wide_keys(after.list())


def test_the_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    KeyStore(tmp_path / "db").close()
    with closing(sqlite3.connect(tmp_path / "db")) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(StorageError, match=r"newer rooftree \(version 9, known is 1\); update"):
        KeyStore(tmp_path / "db")


def test_no_key_is_the_user_of_the_machine(store: KeyStore) -> None:
    for name in ("unix socket", "local", LOCAL or "empty"):
        key = store.check(store.create(name))
        assert key is not None
        assert key.id != LOCAL
    assert KEY.fullmatch(f"rt_{LOCAL}_" + "A" * 43) is None


def test_a_database_that_is_none_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match="key database"):
        KeyStore(tmp_path / "db")


@given(text=st.one_of(st.text(), st.from_regex(KEY, fullmatch=True)))
def test_no_other_text_is_a_key(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = KeyStore(tmp_path_factory.getbasetemp() / "one.sqlite")
    store.create_first()
    assert store.check(text) is None
    store.close()


def test_failures_are_limited_by_address_and_forgiven_in_time() -> None:
    clock = Clock()
    limit = FailureLimit(clock)
    assert [limit.fail("a") for _ in range(BURST)] == [0] * BURST
    assert limit.fail("a") == SECONDS_EACH
    assert limit.fail("b") == 0
    clock.now += SECONDS_EACH
    assert limit.fail("a") == 0


def test_the_memory_of_addresses_is_bounded() -> None:
    limit = FailureLimit(Clock())
    for number in range(MAX_ADDRESSES + 50):
        limit.fail(str(number))
    assert len(limit._buckets) == MAX_ADDRESSES
