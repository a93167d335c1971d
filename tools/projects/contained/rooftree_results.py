"""How unittest's tests are told and traced, for our own runner and for Django's.

Each test is named as pytest names it, and what came of it is told in pytest's form, so that one
reader understands both.
"""

import json
import os
import sys
import unittest
from typing import Any, Dict, List, Optional, Tuple

from rooftree_trace import (  # type: ignore[import-not-found]  # it lies beside this file
    RECORDER,
    ROOT,
    TARGET,
    inside,
)

WIDTH, MIN_RULE_WIDTH = 80, 3
MAX_ERROR_LENGTH = 200
NOTHING = 5


class FileNames:
    """Which file each test stands in, whatever module it was loaded from."""

    def __init__(self) -> None:
        self.paths: Dict[str, str] = {}

    def note(self, suite: Any, path: str = "") -> None:
        """Note the tests of a suite: those of one file, or each by its module."""
        for test in tests_of(suite):
            module = type(test).__module__
            self.paths.setdefault(test.id(), path or path_of(module) or module)

    def name(self, test: Any) -> str:
        known = getattr(test, "test_case", test)  # a part of a test belongs to the test
        path = self.paths.get(known.id()) or path_of(type(known).__module__) or "?"
        method = getattr(known, "_testMethodName", known.id())
        return "::".join((path, type(known).__qualname__.replace(".", "::"), method))

    def below(self, place: str) -> List[str]:
        """Return the names of the tests of a module or a class, as unittest calls it."""
        found = []
        for known, path in self.paths.items():
            group, _, method = known.rpartition(".")
            if group == place or group.rpartition(".")[0] == place:
                found.append("::".join((path, group.rpartition(".")[2], method)))
        return found


def tests_of(suite: Any) -> Any:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from tests_of(one)
        elif one is not None:
            yield one


def path_of(module: str) -> Optional[str]:
    """Return a module's file as it is named from where the tests run."""
    place = getattr(sys.modules.get(module), "__file__", None)
    if not place:
        return None
    found = inside(place)
    return os.path.relpath(os.path.join(ROOT, found), os.getcwd()) if found else None


NAMES = FileNames()


class RecordingResult(unittest.TextTestResult):
    """Keeps what came of each test, and traces it where its lines are requested."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.outcomes: Dict[str, Tuple[str, str]] = {}
        self.texts: List[Tuple[str, str]] = []

    def printErrors(self) -> None:  # noqa: N802 - unittest's name
        """Print nothing here: `tell` does."""

    def startTest(self, test: Any) -> None:  # noqa: N802 - unittest's name
        super().startTest(test)
        if TARGET:
            RECORDER.start()

    def stopTest(self, test: Any) -> None:  # noqa: N802 - unittest's name
        if TARGET:
            name = NAMES.name(test)
            RECORDER.stop(name)
            word = self.outcomes.get(name, ("", ""))[0]
            RECORDER.tests[name]["outcome"] = "failed" if word == "FAILED" else word.lower()
        super().stopTest(test)

    def addSuccess(self, test: Any) -> None:  # noqa: N802 - unittest's name
        super().addSuccess(test)
        self._note(test, "PASSED")

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addError(test, err)
        self._failed(test, err)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addFailure(test, err)
        self._failed(test, err)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802 - unittest's name
        super().addSkip(test, reason)
        self._note(test, "SKIPPED")

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addExpectedFailure(test, err)
        self._note(test, "XFAIL")

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802 - unittest's name
        super().addUnexpectedSuccess(test)
        self._note(test, "FAILED", "unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed(test, err)

    def _failed(self, test: Any, err: Any) -> None:
        last = _first_line(err[0], err[1])
        for name in self._all(test):
            self.outcomes[name] = ("FAILED", last)
            text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]  # all have it
            self.texts.append((name, "%sE   %s\n" % (text, last)))

    def _note(self, test: Any, word: str, why: str = "") -> None:
        for name in self._all(test):
            # A part that failed, or what went wrong afterwards, is not taken back.
            if self.outcomes.get(name, ("", ""))[0] != "FAILED":
                self.outcomes[name] = (word, why)

    def _all(self, test: Any) -> List[str]:
        """Return the tests that something is said of: all of a class that could not be set up."""
        if isinstance(getattr(test, "test_case", test), unittest.TestCase):
            return [NAMES.name(test)]
        said = test.id()  # `setUpClass (module.Class)`
        place = said.partition("(")[2].rstrip(")")
        return NAMES.below(place) or ["%s::%s" % (path_of(place) or place, said.partition(" ")[0])]


class QuietRunner(unittest.TextTestRunner):
    """Runs all tests, and prints none of what it says at the end: `tell` does."""

    def _makeResult(self) -> RecordingResult:  # noqa: N802 - unittest's name
        return RecordingResult(self.stream, self.descriptions, 0)

    def run(self, test: Any) -> Any:
        result = self._makeResult()
        result.buffer = self.buffer
        result.startTestRun()
        try:
            test(result)
        finally:
            result.stopTestRun()
        return result


def _first_line(kind: Any, error: Any) -> str:
    said = str(error).strip().split("\n")[0]
    return ("%s: %s" % (kind.__name__, said) if said else kind.__name__)[:MAX_ERROR_LENGTH]


def tell(result: RecordingResult, unread: Any = ()) -> int:
    """Print what came of the tests in pytest's form; return the exit code that it would have."""
    sys.stdout.flush()
    sys.stderr.flush()
    _tell_failures(result, unread)
    _section("short test summary info", "=")
    for path, _, error in unread:
        _say("ERROR %s - %s" % (path, error))
    for name, (word, why) in result.outcomes.items():
        _say("%s %s%s" % (word, name, " - %s" % why if why else ""))
    sys.stdout.flush()
    if TARGET:
        with open(TARGET, "w", encoding="utf-8") as handle:
            json.dump(RECORDER.tests, handle)
    if not result.outcomes and not unread:
        return NOTHING
    return 1 if unread or any(word == "FAILED" for word, _ in result.outcomes.values()) else 0


def _tell_failures(result: RecordingResult, unread: Any) -> None:
    if unread:
        _section("ERRORS", "=")
    for path, text, _ in unread:
        _section("ERROR collecting %s" % path, "_")
        _say(text)
    if result.texts:
        _section("FAILURES", "=")
    for name, text in result.texts:
        _section(".".join(name.split("::")[1:]), "_")
        _say(text)


def _section(title: str, sign: str) -> None:
    fill = sign * max(MIN_RULE_WIDTH, (WIDTH - len(title) - 2) // 2)
    _say("%s %s %s" % (fill, title, fill))


def _say(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
