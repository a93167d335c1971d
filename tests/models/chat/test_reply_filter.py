import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.stream_filter import ReplyFilter


def shown(text: str, cuts: list[int]) -> str:
    """Feed a text in pieces that end at `cuts`."""
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    sieve = ReplyFilter("reply")
    pieces = [text[start:end] for start, end in pairwise(places)]
    return "".join(map(sieve.feed, pieces))


@given(st.text(), st.lists(st.integers(0, 200)), st.sampled_from([None, 1, 4]), st.booleans())
def test_a_reply_is_shown_however_it_is_cut(
    reply: str, cuts: list[int], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(
        {"tool": "reply", "args": {"text": reply}}, indent=indent, ensure_ascii=ascii_only
    )
    assert shown(text, cuts) == reply


@given(st.text(), st.lists(st.integers(0, 60)))
def test_any_text_is_taken(text: str, cuts: list[int]) -> None:
    shown(text, cuts).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    "text",
    [
        '{"tool": "search", "args": {"text": "queue"}}',
        "plain words",
        '{"reply": "x"}',
        '{"tool": "reply", "args": {"words": "x"}}',
    ],
)
def test_anything_else_shows_nothing(text: str) -> None:
    assert shown(text, []) == ""


def test_what_follows_the_reply_is_not_shown() -> None:
    assert shown('{"tool": "reply", "args": {"text": "yes"}, "more": "no"}', [3, 40]) == "yes"
