"""New text of a file with the line ends that its lines had, each by itself.

An editor may write line feeds alone: a line that stays keeps its own end, a new one gets that
of the line it replaces or stands beside. A carriage return within a line ends none; an edit that
would lose one is refused, since no model copies it reliably and its loss would go unnoticed.
"""

from rooftree.errors import ToolRetryError
from tools.drafts.matching import matched

CRLF, LF = "\r\n", "\n"

LineWithEnd = tuple[str, str]
"""A line's text, and its end: empty for a last line without one."""


def with_ends_of(path: str, before: str, after: str) -> str:
    """Return the new text with the ends of the old one."""
    if CRLF not in before:
        # In a file without it, no edit begins with it.
        after = after.replace(CRLF, LF) if LF in before else after
    if _lone(after) < _lone(before):
        raise ToolRetryError(
            f"the edit drops a carriage return within a line of {path!r}; leave that line as it "
            "is, or edit it by hand"
        )
    if CRLF not in before:
        return after
    old, new = _lines(before), _lines(after)
    ends = _ends(old, new)
    return "".join(text + end for (text, _), end in zip(new, ends, strict=True))


def _lone(text: str) -> int:
    return text.count("\r") - text.count(CRLF)


def _lines(text: str) -> list[LineWithEnd]:
    parts = text.split(LF)
    lines = [(one[:-1], CRLF) if one.endswith("\r") else (one, LF) for one in parts[:-1]]
    return [*lines, (parts[-1], "")] if parts[-1] else lines


def _ends(old: list[LineWithEnd], new: list[LineWithEnd]) -> list[str]:
    """Return the end of each new line."""
    known = _known(old, new)
    usual, ends = _usual(old), list[str]()
    for at, (_, end) in enumerate(new):
        beside = ends[-1] if ends else usual
        ends.append((known.get(at) or beside) if end else "")
    return ends


def _known(old: list[LineWithEnd], new: list[LineWithEnd]) -> dict[int, str]:
    """Return the ends of new lines that stood there before, or that replace others, by number."""
    # What stands around an edit is as it was, ends and all: nothing is to be guessed there.
    head = _same(old, new)
    tail = min(_same(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    around = [*range(head), *range(len(new) - tail, len(new))]
    known = {at: new[at][1] for at in around}
    olds, news = old[head : len(old) - tail], new[head : len(new) - tail]
    texts = [[text for text, _ in lines] for lines in (olds, news)]
    for kind, old_at, old_end, new_at, new_end in matched(*texts).get_opcodes():
        if kind in ("equal", "replace"):
            for at in range(min(new_end - new_at, old_end - old_at)):
                known[head + new_at + at] = olds[old_at + at][1]
    return known


def _same(old: list[LineWithEnd], new: list[LineWithEnd]) -> int:
    """Return how many lines both begin with."""
    count = 0
    while count < min(len(old), len(new)) and old[count] == new[count]:
        count += 1
    return count


def _usual(lines: list[LineWithEnd]) -> str:
    ends = [end for _, end in lines]
    return CRLF if ends.count(CRLF) >= ends.count(LF) else LF
