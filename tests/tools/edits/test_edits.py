"""Edits of a text: applied where they fit exactly one place, rejected with a reason elsewhere."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ToolRetryError
from tools.edits.anchors import find
from tools.edits.answer_parser import apply_answer
from tools.edits.blocks import SearchReplaceBlock, hunks_of, replace_blocks
from tools.edits.whole_definitions import definition, source_of, with_definition

TEXT = """import os


class Cart:
    def total(self, items):
        \"\"\"Add up.\"\"\"
        result = 0
        for item in items:
            result -= item.price
        return result

    @property
    def empty(self):
        return not self.items


def total(items):
    return sum(items)
"""


def test_a_block_is_replaced_where_it_stands() -> None:
    done = replace_blocks(
        TEXT,
        [
            SearchReplaceBlock(
                "            result -= item.price\n", "            result += item.price\n"
            )
        ],
    )
    assert "result += item.price" in done
    assert done.count("\n") == TEXT.count("\n")


def test_indentation_that_was_left_out_is_put_back() -> None:
    done = replace_blocks(
        TEXT,
        [
            SearchReplaceBlock(
                "for item in items:\n    result -= item.price",
                "for item in items:\n    result += item.price",
            )
        ],
    )
    assert "        for item in items:\n            result += item.price\n" in done


def test_lines_that_are_nearly_right_are_found_when_nothing_else_is_near() -> None:
    wanted = [
        "        result = 0",
        "        for item in items :",
        "            result -= item.price",
    ]
    anchor = find(TEXT.split("\n"), wanted)
    assert (anchor.start, anchor.end, anchor.exact) == (6, 9, False)


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        ("return", "is not in the file"),
        ("", "is empty"),
        ("    \n", "is empty"),
        ("def nothing_like_this(a, b, c): raise", "is not in the file"),
    ],
)
def test_what_is_not_there_is_rejected(old: str, reason: str) -> None:
    with pytest.raises(ToolRetryError, match=reason):
        replace_blocks(TEXT, [SearchReplaceBlock(old, "x")])


def test_two_places_are_one_too_many() -> None:
    with pytest.raises(ToolRetryError, match=r"2 places \(lines 1, 3\)"):
        replace_blocks("a = 1\nb = 2\na = 1\n", [SearchReplaceBlock("a = 1", "a = 2")])
    with pytest.raises(ToolRetryError, match="but for its indentation, at 2 places"):
        replace_blocks("  a = 1\nb = 2\n    a = 1\n", [SearchReplaceBlock("a = 1", "a = 2")])


def test_an_answer_without_an_edit_is_rejected() -> None:
    with pytest.raises(ToolRetryError, match="no edit"):
        replace_blocks(TEXT, [])


def test_the_hunks_of_a_diff_are_found_by_their_lines() -> None:
    diff = """--- a/x.py
+++ b/x.py
@@ -900,3 +900,3 @@ wrong numbers
         for item in items:
-            result -= item.price
+            result += item.price
         return result
"""
    assert "+= item.price" in replace_blocks(TEXT, hunks_of(diff))


def test_a_definition_is_named_by_its_last_part_or_in_full() -> None:
    assert definition("x.py", TEXT, "Cart.total").start == 5
    assert definition("x.py", TEXT, "empty").qualified == "Cart.empty"
    assert definition("x.py", TEXT, "total").start == 17
    with pytest.raises(ToolRetryError, match=r"defines no 'missing'; it defines Cart"):
        definition("x.py", TEXT, "missing")


def test_a_whole_definition_moves_to_its_place() -> None:
    symbol = definition("x.py", TEXT, "Cart.total")
    new = "def total(self, items):\n    return sum(item.price for item in items)"
    done = with_definition("x.py", TEXT, symbol, new)
    assert (
        "    def total(self, items):\n        return sum(item.price for item in items)\n\n" in done
    )
    assert "class Cart:" in done
    assert "@property\n    def empty" in done


def test_a_method_written_inside_its_class_is_picked_out() -> None:
    symbol = definition("x.py", TEXT, "Cart.empty")
    new = "class Cart:\n    @property\n    def empty(self):\n        return True\n"
    done = with_definition("x.py", TEXT, symbol, new)
    assert done.count("@property") == 1
    assert "        return True\n" in done


TEXTUAL = '''\
class Page:
    def head(self):
        return 1

    def body(self, name):
        """Say it.

        Twice.
        """
        return f"""
