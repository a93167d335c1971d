"""Lines are found by their text alone, and only where a diff shows them."""

from hypothesis import given
from hypothesis import strategies as st

from agents.review.anchors import anchor, lines_of, quoted
from tools.diffs.patch import FileDiff, read_diff

HEAD = "def f(a):\n    x = a\n    return x\n\n\ndef g(a):\n    x = a\n    return x\n"
DIFF = read_diff(
    "--- a/a.py\n+++ b/a.py\n@@ -1,4 +1,8 @@\n+def f(a):\n+    x = a\n+    return x\n+\n \n"
    " def g(a):\n     x = a\n     return x\n"
)[0]


def test_a_quote_is_found_without_regard_to_indentation() -> None:
    assert anchor("def f(a):\nx = a", HEAD, DIFF) == (1, 2)


def test_of_two_places_the_new_one_is_meant() -> None:
    assert anchor("x = a\nreturn x", HEAD, DIFF) == (2, 3)


def test_what_is_nowhere_or_in_two_new_places_or_not_shown_has_no_anchor() -> None:
    twice = read_diff("--- a/a\n+++ b/a\n@@ -0,0 +1,2 @@\n+x = a\n+x = a\n")[0]
    assert anchor("x = b", HEAD, DIFF) is None
    assert anchor("x = a", "x = a\nx = a\n", twice) is None
    assert anchor("def g(a):", HEAD, DIFF) is None  # not new, so no change of it is spoken of
    elsewhere = read_diff("--- a/a\n+++ b/a\n@@ -90 +90 @@\n-a\n+x = a\n")[0]
    assert anchor("x = a", HEAD, elsewhere) is None
    assert anchor("\n \n", HEAD, DIFF) is None
    assert anchor("}", "}\n", read_diff("--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+}\n")[0]) is None


def test_lines_that_are_gone_are_spoken_of_beside_the_gap() -> None:
    diff = read_diff("--- a/a\n+++ b/a\n@@ -1,3 +1,2 @@\n one\n-two\n three\n")[0]
    (block,) = diff.blocks()
    assert lines_of(block, diff, "one\nthree\n") == (1, 1)
    first = read_diff("--- a/a\n+++ b/a\n@@ -1,2 +1 @@\n-one\n two\n")[0]
    assert lines_of(next(first.blocks()), first, "two\n") == (1, 1)


def test_a_quote_shows_no_secret() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    assert key not in quoted(f"a = 1\nkey = '{key}'\n", 2, 2)


LINE = st.sampled_from(["a = 1", "  a = 1", "b", "", "}", "return a"])


@given(st.lists(LINE, min_size=1, max_size=8), st.lists(LINE, max_size=4))
def test_whatever_is_anchored_is_quoted_and_new(head: list[str], quote: list[str]) -> None:
    diff = _all_new(head)
    lines = anchor("\n".join(quote), "\n".join(head), diff)
    if lines is not None:
        found = [line.strip() for line in head[lines[0] - 1 : lines[1]]]
        wanted = [line.strip() for line in quote]
        assert " ".join(found).split() == " ".join(wanted).split()
        assert diff.shows(*lines)


def _all_new(lines: list[str]) -> FileDiff:
    body = "".join(f"+{line}\n" for line in lines)
    return read_diff(f"--- /dev/null\n+++ b/a\n@@ -0,0 +1,{len(lines)} @@\n{body}")[0]
