"""Ignore files, read as git reads `.gitignore`: nested, last match wins, deeper files win.

The same rules serve `.gitignore` in plain folders and `.rooftreeignore` everywhere. Names are
bytes, as on disk. It does not read git's index or choose files.
"""

import re
from dataclasses import dataclass

from indexing.files.wildmatch import compile_glob

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One line of an ignore file."""

    negated: bool
    folders_only: bool
    base_name: bool
    expression: re.Pattern[bytes]

    def matches(self, path: bytes, name: bytes, is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return False
        return self.expression.fullmatch(name if self.base_name else path) is not None


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of one file, for paths below `base` (bytes, empty or ending in a slash)."""

    base: bytes
    rules: tuple[IgnoreRule, ...]

    def verdict(self, path: bytes, is_folder: bool) -> bool | None:
        """Return True for ignored, False for re-included, None for not mentioned here."""
        inner = path[len(self.base) :]
        name = inner.rpartition(b"/")[2]
        for rule in reversed(self.rules):
            if rule.matches(inner, name, is_folder):
                return not rule.negated
        return None


@dataclass(frozen=True, slots=True)
class IgnoreStack:
    """The ignore files from the root down to one folder.

    A folder that is ignored must not be entered: nothing below it can be re-included, and that
    rule of git's is the walker's to keep.
    """

    files: tuple[IgnoreFile, ...] = ()

    def with_file(self, base: bytes, content: bytes) -> "IgnoreStack":
        rules = parse_rules(content)
        return IgnoreStack((*self.files, IgnoreFile(base, rules))) if rules else self

    def ignores(self, path: bytes, is_folder: bool) -> bool:
        for file in reversed(self.files):
            verdict = file.verdict(path, is_folder)
            if verdict is not None:
                return verdict
        return False


def parse_rules(content: bytes) -> tuple[IgnoreRule, ...]:
    """Return the rules of an ignore file's content, in order."""
    lines = content.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    rules = (_parse_line(line.removesuffix(b"\r")) for line in lines)
    return tuple(rule for rule in rules if rule is not None)


def _parse_line(line: bytes) -> IgnoreRule | None:
    if line.startswith(b"#"):
        return None
    # Git holds a line as a C string, so a NUL ends it.
    pattern = _without_trailing_spaces(line.partition(b"\0")[0])
    negated = pattern.startswith(b"!")
    pattern = pattern[negated:]
    folders_only = pattern.endswith(b"/")
    pattern = pattern.removesuffix(b"/")
    if not pattern:
        return None
    base_name = b"/" not in pattern
    expression = compile_glob(pattern.removeprefix(b"/"), path=not base_name)
    return IgnoreRule(negated, folders_only, base_name, expression)


def _without_trailing_spaces(line: bytes) -> bytes:
    """Cut the spaces at the end, up to the last one that a backslash protects."""
    stripped = line.rstrip(b" ")
    backslashes = len(stripped) - len(stripped.rstrip(b"\\"))
    return line[: len(stripped) + 1] if backslashes % 2 and stripped != line else stripped
