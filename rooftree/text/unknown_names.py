"""Unknown names in a request: which names exist, and which one the user may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_SUGGESTIONS = 3
MAX_LISTED = 12
MAX_NAME_LENGTH = 100
ALIKE = 0.6


def unknown_name(what: str, name: str, known: Iterable[str], see: str = "") -> str:
    """Return the sentence that says that there is no `what` of this name.

    It names those that are alike, or all of them where they are few, and `see` says how all are
    shown.
    """
    names = sorted(set(known))
    text = f"there is no {what} {name[:MAX_NAME_LENGTH]!r}"
    near = near_names(name, names)
    if near:
        text += f"; did you mean {' or '.join(map(repr, near))}?"
    elif len(names) <= MAX_LISTED:
        text += f"; there {_listed_names(names)}"
    return f"{text}; {see}" if see else text


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the names the user may have meant, the likeliest first."""
    by_folded = {one.casefold(): one for one in sorted(known)}
    folded = name[:MAX_NAME_LENGTH].casefold()
    found = get_close_matches(folded, by_folded, n=MAX_SUGGESTIONS, cutoff=ALIKE)
    return [by_folded[one] for one in found]


def _listed_names(names: list[str]) -> str:
    if not names:
        return "is none"
    return f"{'is' if len(names) == 1 else 'are'} {', '.join(names)}"
