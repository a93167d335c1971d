"""Reading units, symbols and references out of one file's text."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from indexing.parsing.extract import NO_GRAMMAR, SYNTAX_ERRORS, by_lines, extract
from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import LANGUAGES
from indexing.parsing.syntax.parse_coverage import PARTIAL
from indexing.parsing.syntax.types import Extraction, Unit
from tests.support.eighths import examples

FIXTURES = Path(__file__).parents[2] / "fixtures" / "languages"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
SOURCES = {
    path.name: path.read_text("utf-8") for path in FIXTURES.iterdir() if path.name in EXPECTED
}
PATHS = [f"a.{language.extensions.split()[0]}" for language in LANGUAGES]
MAX_UNIT_LENGTH = 1600


def uncovered(text: str, extraction: Extraction) -> list[int]:
    """Return the non-blank lines that no unit holds."""
    covered = {line for unit in extraction.units for line in range(unit.start, unit.end + 1)}
    rows = enumerate(text.split("\n"), start=1)
    return [line for line, row in rows if row.strip() and line not in covered]


def assert_sound(text: str, extraction: Extraction) -> None:
    """Every unit is a real stretch of the text, none is empty, and no non-blank line is lost."""
    rows = text.split("\n")
    for unit in extraction.units:
        assert unit.text.strip()
        assert 1 <= unit.start <= unit.end <= len(rows)
        whole = "\n".join(rows[unit.start - 1 : unit.end])
        assert unit.text == whole or (unit.start == unit.end and unit.text in whole)
        assert len(unit.text) <= MAX_UNIT_LENGTH
    for symbol in extraction.symbols:
        assert 1 <= symbol.start <= symbol.end <= len(rows)
        assert len(symbol.signature) <= 200
        assert len(symbol.doc) <= 200
    assert all(1 <= reference.line <= len(rows) for reference in extraction.references)
    assert uncovered(text, extraction) == []


def unit_of(extraction: Extraction, symbol: str) -> Unit:
    return next(unit for unit in extraction.units if unit.symbol == symbol)


def docs(extraction: Extraction) -> dict[str, str]:
    return {symbol.qualified: symbol.doc for symbol in extraction.symbols if symbol.doc}


def signatures(extraction: Extraction) -> dict[str, str]:
    return {symbol.qualified: symbol.signature for symbol in extraction.symbols}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_symbols_of_each_language(name: str) -> None:
    extraction = extract(name, SOURCES[name])
    found = [[s.name, s.qualified, s.kind, s.start] for s in extraction.symbols]
    assert found == EXPECTED[name]["symbols"]
    assert extraction.notes == ()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_references_of_each_language(name: str) -> None:
    found = [
        f"{reference.kind} {reference.name} {reference.line} {reference.within}".rstrip()
        for reference in extract(name, SOURCES[name]).references
    ]
    assert found == EXPECTED[name]["references"]


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "bom"])
def test_line_endings_and_a_byte_order_mark_change_no_symbol(
    name: str, ending: str, mark: str
) -> None:
    text = mark + SOURCES[name].replace("\n", ending)
    extraction = extract(name, text)
    assert_sound(text, extraction)
    found = [[s.name, s.qualified, s.kind, s.start] for s in extraction.symbols]
    assert found == EXPECTED[name]["symbols"]


def test_there_is_a_fixture_for_every_language() -> None:
    read = {extract(name, text).language for name, text in SOURCES.items()}
    assert read == {language.name for language in LANGUAGES}


def test_units_of_a_python_file() -> None:
    found = [
        (unit.kind, unit.symbol, unit.enclosing, unit.start, unit.end)
        for unit in extract("queue.py", SOURCES["queue.py"]).units
    ]
    assert found == [
        ("head", "", "", 1, 14),
        ("class", "QueueEmpty", "", 17, 18),
        ("class", "Job", "", 21, 29),
        ("class", "Queue", "", 32, 33),
        ("method", "Queue.__init__", "Queue", 35, 37),
        ("method", "Queue.full", "Queue", 39, 41),
        ("method", "Queue.get", "Queue", 43, 52),
        ("function", "drain", "", 55, 59),
        ("block", "", "", 62, 63),
    ]


def test_signature_and_doc_stand_on_one_line() -> None:
    extraction = extract("queue.py", SOURCES["queue.py"])
    unit = unit_of(extraction, "Queue.get")
    assert unit.signature == (
        "async def get( self, block: bool = True, timeout: float | None = None, ) -> Job"
    )
    assert unit.doc == "Take the oldest job."
    assert extraction.units[0].doc == "A small queue of jobs."


@pytest.mark.parametrize(
    ("name", "qualified", "doc"),
    [
        ("queue.js", "Queue", "Hold jobs until a worker takes them."),
        ("queue.go", "Queue.Get", "Get takes the oldest job."),
        ("queue.rs", "TakeError", "Why taking failed."),
        ("Queue.java", "Queue.get", "Take the oldest job."),
        ("Queue.cs", "Queue", "Holds jobs until a worker takes them."),
        ("queue.c", "job", "One thing to do."),
        ("queue.cpp", "work.Queue", "Holds jobs until a worker takes them."),
        ("Queue.hs", "push", "Add a job."),
        ("queue.lua", "M.new", "Make a queue."),
        ("queue.ex", "Work.Queue", "Holds jobs until a worker takes them."),
        ("queue.ex", "Work.Queue.start_link", "Start it."),
        ("queue.sh", "log", "Say what happens."),
        ("schema.sql", "orphans", "Jobs without an owner."),
        ("page.html", "jobs", "The jobs that wait."),
        ("main.tf", "resource.aws_s3_bucket.jobs", "The bucket for jobs."),
    ],
)
def test_leading_comments_document(name: str, qualified: str, doc: str) -> None:
    assert docs(extract(name, SOURCES[name]))[qualified] == doc


@pytest.mark.parametrize(
    ("name", "qualified", "signature"),
    [
        ("queue.js", "drain", "export const drain = async (queue)"),
        ("queue.go", "Queue.Get", "func (q *Queue) Get(ctx context.Context) (Job, error)"),
        ("Queue.java", "Queue.get", "public T get(long timeout) throws EmptyException"),
        ("queue.c", "queue_new", "queue_t *queue_new(int limit)"),
        ("Queue.hs", "push", "push :: a -> Queue a -> Queue a"),
        ("queue.ex", "Work.Queue.helper", "defp helper(job)"),
        ("Dockerfile", "build", "FROM python:${VERSION} AS build"),
    ],
)
def test_the_header_of_a_definition(name: str, qualified: str, signature: str) -> None:
    assert signatures(extract(name, SOURCES[name]))[qualified] == signature


def test_decorators_attributes_and_comments_belong_to_what_they_precede() -> None:
    python = unit_of(extract("queue.py", SOURCES["queue.py"]), "Queue.full")
    assert python.text.lstrip().startswith("@property")
    rust = unit_of(extract("queue.rs", SOURCES["queue.rs"]), "Queue")
    assert rust.text.startswith("/// Holds jobs")
    assert "#[derive(Default)]" in rust.text
    template = unit_of(extract("queue.cpp", SOURCES["queue.cpp"]), "work.Queue")
    assert template.text.startswith("/// Holds jobs until a worker takes them.\ntemplate")


def test_a_long_function_is_split_at_statements_and_keeps_its_symbol() -> None:
    body = "".join(
        f"    if flag_{number}:\n        first({number})\n        second({number})\n"
        for number in range(60)
    )
    text = f"def long(flags):\n{body}    return flags\n"
    units = extract("long.py", text).units
    assert len(units) > 2
    assert {unit.symbol for unit in units} == {"long"}
    assert all(unit.text.startswith("    if flag_") for unit in units[1:])
    assert_sound(text, extract("long.py", text))


def test_a_long_function_is_broken_up_into_its_inner_functions() -> None:
    inner = "".join(
        f"    def inner_{number}(value):\n        return value + {number}\n\n"
        for number in range(40)
    )
    extraction = extract("factory.py", f"def factory():\n{inner}    return inner_0\n")
    assert unit_of(extraction, "factory.inner_7").enclosing == "factory"


def test_many_small_constants_share_units() -> None:
    text = "".join(f"NAME_{number} = {number}\n" for number in range(200))
    units = extract("constants.py", text).units
    assert 3 <= len(units) <= 10
    assert {unit.kind for unit in units} == {"constant"}


def test_small_keys_of_a_document_share_a_unit() -> None:
    (unit,) = extract("package.json", SOURCES["package.json"]).units
    assert (unit.kind, unit.start, unit.end) == ("key", 1, 11)


def test_definitions_on_one_line_keep_their_symbols() -> None:
    text = "function a(){return 1}function b(){return a()}var c=2\n"
    extraction = extract("packed.js", text)
    assert [symbol.name for symbol in extraction.symbols] == ["a", "b", "c"]
    (unit,) = extraction.units
    assert (unit.kind, unit.symbol) == ("head", "")


def test_an_unknown_file_is_cut_by_lines_at_blank_lines() -> None:
    paragraph = "".join(f"word {number}\n" for number in range(15))
    text = "\n".join([paragraph] * 6)
    extraction = extract("notes.xyz", text)
    assert extraction.language == "text"
    assert extraction.notes == (NO_GRAMMAR,)
    assert [unit.kind for unit in extraction.units] == ["lines"] * 3
    assert all(unit.text.startswith("word 0\n") for unit in extraction.units)
    assert_sound(text, extraction)


def test_a_file_that_is_mostly_errors_is_cut_by_lines() -> None:
    text = "%%% ??? this is ((( not python ]]] at {{{ all $$$\n" * 40
    extraction = extract("broken.py", text)
    assert extraction.language == "python"
    assert extraction.notes == (SYNTAX_ERRORS,)
    assert_sound(text, extraction)


def test_what_parses_beside_an_error_is_kept() -> None:
    text = "def good():\n    return 1\n\n\ndef bad(:\n    return\n\n\ndef fine():\n    return 2\n"
    extraction = extract("partial.py", text)
    assert extraction.notes == (PARTIAL,)
    assert {"good", "fine"} <= {symbol.name for symbol in extraction.symbols}
    assert_sound(text, extraction)


def test_a_parse_that_takes_too_long_is_given_up_and_leaves_nothing_behind() -> None:
    python = LANGUAGES[0]
    assert parse(python, ParserSource("x = 1\n" * 20_000), seconds=0.0) is None
    tree = parse(python, ParserSource("y"))
    assert tree is not None
    assert tree.root_node.end_byte == 1


def test_an_empty_text_has_no_units() -> None:
    for text in ("", "\n", " \n\t\n"):
        assert extract("empty.py", text).units == ()
        assert extract("empty.xyz", text).units == ()


def test_a_lone_carriage_return_ends_no_line() -> None:
    text = "def a():\r    pass\ndef b():\n    pass\n"
    assert_sound(text, extract("mac.py", text))
    assert extract("mac.xyz", text).units[0].end == 3


def test_lone_surrogates_and_nul_keep_lines_right() -> None:
    text = "x = '\udc80\x00é😀'\n\ndef after():\n    return 1\n"
    extraction = extract("odd.py", text)
    assert [(s.name, s.start) for s in extraction.symbols] == [("x", 1), ("after", 3)]
    assert_sound(text, extraction)


@pytest.mark.parametrize("path", ["long.js", "long.json", "long.xyz"])
def test_a_line_of_a_megabyte_is_cut_into_slices(path: str) -> None:
    text = "a=1;" * 262_144
    extraction = extract(path, text)
    assert sum(len(unit.text) for unit in extraction.units) == len(text)
    assert max(len(unit.text) for unit in extraction.units) <= MAX_UNIT_LENGTH


@pytest.mark.parametrize(
    ("path", "opening", "closing"),
    [
        ("deep.py", "(", ")"),
        ("deep.py", "f(", ")"),
        ("deep.py", "[", "]"),
        ("deep.js", "(", ")"),
        ("deep.js", "{", "}"),
        ("deep.js", "f(", ")"),
        ("deep.js", "(function a(){", "})()"),
        ("deep.json", "[", "]"),
        ("deep.json", '{"a":', "}"),
        ("deep.c", "(", ")"),
        ("deep.c", "{", "}"),
        ("deep.c", "f(", ")"),
    ],
)
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_nesting_of_100000_levels_neither_crashes_nor_hangs(
    path: str, opening: str, closing: str, closed: bool
) -> None:
    text = opening * 100_000 + "1" + (closing * 100_000 if closed else "")
    extraction = extract(path, text)
    assert sum(len(unit.text) for unit in extraction.units) == len(text)


def test_functions_nested_on_thousands_of_lines_have_names_of_bounded_length() -> None:
    depth = 300
    text = (
        "".join(f"{' ' * level}def f{level}():\n" for level in range(depth)) + " " * depth + "1\n"
    )
    extraction = extract("nested.py", text)
    assert max(len(symbol.qualified) for symbol in extraction.symbols) < 500
    assert_sound(text, extraction)


ALPHABET = st.one_of(
    st.characters(),
    st.sampled_from(list("\n\r\t \"'`#/*-+=<>(){}[];:,.@$%&|\\\0\ufeff\ud800")),
)
FRAGMENTS = st.sampled_from(
    [
        piece
        for text in SOURCES.values()
        for piece in [*text.split("\n\n"), *(row + "\n" for row in text.split("\n"))]
    ]
)
TEXTS = st.one_of(
    st.text(ALPHABET, max_size=300),
    st.lists(st.one_of(FRAGMENTS, st.text(ALPHABET, max_size=12)), max_size=12).map("".join),
)


@pytest.mark.parametrize("path", PATHS)
@examples(40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
def test_any_text_is_read_and_no_line_is_lost(path: str, text: str) -> None:
    extraction = extract(path, text)
    assert_sound(text, extraction)
    assert len(set(extraction.references)) == len(extraction.references)


@given(text=TEXTS)
@examples(60, derandomize=True)
def test_any_text_can_be_cut_by_lines(text: str) -> None:
    assert_sound(text, by_lines("notes.txt", text, NO_GRAMMAR))