<p>
    {name}
</p>
"""
'''


def test_a_definition_that_is_put_back_is_as_it_was() -> None:
    symbol = definition("x.py", TEXTUAL, "Page.body")
    assert with_definition("x.py", TEXTUAL, symbol, source_of(TEXTUAL, symbol)) == TEXTUAL


def test_lines_of_a_text_are_moved_only_as_the_code_around_them_was() -> None:
    symbol = definition("x.py", TEXTUAL, "Page.body")
    lines = source_of(TEXTUAL, symbol).split("\n")
    dedented = "\n".join(line.removeprefix("    ") for line in lines)
    alone = dedented.replace("\n{name}", "\n    {name}")  # the text as it was
    for new in (alone, "class Page:\n" + "\n".join(lines)):
        assert with_definition("x.py", TEXTUAL, symbol, new) == TEXTUAL


def test_another_definition_is_no_edit() -> None:
    symbol = definition("x.py", TEXT, "Cart.total")
    with pytest.raises(ToolRetryError, match="defines no 'total'"):
        with_definition("x.py", TEXT, symbol, "def other():\n    pass")


def test_every_format_of_an_answer_is_read() -> None:
    symbol = definition("x.py", TEXT, "Cart.total")
    whole = source_of(TEXT, symbol).replace("-=", "+=")
    old, new = "result -= item.price", "result += item.price"
    answers = {
        "unit": f"Here it is:\n```python\n{whole}\n```\nDone.",
        "replace": f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE",
        "diff": f"```diff\n@@ @@\n-            {old}\n+            {new}\n```",
    }
    expected = TEXT.replace("-=", "+=")
    for form, answer in answers.items():
        assert apply_answer(form, "x.py", TEXT, symbol, answer) == expected, form  # type: ignore[arg-type]  # the three


SECRET = 'def connect():\n    password = "' + "hunter2" * 3 + '"\n    return login(password)\n'


def test_a_redacted_secret_comes_back_and_cannot_be_edited() -> None:
    """The model saw a marker in its place; what it copies is the secret again."""
    from indexing.secrets.redact import redact

    symbol = definition("x.py", SECRET, "connect")
    seen = redact(SECRET)
    assert "hunter2" not in seen
    kept = apply_answer(
        "unit", "x.py", SECRET, symbol, f"```\n{seen.replace('login', 'open')}\n```"
    )
    assert kept == SECRET.replace("login", "open")
    moved = seen.replace("password =", "secret =")
    with pytest.raises(ToolRetryError, match="redacted secret"):
        apply_answer("unit", "x.py", SECRET, symbol, f"```\n{moved}\n```")


@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=80))
def test_no_text_breaks_an_edit(text: str, old: str, new: str) -> None:
    try:
        done = replace_blocks(text, [SearchReplaceBlock(old, new)])
    except ToolRetryError:
        return
    assert isinstance(done, str)


@given(st.text(alphabet=" +-@\nab", max_size=200))
def test_no_diff_breaks_its_reading(diff: str) -> None:
    for block in hunks_of(diff):
        assert block.old != block.new


@given(st.lists(st.sampled_from(["a", "b", "  c", ""]), min_size=1, max_size=12), st.data())
def test_what_stands_once_is_found_where_it_stands(lines: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(lines) - 1))
    size = data.draw(st.integers(1, len(lines) - start))
    wanted = lines[start : start + size]
    places = [at for at in range(len(lines)) if lines[at : at + size] == wanted]
    if len(places) == 1 and any(line.strip() for line in wanted):
        assert find(lines, wanted).start == start


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a" * 2000, "a" * 1999 + "b"),
        ("def total(prices): return sum(prices)", "def total(prices): return sum(price)"),
        ("x = 1", "x = 2"),
    ],
)
def test_lines_that_are_all_alike_are_given_up_soon(line: str, wanted: str) -> None:
    """Each pair of them would be compared character by character: minutes."""
    began = time.process_time()
    with pytest.raises(ToolRetryError, match="not in the file"):
        find([line] * 4000, [wanted] * 40)
    assert time.process_time() - began < 60
