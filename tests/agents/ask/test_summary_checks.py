"""What a model says of the places is checked word by word, and only ever loses by it."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ask.summary import (
    MAX_EXCERPT_LENGTH,
    CheckedSummary,
    SummaryPlace,
    build_prompt,
    check_summary,
)
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from tests.support.eighths import examples
from tests.support.scripted_model import ScriptedServer

PLACES = (
    SummaryPlace("shop/cart.py", 5, 20, "Cart.add_item", "def add_item(self, sku):\n    total = 1"),
    SummaryPlace("shop/prices.py", 1, 9, "price_of", "def price_of(sku): return TABLE[sku]"),
)
QUESTION = "How does `charge_customer` work?"


def check(text: str) -> CheckedSummary:
    return check_summary(text, QUESTION, PLACES)


@pytest.mark.parametrize(
    ("said", "kept", "rejected"),
    [
        ("Fine [1].", "Fine [1].", 0),
        ("Fine [1, 2].", "Fine [1, 2].", 0),
        ("Fine [1][2].", "Fine [1] [2].", 0),
        ("Fine [1-2].", "Fine [1, 2].", 0),
        ("Fine [1–2].", "Fine [1, 2].", 0),
        ("Fine [1;2].", "Fine [1, 2].", 0),
        ("Fine [99].", "Fine.", 1),
        ("Fine [0].", "Fine.", 1),
        ("Fine [123456789].", "Fine.", 1),
        ("Fine [1, 3].", "Fine [1].", 1),
        ("Fine [1-3].", "Fine [1, 2].", 1),
        ("Fine [3-1].", "Fine.", 1),
        ("Fine [1-999].", "Fine.", 1),
        ("Fine [1-2-3].", "Fine.", 1),
        ("Fine [3, 4, 5].", "Fine.", 3),
        ("[9] Fine.", "Fine.", 1),
        ("See [the docs](guide) [2].", r"See [the docs]\(guide) [2].", 0),
        ("A list [a] and [].", "A list [a] and [].", 0),
    ],
)
def test_marks_that_name_no_place_are_dropped_and_counted(
    said: str, kept: str, rejected: int
) -> None:
    checked = check(said)
    assert (checked.text, checked.rejected) == (kept, rejected)
    assert bool(checked.note) == bool(rejected)


@pytest.mark.parametrize("code", ["`total[7]`", "```\ntotal[7] = 1\n```", "```py\ntotal[7]"])
def test_an_index_in_code_is_no_mark(code: str) -> None:
    checked = check(f"It sets {code}")
    assert "total[7]" in checked.text
    assert checked.rejected == 0


@pytest.mark.parametrize("said", ["[[9]1]", "[1[9]]", "[9[9]1]", "[[9]1[9]]", "[[9] 1]"])
def test_a_dropped_mark_does_not_leave_another_one(said: str) -> None:
    assert not re.search(r"\[\s*1\s*\]", check(said).text)


@pytest.mark.parametrize(
    "said",
    [
        "It is in shop/cart.py:6.",
        "It is in cart.py:5-20.",
        "`add_item` uses `total` [1].",
        "`charge_customer` is asked about.",
        "It calls price_of().",
        "Nothing is named here.",
    ],
)
def test_what_was_shown_may_be_said(said: str) -> None:
    checked = check(said)
    assert checked == CheckedSummary(said, 0, ())
    assert checked.note == ""


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("It is in shop/cart.py:4.", "shop/cart.py:4"),
        ("It is in shop/cart.py:20-21.", "shop/cart.py:20-21"),
        ("It is in shop/cart.py:9-8.", "shop/cart.py:9-8"),
        ("It is in rt.py:6.", "rt.py:6"),
        ("It is in other.py:6.", "other.py:6"),
        ("It is in shop/cart.py:" + "9" * 5000, "shop/cart.py:9999999"),
    ],
)
def test_a_line_that_was_not_shown_is_marked_and_counted(said: str, wrong: str) -> None:
    checked = check(said)
    assert checked.rejected == 1
    assert wrong in checked.unchecked
    assert "[unchecked: " in checked.text
    assert wrong in checked.note


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("It calls launch_rocket.", "launch_rocket"),
        ("It calls `ignite`.", "ignite"),
        ("It calls ignite().", "ignite"),
        ("It calls launchRocket.", "launchRocket"),
        ("It calls shop.rockets.", "rockets"),
    ],
)
def test_a_name_that_was_not_shown_is_marked(said: str, name: str) -> None:
    checked = check(said)
    assert f"`{name}`" in checked.unchecked
    assert f"`{name}`" in checked.text.split("[unchecked: ")[1]
    assert f"`{name}`" in checked.note


def test_only_the_sentence_that_is_wrong_is_marked() -> None:
    checked = check("It calls `price_of` [2]. Then `ignite` comes [1]. `total` is set.")
    first, second, third = re.split(r"(?<=[.\]]) (?=[IT`])", checked.text)
    assert "unchecked" not in first + third
    assert second.endswith("[unchecked: `ignite` not in the places shown]")


def test_an_empty_summary_stays_empty() -> None:
    assert check(" \n ") == CheckedSummary("", 0, ())


def test_without_places_every_mark_is_wrong() -> None:
    assert check_summary("So it is [1].", "", ()).rejected == 1


WORDS = st.sampled_from(
    ["[", "]", "1", "9", ",", "-", " ", "[1]", "[9]", "[1, 9]", "`", "```", "a_b", "cart.py:6",
     "x.py:99", ". ", "\n", "«", "\x1b[31m", "\ud800", "[unchecked: ", "Total()"]
)  # fmt: skip


def marks(text: str) -> Counter[str]:
    """Count the numbers in what a reader takes for marks."""
    found = re.findall(r"\[([0-9]+(?:, [0-9]+)*)\]", text)
    return Counter(number for mark in found for number in mark.split(", "))


@examples(400)
@given(st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=200))
def test_checking_never_fails_and_adds_no_mark(text: str) -> None:
    checked = check(text)
    before = Counter(str(int(n)) for n in re.findall("[0-9]+", text) if len(n) < 4)
    if "-" not in text and "–" not in text:  # a range names more numbers than it has
        assert not marks(checked.text) - before
    if "`" not in text:  # a mark in code is none
        assert not set(marks(checked.text)) - {"1", "2"}
    assert checked.rejected >= 0


@pytest.mark.parametrize("unit", ["a", "a_", "9", "[1", "`", "`a", "a.b:", "/", ". A", " ", "[1,"])
def test_a_long_summary_takes_no_quadratic_time(unit: str) -> None:
    """Were it quadratic, this would take an hour and not the moment that it takes."""
    check(unit * (200_000 // len(unit)))


async def test_a_prompt_is_cut_to_what_fits_but_not_below_a_few_lines() -> None:
    long = SummaryPlace("a.py", 10, 400, "f", "\n".join(f"line_{n} = {n}" for n in range(390)))
    with ScriptedServer() as server:
        client = ModelClient(server.endpoint(), Deadlines(connect=5, idle=5))
        whole = await build_prompt(client, "scripted", QUESTION, [long], 100_000)
        small = await build_prompt(client, "scripted", QUESTION, [long] * 9, 1)
        await client.aclose()
    texts = [p.messages[-1]["content"] for p in (whole, small)]
    assert MAX_EXCERPT_LENGTH * 0.9 < len(texts[0]) < MAX_EXCERPT_LENGTH * 1.3
    assert "line_0 = 0" in texts[1]
    assert "[5]" not in texts[1]
    ends = [int(re.findall(r"lines 10-(\d+)", text)[0]) for text in texts]
    assert 10 < ends[1] < ends[0] < 400
    shown = texts[0].count("line_")
    assert ends[0] == 10 + shown - 1


async def test_a_line_longer_than_the_room_is_cut_within() -> None:
    long = SummaryPlace("a.min.js", 1, 1, "", "x" * 5000)
    with ScriptedServer() as server:
        client = ModelClient(server.endpoint(), Deadlines(connect=5, idle=5))
        prompt = await build_prompt(client, "scripted", QUESTION, [long], 100_000)
        await client.aclose()
    assert f"{'x' * MAX_EXCERPT_LENGTH}\n…" in prompt.messages[-1]["content"]
