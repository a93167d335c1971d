from hypothesis import example, given
from hypothesis import strategies as st

from models.chat.thinking import ThinkFilter, split_thinking

PIECES = st.lists(
    st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", "think", ">", " ", "\n", "a", "<"])
)


@given(PIECES, st.integers(1, 5))
@example(["<think>", "a", "</think>", " ", "<think>", "b", "</think>", "c"], 1)
def test_where_the_text_is_divided_makes_no_difference(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    whole = ThinkFilter()
    expected = whole.feed(text) + whole.finish()
    parted = ThinkFilter()
    shown = "".join(parted.feed(text[i : i + size]) for i in range(0, len(text), size))
    assert shown + parted.finish() == expected
    assert parted.reasoning == whole.reasoning


@given(st.text())
def test_a_text_without_tags_passes_as_it_is(text: str) -> None:
    if "think>" not in text:
        assert split_thinking(text) == (text, "")


def test_blocks_before_the_answer_are_reasoning() -> None:
    text = "\n<think>one</think>\n<think>two</think>\n\nThe answer."
    assert split_thinking(text) == ("The answer.", "one\ntwo")


def test_a_block_that_is_never_closed_is_all_reasoning() -> None:
    assert split_thinking("<think>so far") == ("", "so far")


def test_a_block_that_the_prompt_opened_is_reasoning() -> None:
    assert split_thinking("well\n</think>\n\nYes.") == ("Yes.", "well")


def test_tags_inside_the_answer_belong_to_it() -> None:
    text = "The filter looks for `<think>` and `</think>`."
    assert split_thinking(text) == (text, "")
