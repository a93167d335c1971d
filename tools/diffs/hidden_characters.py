"""Lines with characters that are invisible to a person but not to a compiler or a model."""

import re
from dataclasses import dataclass

from rooftree.text.visible import allowed_in_prose, invisible, without_invisible

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HiddenCharacters:
    """One line with characters that are not seen."""

    line: int
    names: tuple[str, ...]
    """Such as U+202E, each once."""


def hidden_in(text: str, *, prose: bool = False) -> tuple[HiddenCharacters, ...]:
    """Return the lines with such characters; a mark at the very beginning is the file's own.

    In prose a word may hold soft hyphens, and a line with letters that are written from right to
    left the marks that put its numbers and names in order.
    """
    told = text.removeprefix("\ufeff")
    if not invisible(told):
        return ()
    found = []
    for number, line in enumerate(told.split("\n"), 1):
        usual = allowed_in_prose(line) if prose else ""
        hidden = [one for one in invisible(f"{line}\n") if one not in usual]
        names = dict.fromkeys(f"U+{ord(one):04X}" for one in hidden)
        if names:
            found.append(HiddenCharacters(number, tuple(names)))
    return tuple(found)


def without_hidden_prose(text: str) -> str:
    """Return prose, such as a description, without hidden characters and HTML comments."""
    return without_invisible(_COMMENT.sub("", text))
