"""A fix, proved to apply and to parse before anybody sees it."""

from agents.review.findings.finding import Finding, SuggestedFix
from indexing.secrets.redact import MARKER, redact
from tools.diffs.proposal import Proposal
from tools.drafts.syntax import breaks

MAX_FIX_LINES = 20
"""Lines; a longer fix is a change of its own."""


def apply_fix(text: str, fix: SuggestedFix) -> str:
    """Return a file's text with a fix."""
    lines = text.split("\n")
    new = fix.replacement.split("\n") if fix.replacement else []
    return "\n".join([*lines[: fix.line - 1], *new, *lines[fix.end_line :]])


def checked_fix(proposal: Proposal, finding: Finding, replacement: str) -> SuggestedFix | None:
    """Return the fix that puts other lines where a finding stands; None where it does not hold.

    It must differ, be short, be indented as the lines are, and the file must parse as it did. One
    that holds a secret, or the mark that stands for one, is not for showing or putting in.
    """
    text = proposal.text(finding.path)
    if text is None or replacement.count("\n") >= MAX_FIX_LINES or not _may_be_shown(replacement):
        return None
    old = text.split("\n")[finding.line - 1 : finding.end_line]
    new = replacement.strip("\n").split("\n") if replacement.strip() else []
    if [line.strip() for line in old] == [line.strip() for line in new]:
        return None
    fix = SuggestedFix(finding.line, finding.end_line, "\n".join(_indented(old, new)))
    after = apply_fix(text, fix).encode("utf-8", "surrogateescape")
    before = proposal.head.content(finding.path)
    return None if breaks(finding.path, before, after) is not None else fix


def _may_be_shown(replacement: str) -> bool:
    try:
        replacement.encode("utf-8")
    except UnicodeEncodeError:
        return False  # bytes of another encoding, which text cannot say
    return MARKER.search(replacement) is None and redact(replacement) == replacement


def _indented(old: list[str], new: list[str]) -> list[str]:
    """Indent new lines as the old ones, if their first line says that they stand alone."""
    said = next((line for line in new if line.strip()), "")
    there = next((line for line in old if line.strip()), "")
    lacking = there[: len(there) - len(there.lstrip())]
    if not said or said[:1].isspace() or not lacking:
        return new
    return [lacking + line if line.strip() else line for line in new]
