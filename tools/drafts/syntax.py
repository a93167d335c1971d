"""Whether files still parse: checked before anything is executed."""

import ast
import warnings

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text
from tools.drafts.draft import Draft

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `python_tree` raises of a text that Python does not read."""


def python_tree(text: str) -> ast.Module:
    """Parse a text as Python does; it warns of nothing, such as a doubtful escape."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def breaks(path: str, before: bytes | None, after: bytes | None) -> int | None:
    """Return the line where a file does not parse any more; None where it does, or never did."""
    if after is None:
        return None
    line = first_error(path, after)
    if line is None or (before is not None and first_error(path, before) is not None):
        return None
    return line


def syntax_problem(draft: Draft, path: str) -> str | None:
    """Say what stops a drafted file from parsing where the file parsed before; None if nothing."""
    line = breaks(path, draft.snapshot.content(path), draft.content(path))
    return None if line is None else f"{path}:{line} does not parse any more"


def first_error(path: str, data: bytes) -> int | None:
    """Return the line of the first syntax error; None where there is none or no grammar."""
    text = data.decode("utf-8", "replace")
    language = language_of_text(path, text)
    if language is None:
        return None
    try:
        tree = parse(language, ParserSource(text))
    except ImportError:
        return None
    if tree is None or not tree.root_node.has_error:
        return None
    node = tree.root_node
    while True:
        inner = next((one for one in node.children if one.has_error or one.is_missing), None)
        if inner is None:
            return int(node.start_point[0]) + 1
        node = inner
