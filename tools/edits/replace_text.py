"""Replace a piece of a file's text by another, found as a model copied it.

From strict to loose, each step only where it finds exactly one place: as it is; without regard to
blanks at the ends of lines; with typographic signs and spaces taken for plain ones; moved by one
indentation; and at last a block of at least three lines that is very similar, begins and ends with
the same lines, and has no rival. Lines that the old and the new text share keep the bytes that the
file has. Everything else is refused with the nearest block, numbered, and the lines that differ.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rooftree.errors import ToolRetryError
from tools.drafts.matching import matched
from tools.edits.anchors import similar_blocks
from tools.edits.indentation import leading

MatchKind = Literal["exact", "blanks", "signs", "indentation", "similar"]
MIN_SIMILARITY = 0.92
MIN_MARGIN = 0.05
MIN_SIMILAR_LINES = 3
MAX_SHOWN_LINES = 14
MAX_LISTED = 10
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006", " "),
        **dict.fromkeys("\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    }
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text after an edit; `start` to `end` are the new lines (1-based, inclusive)."""

    text: str
    start: int
    end: int
    kind: MatchKind = "exact"
    count: int = 1


def replace_text(text: str, old: str, new: str, *, everywhere: bool = False) -> Replacement:
    """Return the text with `old` replaced; ToolRetryError where that is not one place.

    Line ends are line feeds here; `everywhere` replaces each place that the first step finds.
    """
    text, old, new = (one.replace("\r\n", "\n") for one in (text, old, new))
    if not old.strip():
        raise ToolRetryError("`old` is empty; copy the lines that are to be replaced")
    count = text.count(old)
    if count == 1 or (count and everywhere):
        at = text.index(old)
        start = text.count("\n", 0, at) + 1
        return Replacement(text.replace(old, new), start, start + new.count("\n"), count=count)
    if count > 1:
        raise _several(list(_lines_of(text, old)))
    return _by_lines(text, old, new, everywhere=everywhere)


def _by_lines(text: str, old: str, new: str, *, everywhere: bool) -> Replacement:
    lines, wanted = text.split("\n"), old.strip("\n").split("\n")
    given = new.strip("\n").split("\n") if new.strip("\n") else []
    steps: tuple[tuple[MatchKind, Callable[[str], str]], ...] = (
        ("blanks", str.rstrip),
        ("signs", _plain_signs),
    )
    for kind, fold in steps:
        places = _places([fold(one) for one in lines], [fold(one) for one in wanted])
        if len(places) == 1 or (places and everywhere):
            return _replaced(lines, places, wanted, given, kind)
        if places:
            raise _several([place + 1 for place in places])
    moved = list(_moved(lines, wanted))
    if len(moved) == 1:
        at, shift = moved[0]
        return _replaced(lines, [at], wanted, [shift(one) for one in given], "indentation")
    if moved:
        raise _several([at + 1 for at, _ in moved], "but for their indentation")
    return _similar(lines, wanted, given)


def _replaced(
    lines: list[str],
    places: Sequence[int],
    wanted: Sequence[str],
    given: Sequence[str],
    kind: MatchKind,
) -> Replacement:
    """Put the given lines in; what the old and the new text share stays as the file has it."""
    found = list(lines)
    for at in reversed(places):
        size = len(wanted)
        found[at : at + size] = _kept(found[at : at + size], wanted, given)
    start = places[0] + 1
    return Replacement("\n".join(found), start, start + max(len(given), 1) - 1, kind, len(places))


def _kept(there: Sequence[str], wanted: Sequence[str], given: Sequence[str]) -> list[str]:
    old, new = ([one.strip() for one in lines] for lines in (wanted, given))
    result = list(given)
    for tag, old_at, old_end, new_at, new_end in matched(old, new).get_opcodes():
        if tag != "equal":
            continue
        for old_line, new_line in zip(range(old_at, old_end), range(new_at, new_end), strict=True):
            # An edit may move a line; then the file's own blanks are not what is wanted.
            same_place = leading(wanted[old_line]) == leading(given[new_line])
            if same_place or there[old_line].strip() == given[new_line].strip() == "":
                result[new_line] = there[old_line]
    return result


