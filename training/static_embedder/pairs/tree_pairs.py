"""Examples out of any language that the index parses: definitions and what is written above them.

It uses the index's own queries, so a definition is what the index calls one.
"""

from collections.abc import Iterator, Sequence

from indexing.parsing.extract import mostly_errors
from indexing.parsing.syntax.captures import Captures, LeadingNode, read_captures
from indexing.parsing.syntax.definitions import OutlineDefinition, outline
from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text, query_of
from indexing.parsing.syntax.lines import TextRows
from training.static_embedder.pairs.comments import comment_text
from training.static_embedder.pairs.training_examples import (
    DOCUMENTED,
    MAX_CODE_LENGTH,
    NAMED,
    SECTION,
    TrainingExample,
    paragraph,
    says_something,
    usable,
)

MINED = frozenset({"function", "method", "class", "interface", "struct", "enum", "trait", "type"})


def tree_examples(path: str, text: str, source: str) -> Iterator[TrainingExample]:
    """Yield one example for each definition of a file; none where there is no grammar."""
    language = language_of_text(path, text)
    if language is None:
        return
    data = ParserSource(text)
    tree = parse(language, data)
    if tree is None or (tree.root_node.has_error and mostly_errors(tree.root_node)):
        return
    captures = read_captures(query_of(language), tree.root_node, data)
    for definition in outline(captures, data, TextRows(text)).definitions:
        example = _example(definition, captures, data, (language.name, source))
        if example is not None:
            yield example


def _example(
    definition: OutlineDefinition, captures: Captures, source: ParserSource, origin: tuple[str, str]
) -> TrainingExample | None:
    language, package = origin
    if definition.kind == "section":
        code = source.between(definition.found.start, definition.found.end)[:MAX_CODE_LENGTH]
        _, _, code = code.partition("\n")
        words = definition.found.names[-1]
        kept = usable(code) and says_something(words)
        return TrainingExample(language, SECTION, "", words, code, package) if kept else None
    if definition.kind not in MINED or not definition.listed:
        return None
    leads = list(_leads(definition, captures))
    comment = "\n".join(source.between(lead.start, lead.end) for lead in leads if not lead.role)
    words = paragraph(comment_text(comment))
    start = source.row_start(definition.start) if definition.end > definition.start else -1
    code = source.between(max(start, 0) or definition.found.start, definition.found.end)
    code = code[:MAX_CODE_LENGTH]
    if not usable(code):
        return None
    kind = DOCUMENTED if says_something(words) else NAMED
    kept_words = words if kind == DOCUMENTED else ""
    return TrainingExample(language, kind, definition.qualified, kept_words, code, package)


def _leads(definition: OutlineDefinition, captures: Captures) -> Sequence[LeadingNode]:
    found: list[LeadingNode] = []
    row = definition.first
    while row < definition.start and (lead := captures.leads_from.get(row)) is not None:
        found.append(lead)
        row = lead.last + 1
    return found
