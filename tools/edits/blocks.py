"""Replace lines of a text by others: search and replace, and the hunks of a unified diff."""

import re
from dataclasses import dataclass

from rooftree.errors import ToolRetryError
from tools.edits.anchors import find

_HUNK = re.compile(r"^@@")
_HEADERS = ("diff --git", "index ", "--- ", "+++ ", "new file", "deleted file", "similarity")


@dataclass(frozen=True, slots=True)
class SearchReplaceBlock:
    """Lines to be found, and what they become."""

    old: str
    new: str


def replace_blocks(text: str, blocks: list[SearchReplaceBlock]) -> str:
    """Return the text with every block replaced; ToolRetryError where one is not found once."""
    if not blocks:
        raise ToolRetryError("there is no edit in the answer")
    for block in blocks:
        text = _replaced(text, block)
    return text


def hunks_of(diff: str) -> list[SearchReplaceBlock]:
    """Read the hunks of a diff of one file; its line numbers are ignored."""
    hunks: list[list[str]] = []
    for line in diff.split("\n"):
        if _HUNK.match(line):
            hunks.append([])
        elif hunks and (not line or line[0] in " +-") and not line.startswith(_HEADERS):
            hunks[-1].append(line or " ")
    return [block for hunk in hunks if (block := _block(hunk)).old != block.new]


def _block(hunk: list[str]) -> SearchReplaceBlock:
    while hunk and not hunk[-1].strip():
        hunk.pop()
    return SearchReplaceBlock(
        "\n".join(line[1:] for line in hunk if not line.startswith("+")),
        "\n".join(line[1:] for line in hunk if not line.startswith("-")),
    )


def _replaced(text: str, block: SearchReplaceBlock) -> str:
    lines = text.split("\n")
    wanted = block.old.strip("\n").split("\n")
    anchor = find([line.removesuffix("\r") for line in lines], wanted)
    new = block.new.strip("\n")
    written = new.split("\n") if new else []
    written = [anchor.indent + line if line.strip() else line for line in written]
    return "\n".join([*lines[: anchor.start], *written, *lines[anchor.end :]])
