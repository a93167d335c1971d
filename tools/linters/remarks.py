"""Remarks of static tools, and which of them a change has brought."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tools.diffs.patch import FileDiff

Severity = Literal["critical", "major", "minor", "nit"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "nit")
"""The worst first."""
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class LinterRemark:
    """What a tool says of lines of a file."""

    tool: str
    code: str
    path: str
    line: int
    end_line: int
    message: str
    severity: Severity
    category: str


@dataclass(frozen=True, slots=True)
class LinterReport:
    """What a tool said of some files."""

    remarks: tuple[LinterRemark, ...]
    unread: tuple[str, ...] = ()
    """Files that it could not read, such as those in a newer Python than its own."""


def new_remarks(
    head: Iterable[LinterRemark],
    base: Iterable[LinterRemark],
    files: Sequence[FileDiff],
    head_line: Callable[[str, int], str],
    base_line: Callable[[str, int], str],
) -> tuple[LinterRemark, ...]:
    """Return the remarks of the new files that were not made of the old ones.

    Lines move, so a remark is the same where tool, file, code, message and the text of its line
    are; two of a kind count as two. Where its line was changed, the remark on the lines that stood
    there before is the same.
    """
    renamed = {one.old_path: one.path for one in files}
    left: dict[tuple[str, ...], list[LinterRemark]] = {}
    for was in base:
        now = replace(was, path=renamed.get(was.path, was.path))
        left.setdefault(_key(now, base_line(was.path, was.line)), []).append(now)
    found = []
    for one in head:
        same = left.get(_key(one, head_line(one.path, one.line)))
        if same:
            same.pop()
        else:
            found.append(one)
    stood = [one for remarks in left.values() for one in remarks]
    places = {one.path: one for one in files}
    return tuple(one for one in found if not _stood_there(one, stood, places.get(one.path)))


def _stood_there(remark: LinterRemark, before: list[LinterRemark], diff: FileDiff | None) -> bool:
    """Say whether the lines that a changed line took the place of had the same remark.

    Each of those is taken for one new remark and no more: it is removed from `before`.
    """
    for block in diff.blocks() if diff is not None else ():
        if remark.line not in block.new_lines:
            continue
        old = range(block.old_start, block.old_start + len(block.old))
        for one in before:
            if one.line in old and _kind(one) == _kind(remark):
                before.remove(one)
                return True
    return False


def _key(remark: LinterRemark, line: str) -> tuple[str, ...]:
    return (*_kind(remark), line.strip())


def _kind(remark: LinterRemark) -> tuple[str, ...]:
    return remark.tool, remark.path, remark.code, _NUMBER.sub("#", remark.message)
