"""What Go's nodes bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_TYPE = re.compile(r"\*?([A-Za-z_]\w*(?:\.\w+)?)(?:\[.*\])?", re.DOTALL)
_LITERAL = re.compile(r"&?\s*([A-Za-z_]\w*(?:\.\w+)?)\s*\{")
_MADE = re.compile(r"new\(\s*([A-Za-z_]\w*(?:\.\w+)?)\s*\)")
_CALLED = re.compile(r"((?:[A-Za-z_]\w*\.)?[A-Za-z_]\w*)\(")


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS[node.type](node, source)


def _parameter(node: Node, source: ParserSource) -> Iterator[Binding]:
    written = node.child_by_field_name("type")
    plain = node.type == "parameter_declaration" and written is not None
    detail = _plain(source.text(written)) if plain and written is not None else ""
    for name in node.children_by_field_name("name"):
        yield Binding("value", name.start_byte, source.text(name), detail)


def _package(node: Node, source: ParserSource) -> Iterator[Binding]:
    yield Binding("package", node.start_byte, source.text(node.named_children[0]))


def _switched(node: Node, source: ParserSource) -> Iterator[Binding]:
    alias = node.child_by_field_name("alias")
    for name in alias.named_children if alias is not None else ():
        yield Binding("value", name.start_byte, source.text(name))


def _assigned(node: Node, source: ParserSource) -> Iterator[Binding]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None:
        return
    names = left.named_children
    values = right.named_children if right is not None else []
    short = node.type == "short_var_declaration"
    paired = short and len(names) == len(values)
    for place, name in enumerate(names):
        detail = ""
        if paired:
            detail = _value_type(source.text(values[place]))
        elif short and place == 0 and len(values) == 1:
            # `x, err := New()`: of several results the first one is mostly what is made.
            detail = _value_type(source.text(values[0]))
        if name.type == "identifier":
            yield Binding("value", name.start_byte, source.text(name), detail)


def _declared(node: Node, source: ParserSource) -> Iterator[Binding]:
    written = node.child_by_field_name("type")
    detail = _plain(source.text(written)) if written is not None else ""
    for name in node.children_by_field_name("name"):
        yield Binding("value", name.start_byte, source.text(name), detail)


def _field(node: Node, source: ParserSource) -> Iterator[Binding]:
    written = node.child_by_field_name("type")
    text = source.text(written) if written is not None else ""
    names = node.children_by_field_name("name")
    for name in names:
        yield Binding("value", name.start_byte, source.text(name), _plain(text))
    if not names:
        yield Binding("base", node.start_byte, _plain(text))


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
    if path is None:
        return
    module = source.text(path).strip('"`')
    local = source.text(name) if name is not None else ""
    if local == ".":
        yield Binding("import", node.start_byte, STAR, STAR, module)
    elif local != "_":
        yield Binding("import", node.start_byte, local, "", module)


def _plain(text: str) -> str:
    match = _TYPE.fullmatch(text)
    return match[1] if match else ""


def _value_type(text: str) -> str:
    """Return the type that an expression makes, or what it calls with `()` after it."""
    match = _LITERAL.match(text) or _MADE.fullmatch(text)
    if match is not None:
        return match[1] if text.endswith(("}", ")")) else ""
    called = _CALLED.match(text)
    return f"{called[1]}()" if called and _is_one_call(text, called.end()) else ""


def _is_one_call(text: str, start: int) -> bool:
    """Say whether the parenthesis that opens before `start` closes at the very end."""
    if len(text) > 400 or not text.endswith(")"):
        return False
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place == len(text) - 1
    return False


_READERS = {
    "short_var_declaration": _assigned,
    "range_clause": _assigned,
    "receive_statement": _assigned,
    "parameter_declaration": _parameter,
    "variadic_parameter_declaration": _parameter,
    "var_spec": _declared,
    "const_spec": _declared,
    "field_declaration": _field,
    "import_spec": _import,
    "type_switch_statement": _switched,
    "package_clause": _package,
}
