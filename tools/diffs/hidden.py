"""Lines that hold what a person does not see and a compiler or a model does."""

import re
from dataclasses import dataclass

from rooftree.visible import invisible, seen

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hidden:
    """One line with characters that are not seen."""

    line: int
    names: tuple[str, ...]
    """Such as U+202E, each once."""


def hidden_in(text: str) -> tuple[Hidden, ...]:
    """Return the lines with such characters; a mark at the very beginning is the file's own."""
    told = text.removeprefix("\ufeff")
    if not invisible(told):
        return ()
    found = []
    for number, line in enumerate(told.split("\n"), 1):
        names = dict.fromkeys(f"U+{ord(one):04X}" for one in invisible(f"{line}\n"))
        if names:
            found.append(Hidden(number, tuple(names)))
    return tuple(found)


def seen_prose(text: str) -> str:
    """Return prose, such as a description, without hidden characters and HTML comments."""
    return seen(_COMMENT.sub("", text))
