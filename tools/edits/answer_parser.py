"""Parse an edit from a model's answer, in the requested format."""

import re

from indexing.parsing.syntax.types import ParsedSymbol
from indexing.secrets.redact import MARKER, redact
from models.chat.edit_formats import EditFormat, search_blocks
from prompts.library import neutralise
from rooftree.errors import ToolRetryError
from tools.edits.blocks import SearchReplaceBlock, hunks_of, replace_blocks
from tools.edits.whole_definitions import source_of, with_definition

_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)


def apply_answer(form: EditFormat, path: str, text: str, symbol: ParsedSymbol, answer: str) -> str:
    """Return the file's text after a model's edit of one definition; ToolRetryError if none fits.

    What the model was not shown of the definition is put back.
    """
    shown = source_of(text, symbol)
    if form == "unit":
        new = fenced(answer)
        return with_definition(path, text, symbol, with_hidden(shown, new))
    searched = [SearchReplaceBlock(old, new) for old, new in search_blocks(answer)]
    blocks = searched if form == "replace" else hunks_of(fenced(answer))
    lines = text.split("\n")
    new = replace_seen(shown, blocks)
    return "\n".join([*lines[: symbol.start - 1], new, *lines[symbol.end :]])


def replace_seen(shown: str, blocks: list[SearchReplaceBlock]) -> str:
    """Replace blocks of a text by a model that was not shown all of it."""
    known = [
        SearchReplaceBlock(with_hidden(shown, one.old), with_hidden(shown, one.new))
        for one in blocks
    ]
    return replace_blocks(shown, known)


def fenced(answer: str) -> str:
    """Return the first fenced code of an answer, or all of it where nothing is fenced."""
    found = _FENCED.search(answer)
    return found.group(1) if found else answer


def with_hidden(shown: str, written: str) -> str:
    """Put back what a model was not shown of lines that it copied; a secret's mark is no edit.

    It saw neither secrets nor characters that cannot be seen, and the role marks of templates
    broken up: a line that it copied as it saw it is to stay as it is.
    """
    has_marks = MARKER.search(written) is not None
    visible = neutralise(redact(shown) if has_marks else shown)
    if not has_marks and visible == shown:
        return written
    originals, whole = _originals(visible, shown)
    lines = []
    for line in written.split("\n"):
        bare = line.strip()
        if bare in originals and bare not in whole:
            line = line.replace(bare, originals[bare])  # noqa: PLW2901 - the same, told
        elif MARKER.search(line):
            raise ToolRetryError("the edit changes a line that holds a redacted secret")
        lines.append(line)
    return "\n".join(lines)


def _originals(visible: str, shown: str) -> tuple[dict[str, str], set[str]]:
    """Return what lines were that looked otherwise, by their looks, and the lines that did not."""
    originals, whole = {}, set()
    for seen, line in zip(visible.split("\n"), shown.split("\n"), strict=True):
        if seen == line:
            whole.add(line.strip())
        else:
            originals[seen.strip()] = line.strip()
    return originals, whole
