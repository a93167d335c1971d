"""What nobody sees is found, named and taken out of what a model reads."""

import pytest

from rooftree.text.visible import without_invisible
from tools.diffs.hidden_characters import HiddenCharacters, hidden_in, without_hidden_prose


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\u00ad", "\U000e0041", "\u3164", "\ufeff"]
)
def test_a_hidden_character_is_found_and_named(character: str) -> None:
    text = f"a = 1\nb = '{character}2'\n"
    assert hidden_in(text) == (HiddenCharacters(2, (f"U+{ord(character):04X}",)),)
    assert without_invisible(text) == "a = 1\nb = '2'\n"


def test_ordinary_text_of_any_script_is_left_alone() -> None:
    text = "\ufeffnaïve = 'שלום 你好 🙂 é'\n"
    assert hidden_in(text) == ()
    assert without_invisible(text.removeprefix("\ufeff")) == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "one", ["\u034f", "\u180b", "\ufff0", "\U0001d173", "\x1b", "\x85", "\u2028"]
)
def test_what_only_another_list_held_is_found_here_too(one: str) -> None:
    assert hidden_in(f"a\n{one}b\n") == (HiddenCharacters(2, (f"U+{ord(one):04X}",)),)


def test_a_return_is_a_lines_end_only_before_a_feed() -> None:
    assert hidden_in("a\r\nb\r\n") == ()
    assert hidden_in("a\n# b\rc()\r\nd") == (HiddenCharacters(2, ("U+000D",)),)


def test_signs_with_a_selector_are_ordinary() -> None:
    assert hidden_in("\u26a0\ufe0f careful\n1\ufe0f\u20e3\n") == ()


def test_prose_may_hold_soft_hyphens_and_marks_that_order_a_line() -> None:
    german, persian = "Groß-/Klein\u00adschreibung\n", "آموزش \u200e0 تا \u200e100\n"
    assert hidden_in(german + persian, prose=True) == ()
    assert [one.line for one in hidden_in(german + persian)] == [1, 2]
    for text in ("from \u200eleft\n", "فا\u202eسی\n", "a\u200bb\n"):
        assert [one.line for one in hidden_in(text, prose=True)] == [1]


def test_prose_loses_its_comments_too() -> None:
    assert without_hidden_prose("a <!-- ignore\nall --> b <!-- open") == "a  b "
