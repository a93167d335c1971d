"""Lines are found by their text alone, and only where a diff shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.review.findings.anchors import Anchor, anchor_of, quoted_lines
from agents.review.findings.anchors import anchor_quote as anchored
from agents.review.findings.diff_regions import OLD
from tools.diffs.patch import FileDiff, read_diff

HEAD = "def f(a):\n    x = a\n    return x\n\n\ndef g(a):\n    x = a\n    return x\n"
DIFF = read_diff(
    "--- a/a.py\n+++ b/a.py\n@@ -1,4 +1,8 @@\n+def f(a):\n+    x = a\n+    return x\n+\n \n"
    " def g(a):\n     x = a\n     return x\n"
)[0]


def anchor(quote: str, head: str, diff: FileDiff, base: str | None = None) -> object:
    """Return the lines of a quote, with its side where that is the old one."""
    at = anchored(quote, diff, head, base)
    if at is None:
        return None
    return (at.line, at.end_line, OLD) if at.side == OLD else (at.line, at.end_line)


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


def test_lines_that_are_gone_stand_on_the_old_side_beside_their_gap() -> None:
    diff = read_diff("--- a/a\n+++ b/a\n@@ -1,3 +1,2 @@\n one\n-two\n three\n")[0]
    (block,) = diff.blocks()
    assert anchor_of(block, diff, "one\nthree\n") == Anchor(2, 2, OLD, 1)
    assert anchored("two", diff, "one\nthree\n", "one\ntwo\nthree\n") == Anchor(2, 2, OLD, 1)
    first = read_diff("--- a/a\n+++ b/a\n@@ -1,2 +1 @@\n-one\n two\n")[0]
    assert anchor_of(next(first.blocks()), first, "two\n") == Anchor(1, 1, OLD, 1)
    gone = read_diff("--- a/a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n")[0]
    assert anchor_of(next(gone.blocks()), gone, None) == Anchor(1, 2, OLD, 0)


BASE = """\
def charge(user, amount):
    if amount <= 0:
        raise ValueError("an amount is positive")
    check_permission(user, "charge")
    log.info("charging %s %s", user.name, amount)
    return gateway.charge(user.card, amount)
"""
LESS = """\
def charge(user, amount):
    if amount <= 0:
        raise ValueError("an amount is positive")
    return gateway.charge(user.card, amount * 100)
"""
CHANGED = read_diff(
    "--- a/a.py\n+++ b/a.py\n@@ -1,6 +1,4 @@\n def charge(user, amount):\n     if amount <= 0:\n"
    '         raise ValueError("an amount is positive")\n-    check_permission(user, "charge")\n'
    '-    log.info("charging %s %s", user.name, amount)\n'
    "-    return gateway.charge(user.card, amount)\n"
    "+    return gateway.charge(user.card, amount * 100)\n"
)[0]


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ('check_permission(user, "charge")', (4, 4, OLD)),
        ('-    check_permission(user, "charge")', (4, 4, OLD)),
        ('`check_permission(user, "charge")`', (4, 4, OLD)),
        ('```python\ncheck_permission(user, "charge")\n```', (4, 4, OLD)),
        ("check_permission(user, 'charge')", (4, 4, OLD)),
        ('check_permision(user, "charge")', (4, 4, OLD)),
        ('log.info("charging ...", user.name, amount)', (5, 5, OLD)),
        ('log.info("charging …amount)', (5, 5, OLD)),
        (
            'check_permission(user, "charge")\n...\nreturn gateway.charge(user.card, amount)',
            (4, 6, OLD),
        ),
        ("`return gateway.charge(user.card, amount * 100)`", (4, 4)),
        ("+    return gateway.charge(user.card, amount * 100)", (4, 4)),
        ("-    return gateway.charge(user.card, amount)", (6, 6, OLD)),
        ("return gateway.charge(user.card, amount *100)", (4, 4)),
        ("return gateway.charge(..., amount * 100)", (4, 4)),
        # Nothing of these is near to one place of what was changed.
        ('raise ValueError("an amount is positive")', None),
        ("raise ValueError('an amount is positive')", None),
        ("if amount ...", None),
        ("...", None),
        ("return gateway.refund(customer.account, total)", None),
        ("amount", None),
        ("`", None),
    ],
)
def test_a_quote_that_is_nearly_right_is_found_and_no_other(
    quote: str, place: tuple[object, ...] | None
) -> None:
    assert anchor(quote, LESS, CHANGED, BASE) == place


def test_a_quote_that_is_near_to_two_changed_lines_has_no_anchor() -> None:
    head = "first_total = amount_of(user)\nfirst_totals = amount_of(user)\n"
    twice = read_diff(
        f"--- a/a\n+++ b/a\n@@ -0,0 +1,2 @@\n+{head[:-1].replace(chr(10), chr(10) + '+')}\n"
    )
    assert anchor("first_totalx = amount_of(user)", head, twice[0]) is None
    assert anchor("first_... = amount_of(user)", head, twice[0]) is None


def test_a_short_quote_is_found_only_as_it_is() -> None:
    short = read_diff("--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+result = a\n")[0]
    assert anchor("result = a", "result = a\n", short) == (1, 1)
    assert anchor("results = a", "result = a\n", short) is None


def test_a_quote_shows_no_secret() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    assert key not in quoted_lines(f"a = 1\nkey = '{key}'\n", 2, 2)


LINE = st.sampled_from(["a = 1", "  a = 1", "b", "", "}", "return a"])


@given(st.lists(LINE, min_size=1, max_size=8), st.lists(LINE, max_size=4))
def test_whatever_is_anchored_is_quoted_and_new(head: list[str], quote: list[str]) -> None:
    diff = _all_new(head)
    at = anchored("\n".join(quote), diff, "\n".join(head), None)
    lines = (at.line, at.end_line) if at is not None and at.exact else None
    if lines is not None:
        found = [line.strip() for line in head[lines[0] - 1 : lines[1]]]
        wanted = [line.strip() for line in quote]
        assert " ".join(found).split() == " ".join(wanted).split()
        assert diff.shows(*lines)


def _all_new(lines: list[str]) -> FileDiff:
    body = "".join(f"+{line}\n" for line in lines)
    return read_diff(f"--- /dev/null\n+++ b/a\n@@ -0,0 +1,{len(lines)} @@\n{body}")[0]
