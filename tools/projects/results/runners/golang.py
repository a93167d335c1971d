"""Read `go test -json`: events by package and test, and among them what the compiler prints."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

_BUILD = re.compile(r"^FAIL\s+(\S+) \[(?:build|setup) failed\]$")
_TEST = re.compile(r"^[^\S\n]*+--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_BUILT = re.compile(r"^(FAIL)\s+(\S+) \[(?:build|setup) failed\]$", re.MULTILINE)
_OK = re.compile(r"^(ok)[^\S\n]++(\S+)\s++(?!\S*+ ?\[no tests)", re.MULTILINE)
"""A package as a whole: one that does not build any more names none of its tests."""
_PLAIN = {"PASS": "PASSED", "ok": "PASSED", "FAIL": "FAILED", "SKIP": "SKIPPED"}
_WORDS: Mapping[str, str] = {"pass": "PASSED", "fail": "FAILED", "skip": "SKIPPED"}


def read_go(text: str) -> Iterator[tuple[str, str]]:
    """Yield `package::Test/subtest` with its outcome, and packages as such.

    A package passes where a test in it did: one without tests, or none that was asked for, is no
    evidence. It fails by itself where no test in it is told to, such as where it does not build.
    """
    told: dict[str, set[str]] = defaultdict(set)
    events = 0
    for event, line in _lines(text):
        events += event is not None
        built = _BUILD.match(line) if event is None else None
        if built is not None:
            yield built[1], "FAILED"
        if event is None:
            continue
        package, test = event.get("Package"), event.get("Test")
        word = _WORDS.get(str(event.get("Action")), "")
        if not word or not isinstance(package, str):
            continue
        if isinstance(test, str) and test:
            told[package].add(word)
            yield f"{package}::{test}", word
        elif (word == "PASSED") is (word in told[package]) and word != "SKIPPED":
            yield package, word
    if not events:
        yield from _read_words(text)


def _read_words(text: str) -> Iterator[tuple[str, str]]:
    """Read what is printed without `-json`, which names no package of a test."""
    for pattern in (_TEST, _BUILT, _OK):
        for word, name in pattern.findall(text):
            yield name, _PLAIN[word]


def readable_go(text: str) -> str:
    """Return what a person would have read without `-json`."""
    told: list[str] = []
    for event, line in _lines(text):
        output = line + "\n" if event is None else event.get("Output", "")
        if isinstance(output, str) and not output.startswith(("=== RUN", "=== PAUSE", "=== CONT")):
            told.append(output)
    return "".join(told)


def _lines(text: str) -> Iterator[tuple[dict[str, Any] | None, str]]:
    for line in text.split("\n"):
        event: Any = None
        if line.startswith("{"):
            with suppress(ValueError, RecursionError):
                event = json.loads(line)
        yield (event, line) if isinstance(event, dict) and "Action" in event else (None, line)
