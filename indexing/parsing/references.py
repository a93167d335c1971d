"""Uses of names: which one, on which line, inside which symbol."""

from collections.abc import Iterator

from indexing.parsing.scopes.scope_reader import ScopeReader
from indexing.parsing.syntax.captures import Captures
from indexing.parsing.syntax.definitions import Outline
from indexing.parsing.syntax.grammars import ParserSource
from indexing.parsing.syntax.types import Reference

# Where two patterns find the same name, the more telling kind stays.
_RANK = {"type": 0, "call": 1, "import": 2, "inherit": 3}
_MAX_NAME_LENGTH = 200


def references(
    captures: Captures, outline: Outline, source: ParserSource, scopes: ScopeReader
) -> Iterator[Reference]:
    """Return each use once a line, in order; the name in a definition is no use of it."""
    kinds: dict[tuple[int, int], str] = {}
    for use in captures.uses:
        span = use.span
        if span[0] in captures.name_starts:
            continue
        if _RANK[use.kind] >= _RANK.get(kinds.get(span, ""), -1):
            kinds[span] = use.kind
    seen: set[Reference] = set()
    for (start, end), kind in sorted(kinds.items()):
        name = source.between(start, end).strip(" \t\r\n\"'`<>")
        if not name or len(name) > _MAX_NAME_LENGTH:
            continue
        around = outline.around(start)
        within = outline.definitions[around].qualified if around >= 0 else ""
        stands_on = "" if kind == "import" else scopes.receiver(start, name, around)
        reference = Reference(name, kind, source.row(start) + 1, within, stands_on)
        if reference not in seen:
            seen.add(reference)
            yield reference
