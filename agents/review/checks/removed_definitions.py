"""What is said of a definition that a change takes away and that other files still use."""

from collections.abc import Iterator

from agents.review.findings.anchors import line_beside_removal, quoted_lines
from agents.review.findings.diff_regions import NEW, OLD, DiffSide
from agents.review.findings.finding import Finding
from tools.diffs.proposal import Proposal
from tools.diffs.removals.removed_definitions import RemovedDefinition
from tools.diffs.removals.usage_finder import (
    MAX_CHARACTERS,
    MAX_FILES_PARSED,
    MAX_FILES_READ,
    RemovalSearch,
)

MAX_NAMED = 4
EVIDENCE = "the places meant it before the change, and mean nothing after it"
OF_CALLS = "the calls fit what it took before the change, and not what it takes after it"
MAX_SHOWN_LINES = 10
"""Lines of what is gone that are shown."""


def removed_findings(proposal: Proposal, search: RemovalSearch) -> Iterator[Finding]:
    """Yield a finding for each thing that is gone and certainly still used."""
    for gone in search.gone:
        if gone.used:
            yield _finding(proposal, gone)


def removed_bounds(search: RemovalSearch) -> Iterator[str]:
    """Yield what is unknown about uses of what was removed."""
    unsure = [one for one in search.gone if one.perhaps and not one.used]
    for gone in unsure[:MAX_NAMED]:
        yield (
            f"`{gone.title}` is taken away, and whether it is meant where its name still stands "
            f"cannot be told: {_listed(list(map(str, gone.perhaps)))}{_unread(gone)}"
        )
    if len(unsure) > MAX_NAMED:
        yield f"the same of {len(unsure) - MAX_NAMED} more definitions that are taken away"
    if not search.whole:
        yield (
            f"uses of what is taken away were not looked for everywhere: {MAX_FILES_READ} files "
            f"are read at most, and {MAX_FILES_PARSED} that name it, of {MAX_CHARACTERS >> 20} "
            "million letters"
        )


def _finding(proposal: Proposal, gone: RemovedDefinition) -> Finding:
    start, end, side = _lines(gone)
    text = proposal.text_of(gone.diff, old=side == OLD) or ""
    return Finding(
        gone.diff.path,
        start,
        end,
        "major" if gone.takes or (gone.symbol and "." in gone.symbol.qualified) else "critical",
        "bug",
        _claim(gone),
        "static:rooftree",
        quoted_lines(text, start, end),
        trigger=f"{gone.used[0]} runs",
        evidence=(EVIDENCE if gone.takes is None else OF_CALLS,),
        confidence=0.95,
        symbol=gone.symbol.qualified if gone.symbol else "",
        code="removed" if gone.takes is None else "signature",
        side=side,
        beside=line_beside_removal(start, gone.diff, proposal.text(gone.diff.path))
        if side == OLD
        else 0,
    )


def _claim(gone: RemovedDefinition) -> str:
    count = len(gone.used)
    listed = _listed(list(map(str, gone.used))) + _unread(gone)
    if gone.takes is not None:
        calls = "a call gives" if count == 1 else f"{count} calls give"
        return f"`{gone.title}` takes other arguments now, and {calls} it those of before: {listed}"
    moved = gone.symbol is None and gone.diff.kind == "renamed"
    places = "a place uses it" if count == 1 else f"{count} places use it"
    return f"`{gone.title}` is {'moved' if moved else 'taken'} away, and {places} still: {listed}"


def _unread(gone: RemovedDefinition) -> str:
    """Tell of the files that were left out since enough was known: they are no uses yet."""
    if not gone.unread:
        return ""
    count = "one more file" if gone.unread == 1 else f"{gone.unread} more files"
    return f"; {count} that may name it {'was' if gone.unread == 1 else 'were'} not looked into"


def _lines(gone: RemovedDefinition) -> tuple[int, int, DiffSide]:
    """Return the lines that the diff shows as gone; of a file that only moved, its first.

    Where only the arguments are others, they are the new lines of the definition.
    """
    symbol, changed, side = gone.symbol, gone.diff.removed, OLD
    if gone.takes is not None:
        symbol, changed, side = gone.takes.symbol, gone.diff.added, NEW
    lines = sorted(changed)
    if symbol is not None:
        lines = [line for line in lines if symbol.start <= line <= symbol.end]
    if not lines:
        start = symbol.start if symbol is not None and side == NEW else 1
        return start, start, NEW
    end = lines[0]
    while end + 1 in lines and end + 1 < lines[0] + MAX_SHOWN_LINES:
        end += 1
    return lines[0], end, side


def _listed(places: list[str]) -> str:
    told = list(dict.fromkeys(places))
    more = f" and {len(told) - MAX_NAMED} more" if len(told) > MAX_NAMED else ""
    return ", ".join(told[:MAX_NAMED]) + more
