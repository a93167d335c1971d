"""One file's text read into units, symbols and references.

Whatever the text is, something comes back: where there is no grammar, or the parser gives up, the
file is cut by lines and the extraction's notes say so. It knows nothing of files and processes.
"""

from tree_sitter import Node

from indexing.captures import read_captures
from indexing.definitions import outline
from indexing.extraction import Extraction
from indexing.languages import language_of_text, query_of
from indexing.lines import Lines, line_units
from indexing.parsed import LINES, PARTIAL
from indexing.parsing import Source, parse
from indexing.references import references
from indexing.scopes.reading import ScopeReader
from indexing.units import Cutter

NO_GRAMMAR = f"{LINES}no grammar for this type"
NO_PACKAGE = f"{LINES}grammar package {{}} cannot be imported"
TOO_LONG = f"{LINES}parser took too long"
CRASHED = f"{LINES}parser crashed"
SYNTAX_ERRORS = f"{LINES}syntax errors"

_NODES_CHECKED = 10_000


def extract(path: str, text: str) -> Extraction:
    """Read a file's text; the path only tells the language."""
    language = language_of_text(path, text)
    if language is None:
        return by_lines(path, text, NO_GRAMMAR)
    source = Source(text)
    try:
        tree = parse(language, source)
    except ImportError:
        return by_lines(path, text, NO_PACKAGE.format(language.package))
    if tree is None:
        return by_lines(path, text, TOO_LONG)
    root = tree.root_node
    broken = root.has_error
    lines = Lines(text)
    captures = read_captures(query_of(language), root, source)
    # One brace that an `#ifdef` splits puts the rest of a file into an error, where its definitions
    # still stand; only what has none of them is no text of this language.
    if broken and not captures.found and mostly_errors(root):
        return by_lines(path, text, SYNTAX_ERRORS)
    outlined = outline(captures, source, lines)
    scopes = ScopeReader(language.name, outlined, source)
    scope = scopes.read(captures).packed()
    cutter = Cutter(language.name, lines, outlined, root, captures.leads)
    return Extraction(
        language.name,
        tuple(cutter.units()),
        tuple(definition.as_symbol() for definition in outlined.definitions if definition.listed),
        tuple(references(captures, outlined, source, scopes)),
        (PARTIAL,) if broken else (),
        scope=scope,
    )


def by_lines(path: str, text: str, note: str) -> Extraction:
    """Cut a text by its lines, for the reason in `note`."""
    language = language_of_text(path, text)
    name = language.name if language is not None else "text"
    return Extraction(name, line_units(text, name), notes=(note,))


def mostly_errors(root: Node) -> bool:
    """Tell whether errors cover more than half of a tree, or of its first thousands of nodes."""
    stack = [root]
    covered = reached = seen = 0
    while stack and seen < _NODES_CHECKED:
        node = stack.pop()
        seen += 1
        if node.is_error:
            covered += node.end_byte - node.start_byte
        elif node.has_error and node.child_count:
            stack.extend(reversed(node.children))
            continue
        reached = node.end_byte
    return 2 * covered > reached
