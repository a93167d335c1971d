"""A pytest plugin, copied into the tests' environment: it notes each test's outcome by its id.

Imports nothing of ours. With REPAIR_TRACE it also notes which functions of the workspace a test
calls, so that a mutant is first tried on the tests that reach it.
"""

import json
import os
import sys
from collections.abc import Generator
from types import CodeType, FrameType
from typing import Any

import pytest

OUTCOMES = os.environ.get("REPAIR_OUTCOMES", "")
TRACE = os.environ.get("REPAIR_TRACE", "")
ROOT = os.getcwd() + os.sep  # noqa: PTH109 - compared with file names, which are strings

_worst: dict[str, str] = {}
_reached: dict[str, set[CodeType]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test passes when its call passes and neither set-up nor tear-down fails."""
    if report.failed:
        _worst[report.nodeid] = "failed"
    elif report.when == "call" or report.skipped:
        _worst.setdefault(report.nodeid, str(report.outcome))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _worst[report.nodeid] = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    if not TRACE:
        return (yield)
    seen = _reached.setdefault(item.nodeid, set())

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    sys.setprofile(note)
    try:
        return (yield)
    finally:
        sys.setprofile(None)


def pytest_sessionfinish() -> None:
    if not OUTCOMES:
        return
    reached = {
        test: sorted(
            f"{code.co_filename.removeprefix(ROOT)}:{code.co_firstlineno}"
            for code in codes
            if code.co_filename.startswith(ROOT)
        )
        for test, codes in _reached.items()
    }
    with open(OUTCOMES, "w", encoding="utf-8") as file:  # noqa: PTH123 - needs nothing of pathlib
        json.dump({"outcomes": _worst, "reached": reached}, file)
