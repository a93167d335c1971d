"""One gitignore pattern as a compiled expression over bytes, with the meaning git gives it.

Git matches bytes, so `?` is one byte of a UTF-8 name, and a malformed class never matches. Every
step is an atomic group, so a pattern made of many stars costs no more than pattern times path
(git's own matcher is exponential there). It does not depend on files or rule precedence.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

SLASH = ord("/")
STAR = ord("*")
BACKSLASH = ord("\\")
SPECIAL = b"*?[\\"
NEVER = re.compile(rb"(?!)")

_ALNUM = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PUNCT = frozenset(byte for byte in range(33, 127) if byte not in _ALNUM)
NAMED_CLASSES: dict[bytes, frozenset[int]] = {
    b"alnum": _ALNUM,
    b"alpha": frozenset(byte for byte in _ALNUM if not chr(byte).isdigit()),
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset([*range(32), 127]),
    b"digit": frozenset(b"0123456789"),
    b"graph": _ALNUM | _PUNCT,
    b"lower": frozenset(b"abcdefghijklmnopqrstuvwxyz"),
    b"print": _ALNUM | _PUNCT | {32},
    b"punct": _PUNCT,
    b"space": frozenset(b" \t\n\v\f\r"),
    b"upper": frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    b"xdigit": frozenset(b"0123456789abcdefABCDEF"),
}


class MalformedPatternError(ValueError):
    """A pattern that git never matches: an open class, or a backslash at the end."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a pattern: `one` byte, any bytes of a segment, or any `folders`."""

    kind: Literal["one", "segment", "folders", "some folders", "rest"]
    expression: bytes = b""


@lru_cache(maxsize=4096)
def compile_glob(pattern: bytes, *, path: bool) -> re.Pattern[bytes]:
    """Compile a pattern for `fullmatch`; with `path` a `**` between slashes crosses folders.

    Git compares the part before the first special byte literally and starts its matcher after it,
    so `a**/b` is read as `a` followed by `**/b`; the same is done here.
    """
    head = _literal_length(pattern)
    try:
        steps = _steps(pattern[head:], path)
    except MalformedPatternError:
        return NEVER
    return re.compile(re.escape(pattern[:head]) + _expression(steps), re.DOTALL)


def _literal_length(pattern: bytes) -> int:
    return next((i for i, byte in enumerate(pattern) if byte in SPECIAL), len(pattern))


def _steps(pattern: bytes, path: bool) -> list[_Step]:
    steps: list[_Step] = []
    at = 0
    while at < len(pattern):
        byte = pattern[at]
        if byte == STAR:
            step, at = _star(pattern, at, path)
        elif byte == ord("["):
            step, at = _class(pattern, at + 1)
        elif byte == ord("?"):
            step, at = _Step("one", b"[^/]"), at + 1
        elif byte == BACKSLASH:
            if at + 1 == len(pattern):
                raise MalformedPatternError(pattern)
            step, at = _Step("one", re.escape(pattern[at + 1 : at + 2])), at + 2
        else:
            step, at = _Step("one", re.escape(pattern[at : at + 1])), at + 1
        steps.append(step)
    return steps


def _star(pattern: bytes, at: int, path: bool) -> tuple[_Step, int]:
    end = at
    while end < len(pattern) and pattern[end] == STAR:
        end += 1
    starts_segment = at == 0 or pattern[at - 1] == SLASH
    if not path or end - at < 2 or not starts_segment:
        return _Step("segment"), end
    if end == len(pattern):
        return _Step("rest"), end
    if pattern[end] == SLASH:
        return _Step("folders"), end + 1
    if pattern[end : end + 2] == b"\\/":
        return _Step("some folders"), end + 2
    return _Step("segment"), end


def _class(pattern: bytes, at: int) -> tuple[_Step, int]:
    """Read a bracket class whose first byte is at `at`; a slash is never a member."""
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous = 0
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        previous, at = _member(pattern, at, previous, members)
    wanted = set(range(1, 256)) - members if negated else members
    listed = b"".join(b"\\x%02x" % byte for byte in sorted(wanted - {SLASH}))
    return _Step("one", b"[" + listed + b"]" if listed else b"(?!)"), at + 1


def _member(pattern: bytes, at: int, previous: int, members: set[int]) -> tuple[int, int]:
    """Add one member or range to a class; return what a following `-` starts from, and where."""
    byte = _byte(pattern, at)
    if byte == BACKSLASH:
        byte = _byte(pattern, at + 1)
        members.add(byte)
        return byte, at + 2
    if byte == ord("-") and previous and pattern[at + 1 : at + 2] not in (b"", b"]"):
        at += 1
        last = _byte(pattern, at)
        if last == BACKSLASH:
            at += 1
            last = _byte(pattern, at)
        members.update(range(previous, last + 1))
        return 0, at + 1
    if byte == ord("[") and pattern[at + 1 : at + 2] == b":":
        return _named_class(pattern, at, members)
    members.add(byte)
    return byte, at + 1


def _named_class(pattern: bytes, at: int, members: set[int]) -> tuple[int, int]:
    end = pattern.find(b"]", at + 2)
    if end < 0:
        raise MalformedPatternError(pattern)
    if end == at + 2 or pattern[end - 1] != ord(":"):
        members.add(ord("["))
        return ord("["), at + 1
    name = pattern[at + 2 : end - 1]
    if name not in NAMED_CLASSES:
        raise MalformedPatternError(pattern)
    members.update(NAMED_CLASSES[name])
    return 0, end + 1


def _byte(pattern: bytes, at: int) -> int:
    if at >= len(pattern):
        raise MalformedPatternError(pattern)
    return pattern[at]


def _expression(steps: list[_Step]) -> bytes:
    """Join steps; after a star the earliest place where the next stretch fits is the right one."""
    wild = [index for index, step in enumerate(steps) if step.kind != "one"]
    bounds = [*wild, len(steps)]
    out = _run(steps[: bounds[0]])
    folders = False
    for index, start in enumerate(wild):
        stretch = _run(steps[start + 1 : bounds[index + 1]])
        last = index + 1 == len(wild)
        kind = steps[start].kind
        if kind == "segment":
            out += b"[^/]*" + stretch if last else b"(?>[^/]*?" + stretch + b")"
            continue
        # A `**` may have to move on when what follows it fails, up to the next `**`: each block
        # between two of them is one atomic group, closed when the next begins.
        out += b")" if folders else b""
        folders = kind != "rest"
        more = b"+?" if kind == "some folders" else b"*?"
        out += b"(?>(?:[^/]*/)" + more + stretch if folders else b".*"
    return out + (b"\\Z)" if folders else b"")


def _run(steps: list[_Step]) -> bytes:
    return b"".join(step.expression for step in steps)
