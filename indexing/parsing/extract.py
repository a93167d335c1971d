"""One file's text read into units, symbols and references.

Whatever the text is, something comes back: where there is no grammar, or the parser gives up, the
file is cut by lines and the extraction's notes say so. It does not depend on files and processes.
"""

from tree_sitter import Node

from indexing.parsing.chunker import Chunker
from indexing.parsing.preprocessing.readable_source import ReadableSource, readable
from indexing.parsing.references import references
from indexing.parsing.scopes.scope_reader import ScopeReader
from indexing.parsing.syntax import sql_routines as routines
from indexing.parsing.syntax.captures import CapturedReference, Captures, read_captures
from indexing.parsing.syntax.definitions import outline
from indexing.parsing.syntax.grammars import parse
from indexing.parsing.syntax.languages import language_of_text, query_of
from indexing.parsing.syntax.lines import TextRows, line_units
from indexing.parsing.syntax.parse_coverage import LINES, PARTIAL
from indexing.parsing.syntax.types import Extraction

NO_GRAMMAR = f"{LINES}no grammar for this type"
NO_PACKAGE = f"{LINES}grammar package {{}} cannot be imported"
TOO_LONG = f"{LINES}parser took too long"
CRASHED = f"{LINES}parser crashed"
SYNTAX_ERRORS = f"{LINES}syntax errors"

_NODES_CHECKED = 10_000
_MAX_PIECES = 20_000


def extract(path: str, text: str) -> Extraction:
    """Read a file's text; the path only tells the language."""
    found = readable(path, text)
    if found is None:
        return by_lines(path, text, NO_GRAMMAR)
    if isinstance(found, str):
        return by_lines(path, text, f"{LINES}{found}")
    try:
        tree = parse(found.language, found.source)
    except ImportError:
        return by_lines(path, text, NO_PACKAGE.format(found.language.grammar_package))
    if tree is None:
        return by_lines(path, text, TOO_LONG)
    if is_not_code(tree.root_node):
        return by_lines(path, text, SYNTAX_ERRORS)
    captures = read_captures(query_of(found.language), tree.root_node, found.source)
    if found.language.name == "sql" and tree.root_node.has_error:
        routines.add(captures, tree.root_node, found.source)
    # One brace that an `#ifdef` splits puts the rest of a file into an error, where its definitions
    # still stand; only what has none of them is no text of this language.
    if not captures.found and tree.root_node.has_error and mostly_errors(tree.root_node):
        return by_lines(path, text, SYNTAX_ERRORS)
    captures.uses.extend(CapturedReference("call", span) for span in found.uses)
    return _extraction(found, captures, tree.root_node, TextRows(text))


def _extraction(
    found: ReadableSource, captures: Captures, root: Node, lines: TextRows
) -> Extraction:
    name, source = found.name or found.language.name, found.source
    outlined = outline(captures, source, lines)
    scopes = ScopeReader(name, outlined, source)
    scope = scopes.read(captures).packed()
    cutter = Chunker(name, lines, outlined, root, captures.leads, source.row_of)
    return Extraction(
        name,
        tuple(cutter.units()),
        tuple(definition.as_symbol() for definition in outlined.definitions if definition.listed),
        tuple(references(captures, outlined, source, scopes)),
        (PARTIAL,) if found.partial or root.has_error else (),
        scope=scope,
    )


def by_lines(path: str, text: str, note: str) -> Extraction:
    """Cut a text by its lines, for the reason in `note`."""
    language = language_of_text(path, text)
    name = language.name if language is not None else "text"
    return Extraction(name, line_units(text, name), notes=(note,))


def is_not_code(root: Node) -> bool:
    """Tell whether an error holds so many loose pieces that it is no code.

    A query takes a time that grows with their square: 15 seconds for 100,000 brackets. The longest
    files of Linux have some hundred.
    """
    wide = (node for node in (root, *root.children[:_NODES_CHECKED]) if node.is_error)
    return any(node.child_count > _MAX_PIECES for node in wide)


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
