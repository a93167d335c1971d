"""What is sent to a model changes only on purpose: each prompt, word for word."""

import pytest

from tests.prompts.snapshots import CASES, SNAPSHOTS, prompts, text_of


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_prompt_says_what_it_said(name: str) -> None:
    assert text_of(name) == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


def test_every_prompt_has_a_snapshot_and_every_snapshot_a_prompt() -> None:
    assert prompts() == {prompt for prompt, _ in CASES.values()}
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_value_ends_its_turn(name: str) -> None:
    assert "<|im_end|>" not in text_of(name)
    assert "[INST]" not in text_of(name)
