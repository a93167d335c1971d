"""What the nodes of JavaScript and TypeScript bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.nodes import BindingReader, field_text, only, variables
from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_TYPE = re.compile(r":?\s*([A-Za-z_$][\w$.]*)(?:<.*>)?", re.DOTALL)
_PLAIN = re.compile(r"([A-Za-z_$][\w$.]*)")
_REQUIRED = re.compile(r"""require\(\s*["']([^"']+)["']\s*\)""")
_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern"})
_HELD_IN = {
    "pair_pattern": "value",
    "assignment_pattern": "left",
    "object_assignment_pattern": "left",
}
"""The fields of patterns that hold one target; of the `_HOLDERS` every child is one."""
_HOLDERS = frozenset({"object_pattern", "array_pattern", "rest_pattern"})
DEFAULT = "default"
WHOLE = "module.exports"


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS.get(node.type, _assigned)(node, source)


def _assigned(node: Node, source: ParserSource) -> Iterator[Binding]:
    target = node.child_by_field_name("left") or node.child_by_field_name("parameter")
    if target is not None:
        yield from _targets(target, source, "")


def _identifier(node: Node, source: ParserSource) -> Iterator[Binding]:
    return variables([node], source)


def _parameters(node: Node, source: ParserSource) -> Iterator[Binding]:
    for parameter in node.named_children:
        yield from _parameter(parameter, source)


def _declarator(node: Node, source: ParserSource) -> Iterator[Binding]:
    name = node.child_by_field_name("name")
    value = node.child_by_field_name("value")
    if name is None:
        return
    module = _required(value, source)
    if module is None:
        yield from _targets(name, source, _type_of(node, value, source))
    elif name.type == "identifier":
        yield Binding("import", name.start_byte, source.text(name), WHOLE, module)
    else:
        for child in name.named_children:
            key: Node = child.child_by_field_name("key") or child
            local: Node = child.child_by_field_name("value") or child
            if local.type in _NAMES:
                names = source.text(local), source.text(key)
                yield Binding("import", child.start_byte, *names, module)
            else:
                yield from _targets(local, source, "")


def _required(value: Node | None, source: ParserSource) -> str | None:
    if value is None or value.type != "call_expression":
        return None
    return only(_REQUIRED.fullmatch(source.text(value))) or None


def _type_of(node: Node, value: Node | None, source: ParserSource) -> str:
    if node.child_by_field_name("type") is not None:
        return only(_TYPE.fullmatch(field_text(node, "type", source)))
    if value is not None and value.type == "new_expression":
        return only(_PLAIN.fullmatch(field_text(value, "constructor", source)))
    return ""


def _targets(node: Node, source: ParserSource, detail: str) -> Iterator[Binding]:
    if node.type in _NAMES:
        yield Binding("value", node.start_byte, source.text(node), detail)
        return
    field = _HELD_IN.get(node.type)
    for inner in node.children_by_field_name(field) if field else ():
        yield from _targets(inner, source, "")
    for inner in node.named_children if node.type in _HOLDERS else ():
        yield from _targets(inner, source, "")


def _parameter(node: Node, source: ParserSource) -> Iterator[Binding]:
    pattern = node.child_by_field_name("pattern") or node
    detail = only(_TYPE.fullmatch(field_text(node, "type", source)))
    yield from _targets(pattern, source, detail)
    # `constructor(private readonly service: Service)` makes a member too.
    if pattern is not node and any(
        child.type == "accessibility_modifier" for child in node.children
    ):
        yield Binding("member", pattern.start_byte, source.text(pattern), detail)


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            name = clause.named_children[0]
            module = _source_of(clause, source)
            yield Binding("import", name.start_byte, source.text(name), WHOLE, module)
        elif clause.type == "import_clause":
            for part in clause.named_children:
                yield from _imported(part, _source_of(node, source), source)


def _imported(part: Node, module: str, source: ParserSource) -> Iterator[Binding]:
    if part.type == "identifier":
        yield Binding("import", part.start_byte, source.text(part), DEFAULT, module)
    elif part.type == "namespace_import":
        name = part.named_children[-1]
        yield Binding("import", name.start_byte, source.text(name), "", module)
    elif part.type == "named_imports":
        for child in part.named_children:
            original = child.child_by_field_name("name")
            local = child.child_by_field_name("alias") or original
            if original is not None and local is not None:
                names = source.text(local), source.text(original)
                yield Binding("import", child.start_byte, *names, module)


def _export(node: Node, source: ParserSource) -> Iterator[Binding]:
    module = _source_of(node, source)
    start = node.start_byte
    value = node.child_by_field_name("value")
    if value is not None and value.type == "identifier":
        yield Binding("export", start, DEFAULT, source.text(value))
    clauses = [child for child in node.named_children if child.type.endswith(("clause", "_export"))]
    for clause in clauses:
        if clause.type == "namespace_export":
            yield Binding("export", start, source.text(clause.named_children[-1]), "", module)
            continue
        for child in clause.named_children:
            name = child.child_by_field_name("name")
            local = child.child_by_field_name("alias") or name
            if name is not None and local is not None:
                yield Binding("export", start, source.text(local), source.text(name), module)
    if node.child_by_field_name("source") is not None and not clauses:
        yield Binding("export", start, STAR, STAR, module)


def _assignment(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Read what CommonJS hands out, members set on `this`, and variables that change."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    target = source.text(left) if left.end_byte - left.start_byte < 200 else ""
    if target in ("exports", WHOLE):
        yield from _handed_out(node, right, source)
    elif target.startswith("this.") and target.count(".") == 1:
        yield Binding("member", left.start_byte, target[5:], _type_of(node, right, source))
    else:
        yield from _targets(left, source, "")


def _handed_out(node: Node, right: Node, source: ParserSource) -> Iterator[Binding]:
    """Read `module.exports = …`: a name, or an object of names."""
    start = node.start_byte
    while right.type == "assignment_expression":
        right = right.child_by_field_name("right") or right.children[0]
    if right.type != "object":
        name = source.text(right) if right.type == "identifier" else ""
        yield Binding("export", start, WHOLE, name or "?")
        return
    for child in right.named_children:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if child.type == "shorthand_property_identifier":
            yield Binding("export", start, source.text(child), source.text(child))
        elif key is not None and value is not None and value.type == "identifier":
            yield Binding("export", start, source.text(key), source.text(value))


def _field(node: Node, source: ParserSource) -> Iterator[Binding]:
    name = node.child_by_field_name("name") or node.child_by_field_name("property")
    if name is not None:
        detail = _type_of(node, node.child_by_field_name("value"), source)
        yield Binding("value", name.start_byte, source.text(name), detail)


def _bases(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Read `extends`; what a class implements has nothing to inherit."""
    for child in node.named_children:
        if child.type == "implements_clause":
            continue
        extends = child.type == "extends_clause"
        text = field_text(child, "value", source) if extends else source.text(child)
        yield Binding("base", child.start_byte, only(_PLAIN.fullmatch(text)))


def _source_of(node: Node, source: ParserSource) -> str:
    return field_text(node, "source", source).strip("\"'`")


_READERS: dict[str, BindingReader] = {
    "variable_declarator": _declarator,
    "formal_parameters": _parameters,
    "import_statement": _import,
    "export_statement": _export,
    "class_heritage": _bases,
    **dict.fromkeys(("public_field_definition", "field_definition"), _field),
    "assignment_expression": _assignment,
    "identifier": _identifier,
}
