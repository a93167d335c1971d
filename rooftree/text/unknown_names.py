"""Names that somebody gave and that nothing has: which there are, and which may have been meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_NEAR = 3
MOST_TOLD = 12
LONGEST = 100
ALIKE = 0.6


def unknown_name(what: str, name: str, known: Iterable[str], see: str = "") -> str:
    """Return the sentence that says that there is no `what` of this name.

    It names those that are alike, or all of them where they are few, and `see` says how all are
    shown.
    """
    names = sorted(set(known))
    text = f"there is no {what} {name[:LONGEST]!r}"
    near = near_names(name, names)
    if near:
        text += f"; did you mean {' or '.join(map(repr, near))}?"
    elif len(names) <= MOST_TOLD:
        text += f"; there {_told(names)}"
    return f"{text}; {see}" if see else text


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that somebody may have meant, the likeliest first."""
    by_folded = {one.casefold(): one for one in sorted(known)}
    folded = name[:LONGEST].casefold()
    found = get_close_matches(folded, by_folded, n=MOST_NEAR, cutoff=ALIKE)
    return [by_folded[one] for one in found]


def _told(names: list[str]) -> str:
    if not names:
        return "is none"
    return f"{'is' if len(names) == 1 else 'are'} {', '.join(names)}"
