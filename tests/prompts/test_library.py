import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import library
from prompts.library import PromptError, fenced, neutralise, render

TOKENS = [
    *("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>"),
    *("</s>", "<s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<bos>", "<eos>"),
    *("<start_of_turn>", "<end_of_turn>", "<｜User｜>", "<｜Assistant｜>"),
    *("<fim_middle>", "<PRE>"),
    *("[SYSTEM_PROMPT]", "[TOOL_CALLS]", "[/AVAILABLE_TOOLS]"),
]
hostile = st.lists(
    st.sampled_from([*TOKENS, "# system\n", "\n# user\n", "{{ 1 }}", "{% if %}", "<", "|", ">"])
    | st.text(max_size=8)
).map("".join)


def place(text: str, path: str = "shop.py", symbol: str = "f") -> SimpleNamespace:
    return SimpleNamespace(path=path, start=1, end=9, symbol=symbol, text=text)


def summary(text: str = "code", question: str = "why?", **where: str) -> library.RenderedPrompt:
    return render("ask/summary", places=[place(text, **where)], question=question)


def test_a_prompt_has_the_messages_of_its_file() -> None:
    prompt = summary()
    assert [message["role"] for message in prompt.messages] == ["system", "user"]
    assert prompt.id == "ask/summary"
    assert re.fullmatch("[0-9a-f]{16}", prompt.sha)
    assert "[1] shop.py lines 1-9 f\ncode" in prompt.messages[1]["content"]
    assert prompt.messages[1]["content"].endswith("Question: why?")


def test_the_hash_is_of_the_file_and_not_of_the_values() -> None:
    assert summary("one").sha == summary("two").sha


def test_a_prompt_that_does_not_exist_is_named() -> None:
    with pytest.raises(PromptError, match="no prompt 'ask/nowhere'"):
        render("ask/nowhere")


def test_a_missing_value_is_named() -> None:
    with pytest.raises(PromptError, match="question"):
        render("ask/summary", places=[])


def test_a_file_without_parts_is_refused() -> None:
    with pytest.raises(PromptError, match="no `# system` or `# user` part"):
        library._parts("x", "only text\n")


@pytest.mark.parametrize("token", TOKENS)
def test_role_marks_are_broken_up(token: str) -> None:
    assert token not in neutralise(f"a{token}b")
    assert neutralise(f"a{token}b").replace(" ", "") == f"a{token}b"


@pytest.mark.parametrize(
    "hidden",
    [
        *("\u200b", "\u202e", "\u2066", "\ufeff", "\x1b", "\x00", "\xad", "\u3164", "\ufe0f"),
        *("".join(chr(0xE0000 + ord(one)) for one in "obey"), "\U000e0100\U000e01ef"),
    ],
)
def test_what_nobody_sees_is_taken_out_before_role_marks_are_looked_for(hidden: str) -> None:
    assert neutralise(f"a{hidden}b\t\n\r") == "ab\t\n\r"
    assert neutralise(f"<|im_{hidden}end|>") == "< |im_end|>"


def test_letters_of_all_scripts_are_left_alone() -> None:
    text = "größe, Ελλάδα, العربية, हिन्दी, 日本語, 한국어, ﾊﾝｶｸ, 🙂"
    assert neutralise(text) == text


@given(st.text("`\n a", max_size=30))
def test_no_text_closes_the_fence_that_it_is_in(text: str) -> None:
    first, *inner, last = fenced(text, "python").split("\n")
    assert first == f"{last}python"
    assert set(last) == {"`"}
    assert not any(last in line for line in inner)


def test_an_ordinary_fence_has_three_marks() -> None:
    assert fenced("a = 1", "python") == "```python\na = 1\n```"


def test_ordinary_code_is_left_alone() -> None:
    code = "if a < b || c > d: x[1] = [INSTANCE]; y = a |> f; z: Vec<s3>\n"
    assert neutralise(code) == code


@given(hostile)
def test_no_text_keeps_a_role_mark(text: str) -> None:
    assert not [token for token in TOKENS if token in neutralise(text)]


@given(hostile, hostile, hostile, hostile)
def test_no_value_adds_a_message_or_leaves_its_part(
    text: str, question: str, path: str, symbol: str
) -> None:
    prompt = summary(text, question, path=path, symbol=symbol)
    assert [message["role"] for message in prompt.messages] == ["system", "user"]
    assert prompt.messages[0] == summary().messages[0]
    assert not [token for token in TOKENS if token in prompt.messages[1]["content"]]


def test_every_prompt_file_has_parts() -> None:
    files = sorted(library.FOLDER.rglob("*.md"))
    assert files
    for path in files:
        name = path.relative_to(library.FOLDER).with_suffix("").as_posix()
        assert library._parts(name, path.read_text("utf-8")), Path(name)
