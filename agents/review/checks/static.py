"""New remarks of static tools, on lines that can carry a comment."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.review.checks.scope import enclosing
from agents.review.findings.anchors import Anchor, anchor_of, quoted_lines
from agents.review.findings.diff_regions import OLD
from agents.review.findings.finding import Finding, FindingSource
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.linters.linter_runner import LinterRunner
from tools.linters.remarks import LinterRemark, new_remarks
from tools.linters.structure import structure_remarks
from tools.projects.test_file_names import is_test_file

SOURCES: dict[str, FindingSource] = {
    "ruff": "static:ruff",
    "bandit": "static:bandit",
    "rooftree": "static:rooftree",
}
MAX_REMARK_LINES = 10
_SWITCH = re.compile(
    r"^[^\S\n]*+#[^\S\n]*+(?:ruff|flake8)[^\S\n]*+:[^\S\n]*+noqa[^\S\n]*+$",
    re.MULTILINE | re.IGNORECASE,
)
_UNDEFINED = re.compile(r"Undefined name `(\w+)`")


async def static_findings(
    proposal: Proposal, files: Sequence[FileDiff], linters: LinterRunner | None
) -> tuple[Finding, ...]:
    """Ask all tools; without a sandbox only those that run nothing."""
    remarks = list(structure_remarks(proposal))
    if linters is not None:
        remarks += await _linted(proposal, files, linters)
    return tuple(_findings(proposal, files, remarks))


async def _linted(
    proposal: Proposal, files: Sequence[FileDiff], linters: LinterRunner
) -> tuple[LinterRemark, ...]:
    python = [one for one in files if one.path.endswith((".py", ".pyi"))]
    if not python:
        return ()
    for one in python:
        if _SWITCH.search(proposal.text(one.path) or ""):
            linters.note_problem(f"{one.path} switches ruff off for all of itself by a comment")
    after = await linters.remarks(proposal.head, [one.path for one in python])
    if not any(after.values()):
        return ()
    before = await linters.remarks(proposal.base, [one.old_path for one in python])
    # A tool that could not look at the old files cannot say what is new in the others.
    both = [name for name in after if name in before]
    return new_remarks(
        [one for name in both for one in after[name]],
        [one for name in both for one in before[name]],
        python,
        lambda path, line: _line(proposal.text(path), line),
        lambda path, line: _line(proposal.base_text(path), line),
    )


def _findings(
    proposal: Proposal, files: Sequence[FileDiff], remarks: Sequence[LinterRemark]
) -> Iterator[Finding]:
    for remark in remarks:
        diff = next((one for one in files if one.path == remark.path), None)
        text = proposal.text(remark.path)
        if diff is None or text is None or (remark.tool == "bandit" and is_test_file(diff.path)):
            continue
        placed = _placed(remark, diff, proposal)
        if placed is None:
            continue
        if placed.side == OLD:
            text = proposal.base_text(diff.old_path) or ""
        symbol = enclosing(text, remark.path, placed.line)
        yield Finding(
            remark.path,
            placed.line,
            placed.end_line,
            remark.severity,
            remark.category,
            remark.message,
            SOURCES[remark.tool],
            quoted_lines(text, placed.line, placed.end_line),
            trigger=f"{remark.tool} {remark.code}",
            evidence=(f"{remark.tool} says {remark.code} here, and not of the lines before",),
            confidence=0.9,
            symbol=symbol.qualified if symbol else "",
            code=remark.code,
            side=placed.side,
            beside=placed.beside,
        )


def _placed(remark: LinterRemark, diff: FileDiff, proposal: Proposal) -> Anchor | None:
    """Return the lines of a remark if the diff shows them.

    A name that is undefined now is used where nothing changed: what changed is that the line which
    defined it is gone, and there it is said.
    """
    end = min(remark.end_line, remark.line + MAX_REMARK_LINES - 1)
    if diff.added.intersection(range(remark.line, end + 1)) and diff.shows(remark.line, end):
        return Anchor(remark.line, end)
    if diff.added.intersection((remark.line,)):
        return Anchor(remark.line, remark.line)
    undefined = _UNDEFINED.search(remark.message)
    if undefined is not None:
        return _where_gone(undefined[1], diff, proposal)
    told_of_hunk = remark.severity == "critical" and diff.shows(remark.line, remark.line)
    return Anchor(remark.line, remark.line) if told_of_hunk else None


def _where_gone(name: str, diff: FileDiff, proposal: Proposal) -> Anchor | None:
    word = re.compile(rf"\b{re.escape(name)}\b")
    for block in diff.blocks():
        if any(word.search(line) for line in block.old):
            found = anchor_of(block, diff, proposal.text(diff.path))
            if found is None:
                return None
            return replace(found, end_line=min(found.end_line, found.line + MAX_REMARK_LINES - 1))
    return None


def _line(text: str | None, number: int) -> str:
    lines = (text or "").split("\n")
    return lines[number - 1] if 1 <= number <= len(lines) else ""
