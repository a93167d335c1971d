"""Words: how names are split, how a file's words are packed, and what is found with them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.parsing.syntax.types import Extraction, Unit
from indexing.store import document_store as documents
from indexing.store.schema import open_database
from indexing.words.postings import BrokenPackError, Postings, unpacked
from indexing.words.query import analyse
from indexing.words.tokens import HEADER, MAX_COUNT, MAX_WORD_LENGTH, counted, key, pack, words

anything = st.text(max_size=60) | st.text(alphabet="\"'*^:-+(){}[]NEAR ORANDNOT_aZ09é\0\udc80")


def unit(text: str, symbol: str = "") -> Unit:
    return Unit("python", "function", symbol, "", 1, 1, text)


def rows_with(postings: Postings, word: str) -> list[int]:
    rows: list[int] = postings.postings_of(key(word)).rows.tolist()
    return rows


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path_factory.mktemp("words"))) as database:
        yield database


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("get_user", ["get_user", "get", "user"]),
        ("getUser", ["getuser", "get", "user"]),
        ("HTTPServer2", ["httpserver2", "http", "server2", "server"]),
        ("Basket", ["basket"]),
        ("x = 1", ["x", "1"]),
        ("naïve Größe", ["naïve", "größe"]),
        ("a.b->c", ["a", "b", "c"]),
        ("", []),
    ],
)
def test_a_name_is_found_whole_and_by_its_parts(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


def test_ways_to_write_a_name_find_each_other() -> None:
    packs = [pack("a.py", [unit("get_user")]), pack("b.py", [unit("getUser")])]
    postings = unpacked([*packs, pack("c.py", [unit("get the users")])])
    for word in ("user", "users", "get"):
        assert rows_with(postings, word) == [0, 1, 2]
    assert rows_with(postings, "basket") == []


def test_words_with_one_stem_or_other_accents_share_a_key() -> None:
    assert key("indexing") == key("indexed") == key("index")
    assert key("größe") == key("grosse") or key("größe") == key("große")
    assert key("naïve") == key("naive")
    assert key("naive") != key("native")


def test_a_pack_says_where_a_word_stands_and_how_often() -> None:
    postings = unpacked(
        [pack("shop/cart.py", [unit("pay pay", "Cart.pay"), unit("x"), unit("pay")])]
    )
    held = postings.postings_of(key("pay"))
    assert held.rows.tolist() == [0, 2]
    assert held.body.tolist() == [2, 1]
    assert held.name.tolist() == [1, 0]
    assert postings.packs_named(key("cart")).tolist() == [0]
    assert postings.packs_named(key("pay")).tolist() == []
    assert postings.lengths.tolist() == [2, 1, 1]


def test_a_word_said_very_often_is_counted_up_to_a_limit() -> None:
    postings = unpacked([pack("a", [unit("pay " * (3 * MAX_COUNT))])])
    assert postings.postings_of(key("pay")).body.tolist() == [MAX_COUNT]


def test_look_ups_are_the_same_before_and_after_the_words_are_sorted() -> None:
    packs = [pack(f"{n}.py", [unit(f"alpha beta{n} gamma")]) for n in range(20)]
    postings = unpacked(packs)
    before = [rows_with(postings, word) for word in ("alpha", "beta7", "nowhere")]
    postings.sort()
    assert [rows_with(postings, word) for word in ("alpha", "beta7", "nowhere")] == before
    assert before[0] == list(range(20))


def test_sorting_keeps_with_each_row_how_often_it_holds_a_word() -> None:
    packs = [pack(f"{n}.py", [unit("pay " * n + "x", "pay" if n % 2 else "")]) for n in range(5)]
    postings = unpacked(packs)
    before = postings.postings_of(key("pay"))
    postings.sort()
    after = postings.postings_of(key("pay"))
    assert after.body.tolist() == before.body.tolist() == [1, 2, 3, 4]
    assert after.name.tolist() == before.name.tolist() == [1, 0, 1, 0]
    assert postings.frequency(key("pay")) == len(after.rows)
    assert postings.frequency(key("nowhere")) == 0


@given(
    st.lists(st.text(max_size=30), max_size=3),
    st.data(),
)
def test_a_pack_with_any_byte_changed_is_refused(texts: list[str], data: st.DataObject) -> None:
    whole = bytearray(pack("a/b.py", [unit(text) for text in texts]))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenPackError):
        unpacked([bytes(whole)])


@given(st.binary(max_size=80))
def test_any_bytes_are_a_pack_or_are_refused(data: bytes) -> None:
    for tried in (data, b"rtw1" + data, data[: HEADER.size]):
        with pytest.raises(BrokenPackError):
            unpacked([tried])


@given(anything)
def test_words_are_always_the_same_short_lower_case_words(text: str) -> None:
    found = list(words(text))
    assert found == list(words(text))
    for word in found:
        assert word
        assert word == word.lower() or word.lower().lower() == word.lower()
        assert len(word) <= 3 * MAX_WORD_LENGTH
        assert '"' not in word


@given(anything)
def test_every_word_of_a_text_is_found_in_its_pack(text: str) -> None:
    postings = unpacked([pack("p", [unit(text)])])
    assert all(rows_with(postings, word) == [0] for word in words(text))
    assert sum(counted(text).values()) == len(list(words(text)))


@given(anything)
def test_any_question_can_be_taken_apart(text: str) -> None:
    query = analyse(text)
    assert query.kind in ("identifier", "path", "natural")
    assert len(set(query.terms)) == len(query.terms) == len(query.counts)
    assert all(isinstance(name, str) for name in query.names)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8"), max_size=20),
            st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), max_size=3),
        ),
        max_size=4,
        unique_by=lambda item: item[0],
    )
)
def test_dropped_documents_leave_no_words_and_no_units(
    database: sqlite3.Connection, files: list[tuple[str, list[str]]]
) -> None:
    database.execute("BEGIN")
    for path, texts in files:
        units = tuple(Unit("text", "lines", "", "", 1, 1, text) for text in texts)
        number = documents.add_document(database, path, "blob", Extraction("text", units))
        assert documents.find_document(database, path, "blob") == number
    documents.prune(database, "/nowhere")
    database.execute("COMMIT")
    for table in ("document", "occurrence", "unit", "words", "symbol", "reference"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0  # noqa: S608 - names of our own
