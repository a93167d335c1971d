"""Every regular expression of the product takes time in proportion to the text, on any text.

Python's `re` holds the interpreter while it searches: a pattern that goes back and forth over
foreign text stops the whole server, and no thread helps.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.linear.arguments import ARGUMENTS
from tests.linear.collect import PARTS, AnyPattern, Collection, Found, collect
from tests.linear.cost import grows_too_fast
from tests.linear.shapes import Shape, shapes_of

WHAT_TO_DO = (
    "Start at a boundary by a lookbehind instead of anywhere, make repeats possessive (`*+`), give "
    "them a bound, or read line by line; `.` and `\\s` that may overlap with their neighbours are "
    "what goes wrong most often."
)
MIN_PATTERNS = 200
"""Far fewer would mean that the walk does not see what it should."""

SHARES = 8
"""Tests that the patterns of a part are divided among."""

collected = cache(collect)


def reading(
    pattern: re.Pattern[Any], way: str, shape: Shape
) -> Callable[[int], Callable[[], object]]:
    """Return what reads a text of the shape by one method of the pattern."""

    def read(length: int) -> Callable[[], object]:
        text = shape.text(length)
        given = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
        if way == "finditer":
            return lambda: sum(1 for _ in pattern.finditer(given))
        return lambda: getattr(pattern, way)(given)

    return read


def slow_on(pattern: AnyPattern, ways: set[str]) -> str:
    """Return a text that a pattern is slow on, and how slow; empty if there is none."""
    # Replacing and splitting look for all matches, and so do more than a search.
    plain = {way if way in {"match", "fullmatch", "search"} else "finditer" for way in ways}
    for shape in shapes_of(pattern):
        for way in sorted(plain - ({"search"} if "finditer" in plain else set())):
            verdict = grows_too_fast(reading(pattern, way, shape))
            if verdict:
                return f"{way} of {shape}: {verdict}"
    return ""


def of_part(collection: Collection, part: str) -> list[Found]:
    found = [one for one in collection.found.values() if one.name.startswith(f"{part}/")]
    return sorted(found, key=lambda one: one.name)


def share_of(pattern: AnyPattern) -> int:
    """Return which share of its part's a pattern is in: always the same, wherever it stands."""
    return hashlib.sha256(repr(pattern.pattern).encode()).digest()[0] % SHARES


@pytest.mark.eighth("way")
@pytest.mark.parametrize(
    ("source", "flags", "way"),
    [
        (r"(a+)+$", 0, "search"),
        (r"\s*\n!", 0, "search"),
        (r"^\s*x", re.MULTILINE, "search"),
        (r"a.*x", re.DOTALL, "search"),
        (r"<a>.*?</a>", re.DOTALL, "finditer"),
        (r"(?:a|a)*b", 0, "match"),
        (r"(\w+\s?)*:", 0, "match"),
        (r"(.*?,){11}P", 0, "match"),
        (r"a*a*b", 0, "match"),
        (r"[^\n]*\n", 0, "finditer"),
        (r"(?<![\w/])((?:[\w.-]+/)*[\w-]+\.[A-Za-z]\w{0,4})(?::(\d+))?\b", 0, "finditer"),
        (r"^\s*[\w.]*(?:Error|Warning)\w*: (.{6,300})$", re.MULTILINE, "finditer"),
        (r"^(PASSED|ERROR) (?:\[\d+\] )?(\S.*?(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE, "findall"),
        (r"(?P<path>[\w./-]+\.py)::(?P<name>\w+)", 0, "finditer"),
    ],
)
def test_a_pattern_that_goes_back_and_forth_is_found(source: str, flags: int, way: str) -> None:
    assert slow_on(re.compile(source, flags), {way})


@pytest.mark.parametrize(
    ("source", "flags", "way"),
    [
        (r'"[^"]*x', 0, "search"),
        (r"x{0,400}y", 0, "search"),
        (r"(?>a+)b", 0, "match"),
        (r"(?<![\w.])[\w.]++:", 0, "finditer"),
        (r"^[^\S\n]*+x", re.MULTILINE, "search"),
    ],
)
def test_a_pattern_that_reads_once_is_let_by(source: str, flags: int, way: str) -> None:
    assert not slow_on(re.compile(source, flags), {way})


def test_every_pattern_is_seen() -> None:
    """A new one that depends on a function's own variables fails here until it is registered."""
    collection = collected()
    assert collection.unresolved == []
    assert set(ARGUMENTS) == collection.registered
    assert len(collection.found) >= MIN_PATTERNS


@pytest.mark.eighth("part")
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("part", PARTS)
def test_the_patterns_of_a_part_are_linear(part: str, share: int) -> None:
    slow = {
        f"{found.name} {found.pattern.pattern!r:.80}": verdict
        for found in of_part(collected(), part)
        if share_of(found.pattern) == share and (verdict := slow_on(found.pattern, found.ways))
    }
    assert slow == {}, WHAT_TO_DO
