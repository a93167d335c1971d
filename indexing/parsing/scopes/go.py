"""What Go's nodes bind."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from indexing.parsing.scopes.nodes import BindingReader, field_text, named, only, variables
from indexing.parsing.scopes.scope import STAR, Binding
from indexing.parsing.syntax.grammars import ParserSource

_TYPE = re.compile(r"\*?([A-Za-z_]\w*(?:\.\w+)?)(?:\[.*\])?", re.DOTALL)
_LITERAL = re.compile(r"&?\s*([A-Za-z_]\w*(?:\.\w+)?)\s*\{")
_MADE = re.compile(r"new\(\s*([A-Za-z_]\w*(?:\.\w+)?)\s*\)")
_CALLED = re.compile(r"((?:[A-Za-z_]\w*\.)?[A-Za-z_]\w*)\(")


def bound(node: Node, source: ParserSource) -> Iterator[Binding]:
    """Yield what one captured node binds."""
    return _READERS[node.type](node, source)


def _declared(node: Node, source: ParserSource) -> Iterator[Binding]:
    return named(node, source, only(_TYPE.fullmatch(field_text(node, "type", source))))


def _package(node: Node, source: ParserSource) -> Iterator[Binding]:
    return variables(node.named_children[:1], source, role="package")


def _switched(node: Node, source: ParserSource) -> Iterator[Binding]:
    alias = node.child_by_field_name("alias")
    return variables(alias.named_children if alias is not None else (), source)


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


def _field(node: Node, source: ParserSource) -> Iterator[Binding]:
    detail = only(_TYPE.fullmatch(field_text(node, "type", source)))
    if node.child_by_field_name("name") is None:
        yield Binding("base", node.start_byte, detail)
    yield from named(node, source, detail)


def _import(node: Node, source: ParserSource) -> Iterator[Binding]:
    module = field_text(node, "path", source).strip('"`')
    local = field_text(node, "name", source)
    if local == ".":
        yield Binding("import", node.start_byte, STAR, STAR, module)
    elif local != "_":
        yield Binding("import", node.start_byte, local, "", module)


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


_READERS: dict[str, BindingReader] = {
    **dict.fromkeys(("short_var_declaration", "range_clause", "receive_statement"), _assigned),
    **dict.fromkeys(("parameter_declaration", "var_spec", "const_spec"), _declared),
    "variadic_parameter_declaration": named,
    "field_declaration": _field,
    "import_spec": _import,
    "type_switch_statement": _switched,
    "package_clause": _package,
}
