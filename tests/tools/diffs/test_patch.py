"""A diff is read as git means it, and what is no diff is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import UsageError
from tools.diffs.patch import ChangedBlock, read_diff

DIFF = """\
diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,5 +1,6 @@
 one
-two
+zwei
+deux
 three
-four
 five
+six
diff --git "a/\\303\\244.py" "b/\\303\\244.py"
new file mode 100644
--- /dev/null
+++ "b/\\303\\244.py"
@@ -0,0 +1 @@
+x = 1
\\ No newline at end of file
diff --git a/old.py b/new.py
similarity index 100%
rename from old.py
rename to new.py
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
diff --git a/picture b/picture
index 1..2 100644
Binary files a/picture and b/picture differ
"""


def test_every_kind_of_file_is_told_apart() -> None:
    files = read_diff(DIFF)
    assert [(one.path, one.old_path, one.kind) for one in files] == [
        ("a.py", "a.py", "modified"),
        ("ä.py", "ä.py", "added"),
        ("new.py", "old.py", "renamed"),
        ("gone.py", "gone.py", "deleted"),
        ("picture", "picture", "binary"),
    ]


def test_a_file_that_is_emptied_or_was_empty_is_there_on_both_sides() -> None:
    head = "diff --git a/a.py b/a.py\nindex 5626abf..e69de29 100644\n--- a/a.py\n+++ b/a.py\n"
    kinds = [
        read_diff(f"{head}{hunk}\n")[0].kind for hunk in ("@@ -1 +0,0 @@\n-a", "@@ -0,0 +1 @@\n+a")
    ]
    assert kinds == ["modified", "modified"]


def test_changed_lines_come_in_blocks_with_their_numbers() -> None:
    one = read_diff(DIFF)[0]
    assert list(one.blocks()) == [
        ChangedBlock(2, ("two",), 2, ("zwei", "deux")),
        ChangedBlock(4, ("four",), 5, ()),
        ChangedBlock(6, (), 6, ("six",)),
    ]
    assert one.added == {2, 3, 6}
    assert one.changed_lines == 5
    assert one.shows(1, 6)
    assert not one.shows(6, 7)


def test_a_diff_without_context_counts_as_git_counts() -> None:
    text = "--- a/a\n+++ b/a\n@@ -5,0 +6,2 @@\n+x\n+y\n@@ -9 +11,0 @@\n-gone\n"
    blocks = list(read_diff(text)[0].blocks())
    assert blocks == [ChangedBlock(6, (), 6, ("x", "y")), ChangedBlock(9, ("gone",), 12, ())]


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "a/../../b", "a\\000b"], ids=["above", "root", "within", "nul"]
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    text = f'--- "a/{name}"\n+++ "b/{name}"\n@@ -1 +1 @@\n-a\n+b\n'
    with pytest.raises(UsageError):
        read_diff(text)


@pytest.mark.parametrize("text", ["hello", "@@ -1 +1 @@\n-a\n+b\n", DIFF[:110]])
def test_what_is_no_diff_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="git diff BASE"):
        read_diff(text)


LINES = st.sampled_from(
    [
        *("--- a/a", "+++ b/a", "@@ -1 +1 @@", "@@ -1,2 +0,0 @@", "-a", "+b", " c", "\u2028", ""),
        *("\\ No newline", "diff --git a/a b/b", "rename from x", "+++ /dev/null"),
        "@@ -9999999999 +1 @@",
    ]
)


@given(st.lists(LINES | st.text(max_size=20), max_size=12))
def test_no_text_breaks_the_reader(lines: list[str]) -> None:
    try:
        files = read_diff("\n".join(lines))
    except UsageError:
        return
    for one in files:
        assert not one.path.startswith("/")
        assert ".." not in one.path.split("/")
        assert all(block.old or block.new for block in one.blocks())
