"""What the readers of all languages ask of a node, and the commonest binding: a variable."""

import re
from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node

from indexing.parsing.scopes.scope import Binding
from indexing.parsing.syntax.grammars import ParserSource

BindingReader = Callable[[Node, ParserSource], Iterator[Binding]]
"""Yields what one captured node binds."""


def field_text(node: Node | None, field: str, source: ParserSource) -> str:
    """Return the text of a node's field, empty where it has none."""
    held = node.child_by_field_name(field) if node is not None else None
    return source.text(held) if held is not None else ""


def only(match: re.Match[str] | None) -> str:
    """Return the first group of what matched, or nothing."""
    return match[1] if match else ""


def variables(
    names: Iterable[Node], source: ParserSource, detail: str = "", role: str = "value"
) -> Iterator[Binding]:
    """Yield names as variables, all of one type."""
    for name in names:
        yield Binding(role, name.start_byte, source.text(name), detail)


def named(node: Node, source: ParserSource, detail: str = "") -> Iterator[Binding]:
    """Yield what stands in the fields `name` of a node as variables."""
    return variables(node.children_by_field_name("name"), source, detail)
