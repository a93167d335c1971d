"""What Python's nodes bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.nodes import BindingReader, field_text, only, variables
from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_PLAIN = re.compile(r"([A-Za-z_][\w.]*)")
_OPTIONAL = re.compile(r"""Optional\[([\w.]+)\]|([\w.]+) \| None|["']([\w.]+)["']""")
_MEMBER = re.compile(r"(?:self|cls)\.(\w+)")
_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"})


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS.get(node.type, _assigned)(node, source)


def _assigned(node: Node, source: ParserSource) -> Iterator[Binding]:
    target = node.child_by_field_name("left") or node.child_by_field_name("name")
    if target is not None:
        yield from _targets(target, source, "")


def _identifier(node: Node, source: ParserSource) -> Iterator[Binding]:
    return variables([node], source)


def _parameters(node: Node, source: ParserSource) -> Iterator[Binding]:
    for parameter in node.named_children:
        yield from _parameter(parameter, source)


def _assignment(node: Node, source: ParserSource) -> Iterator[Binding]:
    left = node.child_by_field_name("left")
    if left is None:
        return
    detail = ""
    right = node.child_by_field_name("right")
    if node.child_by_field_name("type") is not None:
        detail = plain_type(field_text(node, "type", source))
    elif right is not None and right.type == "call":
        detail = only(_PLAIN.fullmatch(field_text(right, "function", source)))
    yield from _targets(left, source, detail)


def _targets(node: Node, source: ParserSource, detail: str) -> Iterator[Binding]:
    if node.type == "identifier":
        yield Binding("value", node.start_byte, source.text(node), detail)
    elif node.type == "attribute":
        member = _MEMBER.fullmatch(source.text(node))
        if member is not None:
            yield Binding("member", node.start_byte, member[1], detail)
    elif node.type in _PATTERNS:
        for child in node.named_children:
            yield from _targets(child, source, "")


def _parameter(node: Node, source: ParserSource) -> Iterator[Binding]:
    if node.type == "identifier":
        yield Binding("value", node.start_byte, source.text(node))
        return
    named = node.child_by_field_name("name")
    inner = named or (node.named_children[0] if node.named_children else None)
    if inner is None:
        return
    starred = inner.type != "identifier"
    if starred and inner.named_children:
        inner = inner.named_children[0]
    detail = "" if starred else plain_type(field_text(node, "type", source))
    if inner.type == "identifier":
        yield Binding("value", inner.start_byte, source.text(inner), detail)


def plain_type(text: str) -> str:
    """Return the class that an annotation names, or nothing where it is not one plain name."""
    if _PLAIN.fullmatch(text):
        return text
    optional = _OPTIONAL.fullmatch(text)
    return next((part for part in optional.groups() if part), "") if optional else ""


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    for child in node.named_children:
        if child.type == "aliased_import":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None and alias is not None:
                yield Binding("import", child.start_byte, source.text(alias), "", source.text(name))
        elif child.type == "dotted_name":
            top = source.text(child).partition(".")[0]
            yield Binding("import", child.start_byte, top, "", top)


def _import_from(node: Node, source: ParserSource) -> Iterator[Binding]:
    origin = node.child_by_field_name("module_name")
    if origin is None:
        return
    module = source.text(origin)
    for child in node.children_by_field_name("name"):
        name = alias = child
        if child.type == "aliased_import":
            name = child.child_by_field_name("name") or child
            alias = child.child_by_field_name("alias") or child
        text = source.text(name)
        yield Binding("import", child.start_byte, source.text(alias), text, module)
    if any(child.type == "wildcard_import" for child in node.named_children):
        yield Binding("import", node.start_byte, STAR, STAR, module)


def _bases(node: Node, source: ParserSource) -> Iterator[Binding]:
    for child in node.named_children:
        if child.type in ("keyword_argument", "comment"):
            continue
        is_part = child.type == "subscript"
        text = field_text(child, "value", source) if is_part else source.text(child)
        yield Binding("base", child.start_byte, only(_PLAIN.fullmatch(text)))


_READERS: dict[str, BindingReader] = {
    "assignment": _assignment,
    **dict.fromkeys(("parameters", "lambda_parameters"), _parameters),
    "import_statement": _import,
    "import_from_statement": _import_from,
    "argument_list": _bases,
    "identifier": _identifier,
}
