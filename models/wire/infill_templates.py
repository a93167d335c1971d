"""An infill answer, cut to the part that belongs in the hole.

Small models write past the hole's end: they go on after a blank line or repeat what follows.
"""

import re

BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
MIN_DISTINCTIVE_LINE_LENGTH = 4
"""A shorter line, such as `}` or `)`, may well stand in the hole and after it too."""


def cut_infill(text: str, suffix: str) -> str:
    """Return `text` up to the first blank line after its beginning or the suffix's first line."""
    beginning = len(text) - len(text.lstrip())
    blank = BLANK_LINE.search(text, beginning)
    if blank:
        text = text[: blank.start() + 1]
    repeated = _repetition(text, suffix)
    if repeated is not None:
        text = text[:repeated]
    if suffix.startswith("\n") and (blank or repeated is not None):
        text = text.rstrip("\n")
    return text


def _repetition(text: str, suffix: str) -> int | None:
    """Return where a line of `text` begins that repeats the suffix's first line."""
    following = next((line.strip() for line in suffix.splitlines() if line.strip()), "")
    if len(following) < MIN_DISTINCTIVE_LINE_LENGTH:
        return None
    position = 0
    for line in text.splitlines(keepends=True):
        if line.strip() == following:
            return position
        position += len(line)
    return None
