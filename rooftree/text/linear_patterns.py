"""Patterns that somebody else wrote, matched by RE2: in time in proportion to the text, always."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2  # type: ignore[import-untyped]  # it ships neither stubs nor types

from rooftree.errors import ToolRetryError

MAX_PATTERN_LENGTH = 1_000
_GLOB_PART = re2.compile(r"(?s)\*\*/|\*\*|.")
_GLOB_SIGNS = {
    "**/": "(?:.*/)?",
    "**": ".*",
    "*": "[^/]*",
    "?": "[^/]",
    "{": "(?:",
    ",": "|",
    "}": ")",
}


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A pattern that is looked for in the bytes of UTF-8 text."""

    compiled: Any

    def lines(self, data: bytes) -> Iterator[int]:
        """Yield the number of each line (1-based) on which a match begins, once."""
        last, line, at = 0, 1, 0
        for match in self.compiled.finditer(data):
            line += data.count(b"\n", at, match.start())
            at = match.start()
            if line != last:
                yield line
            last = line


def text_pattern(text: str, *, any_case: bool) -> LinePattern:
    """Return a pattern that matches a text as it is."""
    return _compiled(re2.escape(text), any_case=any_case)


def word_pattern(word: str) -> LinePattern:
    """Return a pattern that matches a word, and no longer one that holds it."""
    return _compiled(rf"\b{re2.escape(word)}\b", any_case=False)


def regex_pattern(written: str) -> LinePattern:
    """Return a pattern that a model wrote; ToolRetryError says what RE2 cannot read in it."""
    return _compiled(f"(?m){written}", any_case=False)


def _compiled(written: str, *, any_case: bool) -> LinePattern:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not any_case
    try:
        return LinePattern(re2.compile(written.encode("utf-8", "replace"), options))
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if error.args else "it cannot be read"
        raise ToolRetryError(
            f"the pattern is no regex of RE2: {why}; correct it, or use kind='text'"
        ) from None


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob over paths: `**` crosses folders; one without a slash is of the file's name alone."""

    compiled: Any
    is_of_path: bool

    def fits(self, path: str) -> bool:
        name = path if self.is_of_path else path.rpartition("/")[2]
        return self.compiled.fullmatch(name) is not None


def glob_of(written: str) -> Glob:
    """Read a glob such as `src/**/*.{ts,tsx}`; ToolRetryError where it cannot be read."""
    parts = _GLOB_PART.findall(written[:MAX_PATTERN_LENGTH])
    inside = False
    translated = []
    for part in parts:
        inside = part == "{" or (inside and part != "}")
        known = part in _GLOB_SIGNS and (part != "," or inside)
        translated.append(_GLOB_SIGNS[part] if known else re2.escape(part))
    options = re2.Options()
    options.log_errors = False
    try:
        return Glob(re2.compile(f"(?s){''.join(translated)}", options), "/" in written)
    except re2.error:
        raise ToolRetryError(
            f"the glob {written[:200]!r} cannot be read; write one such as src/**/*.ts"
        ) from None
