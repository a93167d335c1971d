"""What Java's nodes bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.nodes import BindingReader, field_text, named, only, variables
from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_TYPE = re.compile(r"([A-Za-z_$][\w$.]*)(?:<.*>)?", re.DOTALL)


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS.get(node.type, _named)(node, source)


def _named(node: Node, source: ParserSource) -> Iterator[Binding]:
    return named(node, source, _type_of(node, source))


def _declared(node: Node, source: ParserSource) -> Iterator[Binding]:
    detail = _type_of(node, source)
    for declarator in node.children_by_field_name("declarator"):
        made = _made(declarator, source) if detail == "var" else detail
        yield from named(declarator, source, made)


def _package(node: Node, source: ParserSource) -> Iterator[Binding]:
    return variables(node.named_children[-1:], source, role="package")


def _untyped(node: Node, source: ParserSource) -> Iterator[Binding]:
    names = [child.child_by_field_name("name") or child for child in node.named_children]
    return variables((name for name in names if name.type == "identifier"), source)


def _lambda(node: Node, source: ParserSource) -> Iterator[Binding]:
    parameters = node.children_by_field_name("parameters")
    return variables((one for one in parameters if one.type == "identifier"), source)


def _type_of(node: Node, source: ParserSource) -> str:
    return only(_TYPE.fullmatch(field_text(node, "type", source)))


def _made(declarator: Node, source: ParserSource) -> str:
    value = declarator.child_by_field_name("value")
    if value is None or value.type != "object_creation_expression":
        return ""
    return _type_of(value, source)


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    kinds = {child.type for child in node.children}
    path = next((child for child in node.named_children if child.type.endswith("identifier")), None)
    if path is None:
        return
    text = source.text(path)
    if "asterisk" in kinds:
        name = "static" if "static" in kinds else STAR
        yield Binding("import", node.start_byte, STAR, name, text)
    else:
        module, _, name = text.rpartition(".")
        yield Binding("import", node.start_byte, name, name, module)


def _bases(node: Node, source: ParserSource) -> Iterator[Binding]:
    children = node.named_children
    if children and children[0].type == "type_list":
        children = children[0].named_children
    for child in children:
        yield Binding("base", child.start_byte, only(_TYPE.fullmatch(source.text(child))))


_READERS: dict[str, BindingReader] = {
    **dict.fromkeys(("local_variable_declaration", "field_declaration"), _declared),
    "import_declaration": _import,
    "package_declaration": _package,
    **dict.fromkeys(("superclass", "super_interfaces", "extends_interfaces"), _bases),
    **dict.fromkeys(("inferred_parameters", "spread_parameter"), _untyped),
    "lambda_expression": _lambda,
}
