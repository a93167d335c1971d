import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import StorageError, UsageError
from server.auth import KEY, SCOPES, KeyStore
from server.throttle import BURST, MOST_ADDRESSES, SECONDS_EACH, FailureLimit


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
    assert (found.name, found.scopes) == ("laptop", SCOPES)


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
    with pytest.raises(UsageError, match="'root'"):
        store.create("laptop", ("root",))
    with pytest.raises(UsageError, match="no key 'ff'"):
        store.revoke("ff")


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
    for number in range(MOST_ADDRESSES + 50):
        limit.fail(str(number))
    assert len(limit._buckets) == MOST_ADDRESSES
