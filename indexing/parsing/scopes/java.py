"""What Java's nodes bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_TYPE = re.compile(r"([A-Za-z_$][\w$.]*)(?:<.*>)?", re.DOTALL)


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS.get(node.type, _named)(node, source)


def _declared(node: Node, source: ParserSource) -> Iterator[Binding]:
    detail = _type_of(node, source)
    for declarator in node.children_by_field_name("declarator"):
        name = declarator.child_by_field_name("name")
        if name is not None:
            made = _made(declarator, source) if detail == "var" else detail
            yield Binding("value", name.start_byte, source.text(name), made)


def _package(node: Node, source: ParserSource) -> Iterator[Binding]:
    yield Binding("package", node.start_byte, source.text(node.named_children[-1]))


def _untyped(node: Node, source: ParserSource) -> Iterator[Binding]:
    for child in node.named_children:
        name = child.child_by_field_name("name") or child
        if name.type == "identifier":
            yield Binding("value", name.start_byte, source.text(name))


def _lambda(node: Node, source: ParserSource) -> Iterator[Binding]:
    parameter = node.child_by_field_name("parameters")
    if parameter is not None and parameter.type == "identifier":
        yield Binding("value", parameter.start_byte, source.text(parameter))


def _named(node: Node, source: ParserSource) -> Iterator[Binding]:
    name = node.child_by_field_name("name")
    if name is not None:
        yield Binding("value", name.start_byte, source.text(name), _type_of(node, source))


def _type_of(node: Node, source: ParserSource) -> str:
    written = node.child_by_field_name("type")
    return _plain(source.text(written)) if written is not None else ""


def _plain(text: str) -> str:
    match = _TYPE.fullmatch(text)
    return match[1] if match else ""


def _made(declarator: Node, source: ParserSource) -> str:
    value = declarator.child_by_field_name("value")
    if value is None or value.type != "object_creation_expression":
        return ""
    return _type_of(value, source)


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    static = any(child.type == "static" for child in node.children)
    path = next((child for child in node.named_children if child.type.endswith("identifier")), None)
    if path is None:
        return
    text = source.text(path)
    if any(child.type == "asterisk" for child in node.children):
        yield Binding("import", node.start_byte, STAR, "static" if static else STAR, text)
        return
    module, _, name = text.rpartition(".")
    yield Binding("import", node.start_byte, name, name, module)


def _bases(node: Node, source: ParserSource) -> Iterator[Binding]:
    children = node.named_children
    if children and children[0].type == "type_list":
        children = children[0].named_children
    for child in children:
        yield Binding("base", child.start_byte, _plain(source.text(child)))


_READERS = {
    "local_variable_declaration": _declared,
    "field_declaration": _declared,
    "import_declaration": _import,
    "package_declaration": _package,
    "superclass": _bases,
    "super_interfaces": _bases,
    "extends_interfaces": _bases,
    "inferred_parameters": _untyped,
    "spread_parameter": _untyped,
    "lambda_expression": _lambda,
}
