"""What reads foreign text takes time in proportion to it, loops and libraries included."""

from collections.abc import Callable, Iterable, Mapping

import pytest

from agents.ask.summary import SummaryPlace, check_summary
from agents.evidence import named_tests as task
from agents.evidence.failure_excerpts import failure_excerpt
from indexing.parsing.syntax.languages import language_of_text
from indexing.secrets.redact import redact
from indexing.words.query import analyse
from models.chat.edit_formats import search_blocks
from models.chat.stream_filter import ReplyFilter
from models.chat.text_tool_calls import unwrapped_json, written_calls
from models.chat.thinking import ThinkFilter
from prompts.library import fenced, neutralise
from tests.linear.cost import MEASURABLE_LOOP, grows_too_fast
from tests.linear.shapes import Shape
from tools.diffs.hidden_characters import hidden_in
from tools.drafts.difference import file_difference
from tools.edits.blocks import hunks_of
from tools.projects.results.reports import RunnerName, read_report
from tools.sandbox.process.execution import Execution

FILES = ("tests/test_cart.py", "shop/cart.py")
PLACES = [SummaryPlace("shop/cart.py", 1, 9, "total", "def total(items):\n    return sum(items)")]

UNITS = (
    *("\n", " ", "a", "-", "`", "_", ".", "A ", "a.b ", "a/", "--/", "Error", "x_y "),
    *(
        "[1] ",
        "`a` ",
        "a.py:1 ",
        "a.py::b ",
        "tests/test_cart.py::test_a ",
        'File "a.py", line 1\n',
    ),
    *("PASSED [", "PASSED a - ", "PASSED a[b] - c\n", "test_a (m.A)\n", "test_a (m.A) ... ok\n"),
    *("--- PASS: a\n", "ok a 1s\n", "test a ... ok\n", "___ a ___\n", "=== FAILURES ===\n"),
    *("{} ", "[", '{"a":', "<tool_call>{", "<function=read>", "<parameter=a>", "```json\n"),
    *("<think>", "</think>", "<think></think>", "<|im_start|>", "<!--", "@@\n", "+a\n-b\n a\n"),
    *("<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", " class\n", "password = ", "token="),
    *("secret: 'a", "aB3", "://a:b@", "-----BEGIN PRIVATE KEY-----\n", "\u200b", "é", "\r", "\\"),
)
SHARES = 8
"""Tests that the texts are divided among."""


def said(text: str) -> Execution:
    return Execution(exit_code=1, output=text, seconds=0.1)


def report(runner: RunnerName) -> Callable[[str], object]:
    return lambda text: read_report(runner, said(text), ())


def reversed_lines(text: str) -> object:
    """A file against its lines the other way round: no line stays where it was."""
    lines = [f"{number}{line}" for number, line in enumerate(text.split("\n"))]
    return file_difference(
        "a.py", "\n".join(lines).encode(), "\n".join(reversed(lines)).encode(), 0o644
    )


def in_pieces(feed: Callable[[str], object]) -> Callable[[str], object]:
    def read(text: str) -> None:
        for at in range(0, len(text), 4):
            feed(text[at : at + 4])

    return read


READERS: Mapping[str, Callable[[str], object]] = {
    "redact": redact,
    "analyse": analyse,
    "report of pytest": report("pytest"),
    "report of unittest": report("unittest"),
    "report of go": report("go"),
    "report of cargo": report("cargo"),
    "tests_named": lambda text: task.tests_named(text, FILES),
    "frames_of": lambda text: list(task.frames_of(text, FILES)),
    "failure_of": lambda text: failure_excerpt(text, "tests/test_cart.py::test_a"),
    "check_summary": lambda text: check_summary(text, "q", PLACES),
    "check_summary, shown": lambda text: check_summary(
        "`alpha` beta_c", text, [SummaryPlace("a.py", 1, 2, "a", text)]
    ),
    "written_calls": lambda text: written_calls(text, {"read"}),
    "unwrapped_json": unwrapped_json,
    "thoughts": lambda text: ThinkFilter().feed(text),
    "thoughts in pieces": lambda text: in_pieces(ThinkFilter().feed)(text),  # noqa: PLW0108 - a new filter each time
    "a thought": lambda text: in_pieces(ThinkFilter().feed)("<think>" + text),
    "guided reply": lambda text: in_pieces(ReplyFilter("reply").feed)(
        '{"tool":"reply","args":{"text":"' + text
    ),
    "blocks to replace": search_blocks,
    "hunks": hunks_of,
    "neutralise": neutralise,
    "fenced": fenced,
    "hidden_in": hidden_in,
    "language": lambda text: language_of_text("a.h", text),
    "difference": reversed_lines,
}


def slow_texts(read: Callable[[str], object], shapes: Iterable[Shape]) -> dict[str, str]:
    def reading(shape: Shape) -> Callable[[int], Callable[[], object]]:
        def made(length: int) -> Callable[[], object]:
            text = shape.text(length)
            return lambda: read(text)

        return made

    verdicts = {
        str(shape): grows_too_fast(
            reading(shape), sizes=(1_024, 4_096, 16_384, 65_536), measurable=MEASURABLE_LOOP
        )
        for shape in shapes
    }
    return {shape: verdict for shape, verdict in verdicts.items() if verdict}


@pytest.mark.eighth("name")
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("name", READERS)
def test_foreign_text_is_read_in_proportion_to_its_length(name: str, share: int) -> None:
    shapes = [Shape("", unit, "\0") for unit in UNITS[share::SHARES]]
    assert slow_texts(READERS[name], shapes) == {}


def test_a_loop_that_looks_at_all_that_is_left_is_found() -> None:
    def looking(text: str) -> None:
        while text:
            max(text)
            text = text[1:]

    assert slow_texts(looking, [Shape("", "{}", "")])
