"""Remarks of static tools, and which of them a change has brought."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "major", "minor", "nit"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "nit")
"""The worst first."""
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a tool says of lines of a file."""

    tool: str
    code: str
    path: str
    line: int
    end_line: int
    message: str
    severity: Severity
    category: str


def new_remarks(
    head: Iterable[Remark],
    base: Iterable[Remark],
    head_line: Callable[[str, int], str],
    base_line: Callable[[str, int], str],
) -> tuple[Remark, ...]:
    """Return the remarks of the new files that were not made of the old ones.

    Lines move, so a remark is the same where tool, file, code, message and the text of its line
    are; two of a kind count as two.
    """
    known = Counter(_key(one, base_line) for one in base)
    found = []
    for one in head:
        key = _key(one, head_line)
        if known[key]:
            known[key] -= 1
        else:
            found.append(one)
    return tuple(found)


def _key(remark: Remark, line_of: Callable[[str, int], str]) -> tuple[str, ...]:
    message = _NUMBER.sub("#", remark.message)
    text = line_of(remark.path, remark.line).strip()
    return remark.tool, remark.path, remark.code, message, text
