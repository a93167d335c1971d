"""A model's edit applied to one function, in each of the formats that a model may be good at.

Strict where an agent has to be: a search that is not found, or a hunk that fits nowhere, is no
edit. Blank lines at the ends and a fence around it are forgiven.
"""

import re
from typing import Literal

EditFormat = Literal["unit", "replace", "diff"]
FORMATS: tuple[EditFormat, ...] = ("unit", "replace", "diff")

_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)```", re.DOTALL)
_OPENING = re.compile(r"<{5,9} SEARCH[ \t]*")
_DIVIDER = re.compile(r"={5,9}[ \t]*")
_CLOSING = re.compile(r">{5,9} REPLACE")


def edited(form: EditFormat, source: str, answer: str) -> str | None:
    """Return the source with the edit made, or None where the answer is no edit of it."""
    if form == "unit":
        return _unit(answer)
    return _replaced(source, answer) if form == "replace" else _patched(source, answer)


def search_blocks(answer: str) -> list[tuple[str, str]]:
    """Return what each block searches for and what it puts there, read line by line.

    One pattern for a whole block goes through the rest of an answer from each opening of one.
    """
    blocks: list[tuple[str, str]] = []
    old: list[str] | None = None
    new: list[str] | None = None
    for line in answer.split("\n"):
        if old is None:
            old = [] if _OPENING.fullmatch(line) else None
        elif new is None:
            if _DIVIDER.fullmatch(line):
                new = []
            else:
                old.append(f"{line}\n")
        elif _CLOSING.match(line):
            blocks.append(("".join(old), "".join(new)))
            old = new = None
        else:
            new.append(f"{line}\n")
    return blocks


def _unit(answer: str) -> str | None:
    blocks = _FENCED.findall(answer)
    return blocks[0].strip("\n") + "\n" if blocks else None


def _replaced(source: str, answer: str) -> str | None:
    blocks = search_blocks(answer)
    for old, new in blocks:
        if not old.strip() or source.count(old) != 1:
            return None
        source = source.replace(old, new)
    return source if blocks else None


def _patched(source: str, answer: str) -> str | None:
    """Apply the hunks of a unified diff by their lines; line numbers are ignored."""
    fenced = _FENCED.findall(answer)
    lines = (fenced[0] if fenced else answer).splitlines()
    hunks: list[list[str]] = []
    for line in lines:
        if line.startswith("@@"):
            hunks.append([])
        elif hunks and line[:1] in (" ", "+", "-", ""):
            hunks[-1].append(line)
    for hunk in hunks:
        old = "".join(line[1:] + "\n" for line in hunk if not line.startswith("+"))
        new = "".join(line[1:] + "\n" for line in hunk if not line.startswith("-"))
        if old == new or not old.strip() or source.count(old) != 1:
            return None
        source = source.replace(old, new)
    return source if hunks else None
