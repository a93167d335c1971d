"""Read an edit out of what a model wrote, in the format that it was asked for."""

import re

from indexing.extraction import Symbol
from indexing.redact import MARKER, redact
from models.probing.edits import EditFormat
from rooftree.errors import ToolRetryError
from tools.edits.blocks import Block, hunks_of, replaced
from tools.edits.whole import source_of, with_definition

_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_BLOCK = re.compile(
    r"^<{5,9} SEARCH[ \t]*\n(.*?)^={5,9}[ \t]*\n(.*?)^>{5,9} REPLACE", re.DOTALL | re.MULTILINE
)


def edited(form: EditFormat, path: str, text: str, symbol: Symbol, answer: str) -> str:
    """Return the file's text after a model's edit of one definition; ToolRetryError if none fits.

    The model has seen the definition with its secrets redacted; they are put back.
    """
    shown = source_of(text, symbol)
    if form == "unit":
        new = fenced(answer)
        return with_definition(path, text, symbol, _with_secrets(shown, new))
    blocks = _blocks(answer) if form == "replace" else hunks_of(fenced(answer))
    known = [Block(_with_secrets(shown, one.old), _with_secrets(shown, one.new)) for one in blocks]
    lines = text.split("\n")
    new = replaced(shown, known)
    return "\n".join([*lines[: symbol.start - 1], new, *lines[symbol.end :]])


def fenced(answer: str) -> str:
    """Return the first fenced code of an answer, or all of it where nothing is fenced."""
    found = _FENCED.search(answer)
    return found.group(1) if found else answer


def _blocks(answer: str) -> list[Block]:
    return [Block(old, new) for old, new in _BLOCK.findall(answer)]


def _with_secrets(shown: str, written: str) -> str:
    """Put secrets back into lines that the model copied; a marker that is left is no edit."""
    if not MARKER.search(written):
        return written
    originals = {
        hidden.strip(): line.strip()
        for hidden, line in zip(redact(shown).split("\n"), shown.split("\n"), strict=True)
        if MARKER.search(hidden)
    }
    lines = []
    for line in written.split("\n"):
        bare = line.strip()
        if MARKER.search(line):
            if bare not in originals:
                raise ToolRetryError("the edit changes a line that holds a redacted secret")
            line = line.replace(bare, originals[bare])  # noqa: PLW2901 - the same, told
        lines.append(line)
    return "\n".join(lines)
