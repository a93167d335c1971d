"""Characters that a person does not see and a compiler or a model does: they hide what a text says.

Directional controls make code read otherwise than it runs (Boucher and Anderson, "Trojan Source",
2021); tag characters and zero-width ones carry text that only a model reads.
"""

import re
from dataclasses import dataclass

_HIDDEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hidden:
    """One line with characters that are not seen."""

    line: int
    names: tuple[str, ...]
    """Such as U+202E, each once."""


def hidden_in(text: str) -> tuple[Hidden, ...]:
    """Return the lines with such characters; a mark at the very beginning is the file's own."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        names = dict.fromkeys(f"U+{ord(one):04X}" for one in _HIDDEN.findall(line))
        if names:
            found.append(Hidden(number, tuple(names)))
    return tuple(found)


def seen(text: str) -> str:
    """Return a text without what a person would not see of it."""
    return _HIDDEN.sub("", text)


def seen_prose(text: str) -> str:
    """Return prose, such as a description, without hidden characters and HTML comments."""
    return seen(_COMMENT.sub("", text))
