"""What Rust's files are made of, which tests stand in them, and how a function is broken."""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from indexing.parsing.syntax.grammars import ParserSource
from tools.mutation.parts import NotTakenApartError
from tools.mutation.trees import Family, Part, is_comment, root_of, text_of, words_of

LITERALS = frozenset({"integer_literal", "float_literal", "string_literal", "boolean_literal"})
DECLARED = frozenset(
    {"struct_item", "enum_item", "union_item", "type_item", "function_signature_item"}
    | {"associated_type", "extern_crate_declaration"}
)
ITEMS = DECLARED | {
    *("function_item", "use_declaration", "const_item", "static_item", "mod_item", "impl_item"),
    *("trait_item", "macro_definition", "attribute_item", "empty_statement"),
}
"""What may stand in a block and is no statement."""
_NUMBER = re.compile(r"[iu](?:8|16|32|64|128|size)")
_FOR_TESTS = re.compile(r"#\[(?:\w++::)*+(?:test|rstest)\b|#\[cfg\(test\)\]")
_CONSTANTS: dict[str, tuple[str, ...]] = {
    "bool": ("false", "true"),
    "f32": ("0.0", "1.0"),
    "f64": ("0.0", "1.0"),
    "char": ("' '", "'x'"),
    "String": ("String::new()", 'String::from("rooftree")'),
    "&str": ('""', '"rooftree"'),
    "&'static str": ('""', '"rooftree"'),
}
_GENERIC = {"Option<": ("None",), "Vec<": ("Vec::new()",), "Result<()": ("Ok(())",)}


def parts(root: Node) -> Iterator[Part]:
    """Yield what a file is made of."""
    yield from _inside(root, "")


def _inside(node: Node, around: str) -> Iterator[Part]:
    above: list[Node] = []
    for one in node.named_children:
        if one.type == "attribute_item":
            above.append(one)
        elif not is_comment(one):
            yield from _item(one, tuple(above), around)
            above = []


def _item(node: Node, above: tuple[Node, ...], around: str) -> Iterator[Part]:
    name = f"{around}{text_of(node.child_by_field_name('name'))}"
    whole = (*above, node)
    body = node.child_by_field_name("body")
    if any(_FOR_TESTS.match(text_of(one)) for one in above):
        yield Part(f"test {name}", "test", whole)
    elif node.type == "function_item":
        yield Part(name, "function", whole, body)
    elif node.type in ("mod_item", "impl_item", "trait_item"):
        yield from _container(node, above, around, body)
    elif node.type == "use_declaration":
        argument = node.child_by_field_name("argument")
        for local, origin in _used(argument, ""):
            yield Part(f"import {local}", "import", whole, origin=origin)
    elif node.type in ("const_item", "static_item"):
        value = node.child_by_field_name("value")
        plain = value is not None and value.type in LITERALS
        yield Part(name, "value" if plain else "other", whole, value if plain else None)
    else:
        named = name if name != around else text_of(node).partition("\n")[0][:60]
        yield Part(named, "declaration" if node.type in DECLARED else "other", whole)


def _container(
    node: Node, above: tuple[Node, ...], around: str, body: Node | None
) -> Iterator[Part]:
    """Yield what stands in a module, an `impl` or a trait, and what it is itself."""
    head = tuple(one for one in node.children if one != body)
    called = node.child_by_field_name("name") or node.child_by_field_name("type")
    name = text_of(called).partition("<")[0]
    trait = text_of(node.child_by_field_name("trait"))
    kind = {"mod_item": "mod", "impl_item": "impl"}.get(node.type, "trait")
    told = f"{kind} {around}{trait + ' for ' if trait else ''}{name}"
    yield Part(told, "declaration", (*above, *head))
    if body is not None:
        yield from _inside(body, f"{around}{name}.")


def _used(node: Node | None, before: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a `use` brings, with where they come from."""
    if node is None:
        return
    if node.type == "scoped_use_list":
        path = text_of(node.child_by_field_name("path"))
        yield from _used(node.child_by_field_name("list"), f"{before}{path}::")
    elif node.type == "use_list":
        for one in node.named_children:
            if not is_comment(one):
                yield from _used(one, before)
    else:
        text = text_of(node)
        yield text.split()[-1].rpartition("::")[2], f"{before}{text}"


def constants(part: Part) -> Sequence[str]:
    """Return what a function of Rust's can return always, where its type is a plain one."""
    kind = text_of(part.field("return_type"))
    if kind in ("", "()"):
        return ("return",)
    found = ("0", "1") if _NUMBER.fullmatch(kind) else _CONSTANTS.get(kind, ())
    for begin, values in _GENERIC.items():
        if kind.startswith(begin):
            found = values
    return tuple(f"return {one}" for one in found)


def with_old_tests(path: str, before: str, after: str) -> str:
    """Return the new text with the tests that stand in it as they were, the new ones left out."""
    old, new = root_of(path, before), root_of(path, after)
    if new is None or (old is None and before.strip()):
        raise NotTakenApartError(f"{path} cannot be read as Rust")
    kept = {one.name: one for one in parts(old) if one.kind == "test"} if old is not None else {}
    data, told = ParserSource(after).data, ParserSource(before).data
    tests = [one for one in parts(new) if one.kind == "test"]
    gone = sorted(kept.keys() - {one.name for one in tests})
    if gone:
        raise NotTakenApartError(f"it removes {gone[0]}, which said something of the code")
    for one in reversed(tests):
        was = kept.get(one.name)
        if was is not None and words_of(was) == words_of(one):
            continue
        text = told[was.nodes[0].start_byte : was.nodes[-1].end_byte] if was else b""
        data = data[: one.nodes[0].start_byte] + text + data[one.nodes[-1].end_byte :]
    return data.decode("utf-8", "replace")


RUST = Family(
    "Rust",
    'if true { panic!("broken on purpose") }',
    "panic!",
    parts,
    constants,
    "if true {{ {}; }}",
    frozenset({"block"}),
    ITEMS,
    {"match_arm": "value", "closure_expression": "body", "else_clause": "body"},
)
