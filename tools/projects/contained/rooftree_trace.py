"""A pytest plugin that notes which lines of the workspace each test ran.

It runs inside the sandbox with the project's own interpreter: `-p rooftree_trace`, with the file to
write named by ROOFTREE_TRACE. The file is JSON: test id → {"outcome", "lines": {path: [numbers]}}.
"""

import json
import os
import sys
import threading
from typing import Any, Dict, Optional, Set

ROOT = os.path.realpath(os.environ.get("ROOFTREE_ROOT", os.getcwd()))
ROOTS = [ROOT, *filter(None, os.environ.get("ROOFTREE_ALIASES", "").split(os.pathsep))]
"""Where the workspace is found: packages installed from the repository are imported elsewhere."""
TARGET = os.environ.get("ROOFTREE_TRACE", "")


def inside(filename: str) -> Optional[str]:
    """Return a file's path in the workspace, by whatever place; None for any other file."""
    place = os.path.realpath(filename)
    if "site-packages" in place:
        return None
    for root in ROOTS:
        if place.startswith(root + os.sep):
            return os.path.relpath(place, root)
    return None


class Recorder:
    """Collects the lines that one test runs."""

    def __init__(self) -> None:
        self.tests: Dict[str, Dict[str, Any]] = {}
        self.lines: Dict[str, Set[int]] = {}
        self.names: Dict[str, Optional[str]] = {}

    def name_of(self, filename: str) -> Optional[str]:
        """Return a file's path below the workspace, or None for any other file."""
        if filename not in self.names:
            self.names[filename] = None if filename.startswith("<") else inside(filename)
        return self.names[filename]

    def on_call(self, frame: Any, event: str, argument: Any) -> Any:
        name = self.name_of(frame.f_code.co_filename)
        if name is None:
            return None
        lines = self.lines.setdefault(name, set())

        def on_line(frame: Any, event: str, argument: Any) -> Any:
            lines.add(frame.f_lineno)
            return on_line

        return on_line

    def start(self) -> None:
        self.lines = {}
        threading.settrace(self.on_call)
        sys.settrace(self.on_call)

    def stop(self, test: str) -> None:
        sys.settrace(None)
        threading.settrace(None)
        lines = {name: sorted(numbers) for name, numbers in self.lines.items()}
        self.tests[test] = {"outcome": "unknown", "lines": lines}


RECORDER = Recorder()


def pytest_runtest_setup(item: Any) -> None:
    RECORDER.start()


def pytest_runtest_teardown(item: Any, nextitem: Any) -> None:
    outcome = RECORDER.tests.get(item.nodeid, {}).get("outcome", "unknown")
    RECORDER.stop(item.nodeid)
    RECORDER.tests[item.nodeid]["outcome"] = outcome


def pytest_runtest_logreport(report: Any) -> None:
    kept = RECORDER.tests.setdefault(report.nodeid, {"outcome": "unknown", "lines": {}})
    if report.failed:
        kept["outcome"] = "failed"
    elif report.when == "call" and kept["outcome"] != "failed":
        kept["outcome"] = report.outcome


def pytest_sessionfinish(session: Any, exitstatus: Any) -> None:
    if TARGET:
        with open(TARGET, "w", encoding="utf-8") as handle:
            json.dump(RECORDER.tests, handle)
