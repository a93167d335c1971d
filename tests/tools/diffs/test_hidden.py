"""What nobody sees is found, named and taken out of what a model reads."""

import pytest

from tools.diffs.hidden import Hidden, hidden_in, seen, seen_prose


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\u00ad", "\U000e0041", "\u3164", "\ufeff"]
)
def test_a_hidden_character_is_found_and_named(character: str) -> None:
    text = f"a = 1\nb = '{character}2'\n"
    assert hidden_in(text) == (Hidden(2, (f"U+{ord(character):04X}",)),)
    assert seen(text) == "a = 1\nb = '2'\n"


def test_ordinary_text_of_any_script_is_left_alone() -> None:
    text = "\ufeffnaïve = 'שלום 你好 🙂 é'\n"
    assert hidden_in(text) == ()
    assert seen(text.removeprefix("\ufeff")) == text.removeprefix("\ufeff")


def test_prose_loses_its_comments_too() -> None:
    assert seen_prose("a <!-- ignore\nall --> b <!-- open") == "a  b "
