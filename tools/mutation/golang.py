"""What Go's files are made of, and how a function in them is broken."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from tree_sitter import Node

from tools.mutation.trees import Family, Part, is_comment, text_of

LITERALS = frozenset(
    {"int_literal", "float_literal", "interpreted_string_literal", "raw_string_literal"}
    | {"true", "false"}
)
_NUMBER = re.compile(r"u?int(?:8|16|32|64|ptr)?|float(?:32|64)|byte|rune|complex(?:64|128)")
_NOTHING = ("*", "[]", "map[", "func(", "chan ", "<-chan ", "interface{")


def parts(root: Node) -> Iterator[Part]:
    """Yield what a file is made of."""
    for node in root.named_children:
        reader = _READERS.get(node.type)
        if reader is not None:
            yield from reader(node)
        elif not is_comment(node):
            told = text_of(node).partition("\n")[0][:60]
            yield Part(told, "declaration" if node.type == "package_clause" else "other", (node,))


def _name(node: Node) -> str:
    return text_of(node.child_by_field_name("name"))


def _imports(node: Node) -> Iterator[Part]:
    lists = [one for one in node.named_children if one.type == "import_spec_list"]
    for spec in lists[0].named_children if lists else node.named_children:
        if spec.type == "import_spec":
            path = text_of(spec.child_by_field_name("path"))
            local = _name(spec) or path.strip('"`').rpartition("/")[2]
            yield Part(f"import {local}", "import", (spec,), origin=path)


def _typed(node: Node) -> Iterator[Part]:
    for one in node.named_children:
        if not is_comment(one):
            yield Part(f"type {_name(one)}", "declaration", (one,))


def _function(node: Node) -> Iterator[Part]:
    receiver = node.child_by_field_name("receiver")
    held = receiver.named_children[-1] if receiver is not None else None
    kind = text_of(held.child_by_field_name("type")) if held is not None else ""
    own = kind.lstrip("*( ").partition("[")[0].rstrip(") ")
    name = f"{own}.{_name(node)}" if own else _name(node)
    body = node.child_by_field_name("body")
    yield Part(name, "function" if body is not None else "other", (node,), body)


def _valued(node: Node) -> Iterator[Part]:
    lists = [
        one.named_children if one.type == "var_spec_list" else [one] for one in node.named_children
    ]
    for spec in chain.from_iterable(lists):
        if is_comment(spec):
            continue
        names = ", ".join(text_of(one) for one in spec.children_by_field_name("name"))
        value = spec.child_by_field_name("value")
        inner = value.named_children if value is not None else []
        literal = inner[0] if len(inner) == 1 and inner[0].type in LITERALS else None
        if literal is not None:
            yield Part(names, "value", (spec,), literal)
        else:
            bare = node.type == "var_declaration" and value is None
            yield Part(names, "declaration" if bare else "other", (spec,))


_READERS: Mapping[str, Callable[[Node], Iterator[Part]]] = {
    "import_declaration": _imports,
    "function_declaration": _function,
    "method_declaration": _function,
    "const_declaration": _valued,
    "var_declaration": _valued,
    "type_declaration": _typed,
}


def constants(part: Part) -> Sequence[str]:
    """Return what a function can return always: nothing, and something where its type is plain."""
    result = part.field("result")
    if result is None:
        return ("return",)
    types = _types(result)
    nothing = [_zero(one) for one in types]
    other = [_other(one) or zero for one, zero in zip(types, nothing, strict=True)]
    ways = dict.fromkeys((", ".join(nothing), ", ".join(other)))
    return tuple(f"return {one}" for one in ways)


def _types(result: Node) -> list[str]:
    if result.type != "parameter_list":
        return [text_of(result)]
    found = []
    for one in result.named_children:
        if not is_comment(one):
            count = len(one.children_by_field_name("name")) or 1
            found += [text_of(one.child_by_field_name("type"))] * count
    return found


def _zero(kind: str) -> str:
    if _NUMBER.fullmatch(kind):
        return "0"
    if kind in ("error", "any") or kind.startswith(_NOTHING):
        return "nil"
    return {"string": '""', "bool": "false"}.get(kind, f"*new({kind})")


def _other(kind: str) -> str:
    if _NUMBER.fullmatch(kind):
        return "1"
    return {"string": '"rooftree"', "bool": "true"}.get(kind, "")


GO = Family(
    "Go",
    'if true { panic("broken on purpose") };',
    "panic",
    parts,
    constants,
    "if true {{ {} }};",
    frozenset({"statement_list"}),
    frozenset({"empty_statement"}),
    {"if_statement": "alternative"},
)
