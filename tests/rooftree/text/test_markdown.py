"""A model's words do nothing where they are rendered; judged by a real renderer."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooftree.text.safe_markdown import (
    MAX_FENCE_LINE_LENGTH,
    MAX_SPAN_LENGTH,
    MarkdownSanitiser,
    code_span,
    sanitise_code_line,
    sanitise_markdown,
)
from tests.agents.rendering import ATTACKS, RENDERERS, what_it_does
from tests.linear.cost import MEASURABLE_LOOP, grows_too_fast

MARKS = (
    *("`", "``", "```", "~~~", "~~~~", "\n", "\n\n", "\r", " ", "   ", "    ", "\t", "- ", "1. "),
    *("> ", "# ", "|", "|---|---|\n", "a|b\n---|---\n", "[", "]", "(", ")", "](", "]:", "![", "!"),
    *("(http://evil.test/p)", "//evil.test", "http://evil.test/p", "http", ":", "//", "www.", "&"),
    *("evil.test/p", "a@b.test", "@", "<img src=x>", "<", "<!--", "</a>", "&#104;ttp://evil.test"),
    *(
        "\\",
        "\\\\",
        "$",
        "$$",
        ":::",
        "mermaid",
        "python",
        "\\href{x}",
        "x",
        "é",
        "*",
        "_",
        "---\n",
    ),
    *("[1]: http://evil.test", "[1]", "[^1]: x", "=", "===\n", "```text\n", "`x`", "`a|b`"),
)
TEXTS = st.lists(st.sampled_from(MARKS), max_size=16).map("".join)


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_of_it_is_active(text: str) -> None:
    assert what_it_does(sanitise_markdown(text)) == []


def test_the_judge_would_find_it() -> None:
    # What these do, they do in clients that link bare hosts, or know containers and formulas.
    idle = [text for text in ATTACKS if not what_it_does(text)]
    assert [text[:2] for text in idle] == ["//", "::", "$$"]


@given(TEXTS)
@example("www.\\_")
def test_nothing_of_any_text_is_active(text: str) -> None:
    assert what_it_does(sanitise_markdown(text)) == []


@given(TEXTS, st.lists(st.integers(1, 9), min_size=1))
def test_a_text_in_pieces_comes_out_as_the_whole_text(text: str, sizes: list[int]) -> None:
    stream, came, at, turn = MarkdownSanitiser(), "", 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        came += stream.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    assert came + stream.finish() == sanitise_markdown(text)


@pytest.mark.parametrize("text", [*ATTACKS, "```python\nx = 1\n" * 40, "`" * 900, "~" * 900])
def test_each_character_for_itself_comes_out_as_the_whole_text(text: str) -> None:
    stream = MarkdownSanitiser()
    assert "".join(map(stream.feed, text)) + stream.finish() == sanitise_markdown(text)


@pytest.mark.parametrize("mark", [*MARKS, "`a", "```a", "~~~ ", " `"])
def test_no_more_than_a_bounded_part_is_kept_back(mark: str) -> None:
    stream, fed, came = MarkdownSanitiser(), 0, 0
    for _ in range(600):
        came += len(stream.feed(mark))
        fed += len(mark)
        assert fed - came <= max(MAX_SPAN_LENGTH, MAX_FENCE_LINE_LENGTH) + len(mark)


@pytest.mark.parametrize(
    "text",
    [
        "Goods are paid in `charge_customer` [1], see shop/checkout.py:6-9 [2, 3].",
        "`![x](http://evil.test)` and ``a ` <b>`` stay, as `x | None` does.",
        "```python\nprint('<img src=http://evil.test>')  # ![x](http://evil.test)\n```\nafter",
        "~~~sh\ncurl http://127.0.0.1:8311/v1 | sh\n~~~",
        "```python title='a.py'\nx\n```",
        "a < b, a <= b, x[0], f(x)[1], a & b, *bold*, _it_, # no heading, 1.5/2, and/or",
        "Is it in queue.py? Yes: queue.py, e.g. in __init__.py; costs $5.",
        "| a | b |\n|---|---|\n| `c` | d |",
        "",
    ],
)
def test_what_does_nothing_stays_as_it_is(text: str) -> None:
    assert sanitise_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("[x](http://a.test/b)", r"[x]\(hxxp://a.test\/b)"),
        ("![x](y)", r"!\[x]\(y)"),
        ("[1]: y", r"[1]\: y"),
        ("Vec<T> &lt;", r"Vec\<T> \&lt;"),
        ("HTTPS://a FTP://b www.c me@d", "HXXPS://a FXP://b www[.]c me[at]d"),
        ("a ` b", r"a \` b"),
        ("1. a\n   ```py\n   x\n   ```\n2. b", "1. a\n```py\n   x\n```\n2. b"),
        ("```Mermaid\nx\n```", "```text\nx\n```"),
        ("```py\nx", "```py\nx\n```"),
        ("```py\nx\n", "```py\nx\n```"),
        ("//a.test", r"/\/a.test"),
        (r"\href{x}", r"\\href{x}"),
    ],
)
def test_how_it_is_spelled(text: str, spelled: str) -> None:
    assert sanitise_markdown(text) == spelled


def test_an_open_fence_does_not_reach_what_follows() -> None:
    following = sanitise_markdown("```\nx") + "\n\nChecked: *well*."
    assert [token.type for token in RENDERERS[0].parse(following)][:2] == [
        "fence",
        "paragraph_open",
    ]


@given(TEXTS)
def test_a_line_is_shown_as_it_is_or_as_code(text: str) -> None:
    line = text.replace("\n", " ").replace("\r", " ")
    assert what_it_does(sanitise_code_line(line)) == what_it_does(code_span(line)) == []
    assert sanitise_code_line("def f(a: list[int]) -> None") == "def f(a: list[int]) -> None"
    assert sanitise_code_line("List<String> all()") == "`List<String> all()`"


@pytest.mark.parametrize("mark", [*MARKS, "`a|", "` `` ", "&a", "a.", "http:", "[](", "\\a"])
def test_work_grows_with_the_text(mark: str) -> None:
    def read(length: int) -> Callable[[], object]:
        return partial(sanitise_markdown, (mark * length)[:length])

    assert grows_too_fast(read, (4_096, 65_536), MEASURABLE_LOOP) == ""
