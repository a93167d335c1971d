"""Arguments of a tool call are read with tolerance, and refused by cause."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ToolRetryError
from tests.support.eighths import examples
from tools.model_tools.arguments import (
    Arguments,
    Lines,
    arguments_schema,
    parse_arguments,
    without_line_numbers,
)
from tools.model_tools.edit import EditArguments
from tools.model_tools.read_draft import ReadArguments
from tools.model_tools.running.run import RunArguments


class Places(Arguments):
    places: Lines = ()


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (["a.py:3 why so", "b.py:4"], ("a.py:3 why so", "b.py:4")),
        ("a.py:3 why so", ("a.py:3 why so",)),
        ("a.py:3 why so\n\nb.py:4 too\n", ("a.py:3 why so", "b.py:4 too")),
        ('["a.py:3 why so"]', ("a.py:3 why so",)),
        ([{"path": "a.py", "line": 3, "reason": "why so"}], ("a.py:3 why so",)),
        ([{"path": "a.py", "start": 3}], ("a.py:3",)),
        ([{"name": "f"}], ('{"name": "f"}',)),
        ([], ()),
    ],
)
def test_lines_keep_their_blanks(given: Any, places: tuple[str, ...]) -> None:
    assert parsed(Places, {"places": given}).value.places == places


def parsed(form: type[Any], given: Any) -> Any:
    return parse_arguments("tool", form, given if isinstance(given, str) else json.dumps(given))


@pytest.mark.parametrize(
    ("form", "given", "name", "value", "mended"),
    [
        (ReadArguments, {"path": "a.py", "start": 3}, "start", 3, 0),
        (ReadArguments, {"path": "a.py", "start": "3"}, "start", 3, 1),
        (ReadArguments, {"file_path": "a.py"}, "path", "a.py", 1),
        (ReadArguments, {"path": "a.py", "start": 5, "end": 9}, "limit", 5, 1),
        (ReadArguments, {"path": "a.py", "view_range": [5, 9]}, "limit", 5, 1),
        (ReadArguments, {"path": "a.py", "limit": None}, "limit", 200, 0),
        (ReadArguments, {"path": 7}, "path", "7", 1),
        (EditArguments, {"path": "a", "old_string": "x", "new_string": "y"}, "new", "y", 2),
        (EditArguments, {"path": "a", "old": "x", "new": {"b": 1}}, "new", '{"b": 1}', 1),
        (EditArguments, {"path": "a", "old": "x", "new": "y", "all": "true"}, "all", True, 1),
        (EditArguments, {"path": "a</parameter>", "old": "x"}, "path", "a", 1),
        (EditArguments, {"path": "a", "old": "   7| x\n   8| y"}, "old", "x\ny", 1),
        (RunArguments, {"tests": "tests/test_a.py::test_b"}, "tests", 1, 1),
        (RunArguments, {"tests": '["a", "b"]'}, "tests", 2, 1),
        (RunArguments, '"{\\"command\\": \\"ls\\"}"', "command", "ls", 0),
        (RunArguments, "", "command", "", 0),
    ],
)
def test_what_models_write_otherwise_is_mended_and_counted(
    form: type[Any], given: Any, name: str, value: Any, mended: int
) -> None:
    found = parsed(form, given)
    told = getattr(found.value, name)
    assert (len(told) if isinstance(told, tuple) else told) == value
    assert found.mended == mended


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"old": "x"}, "the argument 'path' is missing; nothing was done; write tool"),
        ({"path": "a", "colour": 1}, "no argument of tool 'colour'; there are"),
        ({"path": "a", "pathh": 1}, "no argument of tool 'pathh'; did you mean 'path'"),
        ({"path": "a", "all": "perhaps"}, "'all' is wrong"),
        ('{"path": "a", "old', "are no JSON"),
        ("[1, 2]", "are no JSON object"),
        ("[" * 100_000, "are no JSON"),
    ],
)
def test_what_cannot_be_mended_says_what_is_wrong_and_what_to_write(given: Any, why: str) -> None:
    with pytest.raises(ToolRetryError, match=why):
        parsed(EditArguments, given)


def test_arguments_that_were_cut_off_are_told_as_that() -> None:
    with pytest.raises(ToolRetryError, match="were cut off: the answer was at its limit"):
        parse_arguments("edit", EditArguments, '{"path": "a', is_cut=True)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("    1| a\n    2|  b", "a\n b"),
        ("    1| a\n    2| b\n", "a\nb\n"),
        ("    1| a\n    3| b", "    1| a\n    3| b"),
        ("    1| a\nb", "    1| a\nb"),
        ("12| x", "x"),
        ("a | b", "a | b"),
        ("", ""),
    ],
)
def test_line_numbers_go_only_where_all_lines_have_theirs(text: str, plain: str) -> None:
    assert without_line_numbers(text) == plain


def test_the_schema_has_no_words_that_say_nothing() -> None:
    schema = arguments_schema(EditArguments)
    assert "title" not in json.dumps(schema)
    assert schema["required"] == ["path"]
    assert schema["properties"]["all"] == {"description": "replace every place", "type": "boolean"}


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
@examples(200)
def test_any_arguments_are_read_or_refused(given: Any) -> None:
    text = given if isinstance(given, str) else json.dumps({"path": given, "old": given})
    with suppress(ToolRetryError):
        assert isinstance(parse_arguments("edit", EditArguments, text).value, EditArguments)
