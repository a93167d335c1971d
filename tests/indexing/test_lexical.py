import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing import documents, lexical
from indexing.extraction import Extraction, Unit
from indexing.lexical import LONGEST_WORD, Passage, passage, words
from indexing.query import analyse
from indexing.schema import open_database

anything = st.text(max_size=60) | st.text(alphabet="\"'*^:-+(){}[]NEAR ORANDNOT_aZ09é\0\udc80")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path_factory.mktemp("words"))) as database:
        yield database


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("get_user", ["get_user", "get", "user"]),
        ("getUser", ["getuser", "get", "user"]),
        ("HTTPServer2", ["httpserver2", "http", "server"]),
        ("Basket", ["basket"]),
        ("x = 1", ["x", "1"]),
        ("naïve Größe", ["naïve", "größe"]),
        ("a.b->c", ["a", "b", "c"]),
        ("", []),
    ],
)
def test_a_name_is_found_whole_and_by_its_parts(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


def test_ways_to_write_a_name_find_each_other(database: sqlite3.Connection) -> None:
    rows = [(1, passage("a.py", "", "get_user")), (2, passage("b.py", "", "getUser"))]
    lexical.add(database, [*rows, (3, passage("c.py", "", "get the users"))])
    for term in ("user", "users", "get"):
        assert lexical.holders(database, term, [1, 2, 3, 4]) == {1, 2, 3}
    lexical.remove(database, [*rows, (3, passage("c.py", "", "get the users"))])
    assert lexical.holders(database, "user", [1, 2, 3]) == frozenset()


@given(anything)
def test_words_are_always_the_same_short_lower_case_words(text: str) -> None:
    found = list(words(text))
    assert found == list(words(text))
    for word in found:
        assert word
        assert word == word.lower() or word.lower().lower() == word.lower()
        assert len(word) <= 3 * LONGEST_WORD
        assert '"' not in word


@given(anything, st.lists(anything, max_size=4))
def test_no_text_is_a_syntax_error(
    database: sqlite3.Connection, text: str, terms: list[str]
) -> None:
    for term in (*terms, text):
        lexical.query(database, 1, [term, *terms], 5)
        lexical.frequency(database, 1, term)
        lexical.holders(database, term, [1, 2])
    lexical.query(database, 1, analyse(text).terms, 5)


@given(anything)
def test_any_question_can_be_taken_apart(text: str) -> None:
    query = analyse(text)
    assert query.kind in ("identifier", "path", "natural")
    assert len(set(query.terms)) == len(query.terms)
    assert all(isinstance(name, str) for name in query.names)


@given(st.lists(st.tuples(anything, anything, anything), max_size=6))
def test_what_is_added_and_removed_leaves_nothing(
    database: sqlite3.Connection, texts: list[tuple[str, str, str]]
) -> None:
    rows = [(number + 1, passage(*text)) for number, text in enumerate(texts)]
    lexical.add(database, rows)
    lexical.remove(database, rows)
    assert database.execute("SELECT count(*) FROM passage_words").fetchone()[0] == 0
    database.execute("INSERT INTO passage(passage) VALUES ('integrity-check')")


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
    for table in ("document", "occurrence", "unit", "passage_words", "symbol", "reference"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0  # noqa: S608 - names of our own


def test_nothing_is_asked_where_there_are_no_terms(database: sqlite3.Connection) -> None:
    assert lexical.query(database, 1, [], 5) == []


def test_a_passage_holds_words_only() -> None:
    found = passage("src/app.py", "Shop.pay", "def pay(self): return 'x-y'")
    assert found == Passage("src app py", "shop pay", "def pay self return x y")
