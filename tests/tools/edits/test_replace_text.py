"""Replacing text as a model copied it: each looser step only where it finds exactly one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ToolRetryError
from tests.support.eighths import examples
from tools.edits.replace_text import MatchKind, replace_text

TEXT = """import os


class Cart:
    def total(self, items):
        \"\"\"Add up – “all” of it.\"\"\"
        result = 0
        for item in items:
            result -= item.price
        return result

    def count(self, items):
        result = 0
        for item in items:
            result += 1
        return result
"""


@pytest.mark.parametrize(
    ("old", "new", "kind", "line"),
    [
        ("result -= item.price", "x = 1", "exact", "            x = 1"),
        ("-= item", "+= item", "exact", "            result += item.price"),
        (
            "        for item in items:   \n            result -= item.price",
            "        for item in items:   \n            result += item.price",
            "blanks",
            "            result += item.price",
        ),
        (
            '        """Add up - "all" of it."""\n        result = 0',
            '        """Add up - "all" of it."""\n        result = 1',
            "signs",
            "        result = 1",
        ),
        (
            "for item in items:\n    result -= item.price",
            "for item in items:\n    result += item.price",
            "indentation",
            "            result += item.price",
        ),
        (
            "                for item in items:\n                    result -= item.price",
            "                for item in items:\n                    result += item.price",
            "indentation",
            "            result += item.price",
        ),
        (
            "        result = 0\n        for item in items :\n            result -= item.price",
            "        result = 0\n        for item in items:\n            result += item.price",
            "similar",
            "            result += item.price",
        ),
    ],
    ids=["exact", "part of a line", "blanks", "signs", "deeper", "less deep", "similar"],
)
def test_a_place_is_found_by_the_first_step_that_fits(
    old: str, new: str, kind: MatchKind, line: str
) -> None:
    done = replace_text(TEXT, old, new)
    assert done.kind == kind
    lines = done.text.split("\n")
    assert line in lines[done.start - 1 : done.end]
    assert len(lines) == len(TEXT.split("\n"))


def test_what_both_texts_share_keeps_the_bytes_of_the_file() -> None:
    old = '        """Add up - "all" of it."""\n        result = 0'
    done = replace_text(TEXT, old, old.replace("= 0", "= 1"))
    assert "Add up – “all” of it." in done.text


@pytest.mark.parametrize(
    ("old", "why"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("result = 0", r"stands at 2 places \(lines 7, 13\); copy more lines"),
        ("nothing of this kind", "nothing in it is like that|The nearest is"),
        ("result = 0\nfor item in items:", "stands at 2 places, but for their indentation"),
    ],
)
def test_what_is_not_one_place_is_refused(old: str, why: str) -> None:
    with pytest.raises(ToolRetryError, match=why):
        replace_text(TEXT, old, "x")


def test_the_nearest_block_is_shown_with_its_numbers_and_what_differs() -> None:
    old = "        result = 0\n        for thing in things:\n            result -= thing.cost"
    with pytest.raises(ToolRetryError) as told:
        replace_text(TEXT, old, "x")
    assert "     8|         for item in items:" in str(told.value)
    assert "line 8 of the file differs from line 2 of `old`" in str(told.value)


def test_the_first_and_last_line_alone_are_no_place() -> None:
    """One block between two lines that fit may be anything."""
    old = "        result = 0\n        something_else()\n        return result"
    with pytest.raises(ToolRetryError):
        replace_text(TEXT, old, "x")


def test_every_place_is_replaced_where_that_is_asked_for() -> None:
    done = replace_text(TEXT, "result = 0", "total = 0", everywhere=True)
    assert (done.count, done.text.count("total = 0")) == (2, 2)


def test_text_can_be_taken_out() -> None:
    done = replace_text("a\nb\nc\n", "b\n", "")
    assert done.text == "a\nc\n"


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
@examples(200)
def test_any_text_is_replaced_at_one_place_or_refused(text: str, old: str, new: str) -> None:
    try:
        done = replace_text(text, old, new)
    except ToolRetryError:
        return
    plain = text.replace("\r\n", "\n")
    assert 1 <= done.start <= plain.count("\n") + 1
    if done.kind == "exact":
        told = old.replace("\r\n", "\n")
        assert plain.count(told) == 1
        assert done.text == plain.replace(told, new.replace("\r\n", "\n"))
