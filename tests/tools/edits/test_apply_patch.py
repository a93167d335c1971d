"""Patches of the form `*** Begin Patch`: read whole or refused, and found by their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ToolRetryError
from tests.support.eighths import examples
from tools.edits.apply_patch import parse_patch, patched

BODY = "    def f(self):\n        return 1\n"
TEXT = f"class A:\n{BODY}\n\nclass B:\n{BODY}"
UPDATE = """*** Begin Patch
*** Update File: a.py
@@ class B:
@@     def f(self):
-        return 1
+        return 2
*** End Patch"""


def test_a_hunk_is_found_below_the_definition_that_heads_it() -> None:
    [patch] = parse_patch(UPDATE)
    assert (patch.action, patch.path) == ("update", "a.py")
    assert patched(TEXT, patch) == TEXT[: TEXT.index("class B")] + TEXT[
        TEXT.index("class B") :
    ].replace("return 1", "return 2")


def test_without_a_head_two_places_are_one_too_many() -> None:
    [patch] = parse_patch(UPDATE.replace("@@ class B:\n@@     def f(self):\n", ""))
    with pytest.raises(ToolRetryError, match="2 places"):
        patched(TEXT, patch)


def test_files_are_added_deleted_and_moved() -> None:
    add, delete, move = parse_patch(
        "*** Begin Patch\n*** Add File: new.py\n+x = 1\n+y = 2\n*** Delete File: old.py\n"
        "*** Update File: b.py\n*** Move to: c.py\n*** End Patch\n"
    )
    assert (add.action, add.added_text) == ("add", "x = 1\ny = 2\n")
    assert (delete.action, delete.path) == ("delete", "old.py")
    assert (move.path, move.to, move.hunks) == ("b.py", "c.py", [])


def test_several_hunks_of_a_file_are_applied_in_turn() -> None:
    [patch] = parse_patch(
        "```\n*** Begin Patch\n*** Update File: a.py\n@@\n class A:\n-    def f(self):\n"
        "+    def g(self):\n@@ class B:\n     def f(self):\n-        return 1\n+        return 3\n"
        "*** End of File\n*** End Patch\n```"
    )
    done = patched(TEXT, patch)
    assert "class A:\n    def g(self):\n        return 1" in done
    assert done.endswith("class B:\n    def f(self):\n        return 3\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is in no file"),
        ("*** Begin Patch\n*** End Patch", "names no file"),
        ("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n", "is in no file"),
        ("*** Begin Patch\n*** Update File: a.py\nreturn 1\n", "begins with 'r'"),
    ],
)
def test_what_is_no_patch_says_how_one_is_written(text: str, why: str) -> None:
    with pytest.raises(ToolRetryError, match=why):
        parse_patch(text)


@given(st.text(max_size=300), st.text(max_size=200))
@examples(200)
def test_any_text_is_a_patch_or_refused(written: str, text: str) -> None:
    try:
        files = parse_patch(f"*** Begin Patch\n*** Update File: a\n{written}")
        for one in files:
            patched(text, one)
    except ToolRetryError:
        return
    assert files
