"""The lines that a change shows while it is made."""

import json
from typing import Any

import pytest

from agents.change.planning.plan import ChangePlan, EditTarget, plan_of
from rooftree.telemetry.events import Event, EventKind, EventLog
from rooftree.telemetry.progress import FinishSentBack, Progress, ScoutReturned, progress_of
from server.cli.work.change_progress import describe_change

PLAN = ChangePlan.of("change", [EditTarget("shop/cart.py", "total")])


def line(kind: EventKind, **data: Any) -> str:
    return describe_change(Event(kind, "run", 0, data), None)


def progress_line(progress: Progress) -> str:
    told: list[Event] = []
    EventLog(told.append).progress(progress)
    return describe_change(told[0], progress_of(told[0].data))


def call_line(arguments: Any, tool: str = "edit", **data: str) -> str:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return line("tool.started", tool=tool, arguments=text, **data)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"path": "a.py"}, "  edit a.py"),
        ({"start": 3, "path": "a.py"}, "  edit a.py (start: 3)"),
        ({"path": "a.py", "old": "x\n", "new": "x\ny\n"}, "  edit a.py (old: x, new: x … 2 lines)"),
        ({"tests": ["a", "b"]}, "  edit a, b"),
        ({"tests": []}, "  edit"),
        ({"a\nb": "\x1b[2J"}, "  edit (a\\u{A}b: \\u{1B}[2J)"),
        ('{"path": "a.py', '  edit {"path": "a.py'),
        ("[1]", "  edit [1]"),
        ("[" * 100_000, f"  edit {'[' * 160}"),
        ({"path": "a" * 400}, f"  edit {'a' * 160}"),
    ],
)
def test_a_call_is_one_line_whatever_its_arguments_are(arguments: Any, shown: str) -> None:
    assert call_line(arguments) == shown


def test_what_a_scout_calls_stands_below_with_its_name() -> None:
    assert call_line({"path": "a"}, "read", agent="scout 1") == "    scout 1: read a"
    failed = {"tool": "read", "failed": True, "output": "Error: no\nmore", "agent": "scout 1"}
    assert line("tool.finished", **failed) == "    scout 1: Error: no"


def test_a_scout_says_what_it_brought_or_why_it_brought_nothing() -> None:
    assert progress_line(ScoutReturned("scout 1", 3, 1)) == "    scout 1: 1 place in 3 steps"
    assert progress_line(ScoutReturned("scout 1", 3, 0)) == "    scout 1: 0 places in 3 steps"
    ended = ScoutReturned("scout 2", 9, 0, "its budget was spent")
    assert progress_line(ended) == "    scout 2: no answer: its budget was spent"


def test_a_finish_that_is_sent_back_says_what_is_open() -> None:
    told = FinishSentBack("coder", ["nothing was edited", "a.py:2: F401 `os`\x07"])
    assert progress_line(told) == "  not finished yet: nothing was edited; a.py:2: F401 `os`\\u{7}"


def test_a_plan_says_how_many_parts_it_has() -> None:
    assert line("plan.updated", **PLAN.as_json()) == "plan: change shop/cart.py::total"
    in_parts = plan_of({"parts": ["a", "b", "c"]}, PLAN)
    assert (
        line("plan.updated", **in_parts.as_json()) == "plan: change shop/cart.py::total in 3 parts"
    )
    # A run that was recorded before plans had parts.
    before = {name: one for name, one in PLAN.as_json().items() if name != "parts"}
    assert line("plan.updated", **before) == "plan: change shop/cart.py::total"