def _places(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    size = len(wanted)
    return [
        at
        for at in range(len(lines) - size + 1)
        if lines[at] == wanted[0] and list(lines[at : at + size]) == list(wanted)
    ]


def _moved(
    lines: Sequence[str], wanted: Sequence[str]
) -> Iterator[tuple[int, Callable[[str], str]]]:
    """Yield each place where the lines stand at one other indentation, and how to move there."""
    plain = [_plain_signs(line) for line in lines]
    told = [_plain_signs(line) for line in wanted]
    first = next(number for number, line in enumerate(told) if line)
    bare = told[first].lstrip()
    for at in range(len(lines) - len(wanted) + 1):
        if plain[at + first].lstrip() != bare:
            continue
        shift = _shift(leading(lines[at + first]), leading(wanted[first]))
        if shift is not None and all(
            plain[at + number] == _plain_signs(shift(wanted[number])) for number in range(len(told))
        ):
            yield at, shift


def _shift(there: str, here: str) -> Callable[[str], str] | None:
    """Return what moves a line from one indentation to another by the same blanks."""
    if there.endswith(here):
        more = there[: len(there) - len(here)]
        return lambda line: more + line if line.strip() else line
    if here.endswith(there):
        less = here[: len(here) - len(there)]
        return lambda line: line.removeprefix(less)
    return None


def _similar(lines: list[str], wanted: list[str], given: list[str]) -> Replacement:
    near, nearest = similar_blocks(lines, wanted, MIN_SIMILARITY - MIN_MARGIN)
    size = len(wanted)
    if near and size >= MIN_SIMILAR_LINES:
        (ratio, at), *others = near
        # The windows beside the best one hold most of the same lines and are no rivals.
        rivals = [score for score, other in others if abs(other - at) > size // 2]
        ends_alike = all(
            _plain_signs(lines[at + offset]).strip() == _plain_signs(wanted[offset]).strip()
            for offset in (0, size - 1)
        )
        alone = not rivals or ratio - rivals[0] >= MIN_MARGIN
        shift = _shift(leading(lines[at]), leading(wanted[0]))
        if ratio >= MIN_SIMILARITY and alone and ends_alike and shift is not None:
            return _replaced(lines, [at], wanted, [shift(one) for one in given], "similar")
    raise ToolRetryError(_not_found(lines, wanted, near[0][1] if near else nearest))


def _not_found(lines: Sequence[str], wanted: Sequence[str], nearest: int | None) -> str:
    if nearest is None:
        return "`old` is not in the file, and nothing in it is like that; read the file again"
    there = lines[nearest : nearest + len(wanted)]
    shown = numbered(there[:MAX_SHOWN_LINES], nearest + 1)
    differing = [
        f"line {nearest + number + 1} of the file differs from line {number + 1} of `old`"
        for number, (one, other) in enumerate(zip(there, wanted, strict=False))
        if one.rstrip() != other.rstrip()
    ]
    told = "; ".join(differing[:3])
    return (
        f"`old` is not in the file. The nearest is:\n{shown}\n{told}; copy these lines as they "
        "stand, without their numbers"
    )


def numbered(lines: Sequence[str], first: int) -> str:
    """Return lines as `read` shows them, each with its number."""
    return "\n".join(f"{number:>6}| {line}" for number, line in enumerate(lines, first))


def _plain_signs(line: str) -> str:
    """Return a line with plain quotes, dashes and spaces, and without blanks at its end."""
    return unicodedata.normalize("NFC", line).translate(_SIGNS).rstrip()


def _lines_of(text: str, old: str) -> Iterator[int]:
    at = text.find(old)
    while at >= 0:
        yield text.count("\n", 0, at) + 1
        at = text.find(old, at + len(old))


def _several(numbers: Sequence[int], how: str = "") -> ToolRetryError:
    shown = ", ".join(map(str, numbers[:MAX_LISTED]))
    more = f" and {len(numbers) - MAX_LISTED} more" if len(numbers) > MAX_LISTED else ""
    told = f"`old` stands at {len(numbers)} places{f', {how}' if how else ''} "
    return ToolRetryError(
        f"{told}(lines {shown}{more}); copy more lines around the one that is meant, or say "
        "all=true to replace each"
    )
