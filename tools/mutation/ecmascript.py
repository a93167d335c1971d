"""What JavaScript's and TypeScript's files are made of, and how a function in them is broken."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tree_sitter import Node

from tools.mutation.trees import Family, Part, is_comment, text_of

FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "generator_function", "function_declaration"}
    | {"generator_function_declaration"}
)
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
DECLARED = frozenset(
    {"interface_declaration", "type_alias_declaration", "enum_declaration", "ambient_declaration"}
    | {"function_signature", "abstract_method_signature", "method_signature", "index_signature"}
)
LITERALS = frozenset({"number", "string", "true", "false"})
MAX_LITERALS = 12
"""In one table: each is made another, and the tests run for each."""
SILENT = frozenset({"function_declaration", "generator_function_declaration", "empty_statement"})
BLOCKS = frozenset({"statement_block", "switch_case", "switch_default"})


def parts(root: Node) -> Iterator[Part]:
    """Yield what a module is made of."""
    for node in root.named_children:
        if not is_comment(node):
            yield from _statement(node, node)


def _statement(node: Node, whole: Node) -> Iterator[Part]:
    name = text_of(node.child_by_field_name("name"))
    reader = _READERS.get(node.type)
    if reader is not None:
        yield from reader(node)
    elif node.type in FUNCTIONS:
        yield _function(name or "default", node, whole)
    elif node.type in CLASSES:
        yield from _class(name or "default", node)
    elif node.type in ("lexical_declaration", "variable_declaration"):
        declared = [one for one in node.named_children if one.type == "variable_declarator"]
        for one in declared:
            yield from _declarator(one, whole if len(declared) == 1 else one)
    elif node.type in DECLARED:
        yield Part(name or _short(node), "declaration", (node,))
    elif node.type != "empty_statement":
        yield Part(f"`{_short(node)}`", "other", (node,))


def _short(node: Node) -> str:
    return text_of(node).partition("\n")[0][:60]


def _function(name: str, node: Node, whole: Node) -> Part:
    body = node.child_by_field_name("body")
    return Part(name, "function" if body is not None else "declaration", (whole,), body)


def _imports(node: Node) -> Iterator[Part]:
    source = text_of(node.child_by_field_name("source"))
    clause = next((one for one in node.named_children if one.type == "import_clause"), None)
    if clause is None:
        yield Part(f"`{_short(node)}`", "other", (node,))
        return
    for one in clause.named_children:
        specifiers = one.named_children if one.type == "named_imports" else [one]
        for each in specifiers:
            words = text_of(each).split()
            yield Part(f"import {words[-1]}", "import", (each,), origin=f"{text_of(each)} {source}")


def _exported(node: Node) -> Iterator[Part]:
    declared = node.child_by_field_name("declaration") or node.child_by_field_name("value")
    if declared is not None and declared.type != "identifier":
        yield from _statement(declared, node)
        return
    source = text_of(node.child_by_field_name("source"))
    clause = next((one for one in node.named_children if one.type == "export_clause"), None)
    if clause is None:
        is_name = bool(source) or declared is not None
        yield Part(f"`{_short(node)}`", "declaration" if is_name else "other", (node,))
        return
    for one in clause.named_children:
        yield Part(f"export {text_of(one)} {source}".strip(), "declaration", (one,))


def _class(name: str, node: Node) -> Iterator[Part]:
    body = node.child_by_field_name("body")
    head = tuple(one for one in node.children if one != body)
    yield Part(f"class {name}", "declaration", head)
    above: list[Node] = []
    for one in body.named_children if body is not None else ():
        if one.type == "decorator":
            above.append(one)
        elif not is_comment(one):
            yield _member(name, one, (*above, one))
            above = []


def _member(around: str, node: Node, whole: tuple[Node, ...]) -> Part:
    called = node.child_by_field_name("name") or node.child_by_field_name("property")
    name = f"{around}.{text_of(called)}"
    if node.type == "method_definition":
        return Part(name, "function", whole, node.child_by_field_name("body"))
    if node.type in ("field_definition", "public_field_definition"):
        return _valued(name, node.child_by_field_name("value"), whole)
    return Part(name, "declaration" if node.type in DECLARED else "other", whole)


def _valued(name: str, value: Node | None, whole: tuple[Node, ...]) -> Part:
    """Return the part that a name is, by what it is set to."""
    if value is None:
        return Part(name, "declaration", whole)
    if value.type in FUNCTIONS:
        return Part(name, "function", whole, value.child_by_field_name("body"))
    literals = tuple(_literals(value))
    if literals and None not in literals and len(literals) <= MAX_LITERALS:
        return Part(name, "value", whole, value, leaves=tuple(filter(None, literals)))
    return Part(name, "other", whole)


def _literals(value: Node) -> Iterator[Node | None]:
    """Yield the literals that a value is made of, keys aside; None for all that is none."""
    if value.type in LITERALS:
        yield value
    elif value.type in ("unary_expression", "as_expression", "satisfies_expression"):
        yield from _literals(value.named_children[0])
    elif value.type in ("object", "array"):
        for one in value.named_children:
            if not is_comment(one):
                inner = one.child_by_field_name("value") if one.type == "pair" else one
                yield from _literals(inner) if inner is not None else (None,)
    else:
        yield None


def _declarator(node: Node, whole: Node) -> Iterator[Part]:
    called, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    source = text_of(value)
    if not source.startswith("require("):
        yield _valued(text_of(called), value, (whole,))
        return
    names = called.named_children if called is not None and "pattern" in called.type else [called]
    for one in names:
        local = text_of(one).rpartition(":")[2].strip()
        yield Part(f"import {local}", "import", (whole,), origin=f"{text_of(one)} {source}")


def _assigned(statement: Node) -> Iterator[Part]:
    """Yield what CommonJS exports: functions, and names of what stands elsewhere."""
    node = statement.named_children[0]
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    name = text_of(left)
    if right is None or "exports" not in name.split("."):
        yield Part(f"`{_short(node)}`", "other", (node,))
    elif right.type == "object":
        for one in right.named_children:
            if not is_comment(one):
                yield _entry(one)
    elif right.type == "identifier":
        yield Part(f"{name} = {text_of(right)}", "declaration", (node,))
    else:
        yield _valued(name.rpartition(".")[2], right, (node,))


def _entry(node: Node) -> Part:
    if node.type == "method_definition":
        name = text_of(node.child_by_field_name("name"))
        return Part(name, "function", (node,), node.child_by_field_name("body"))
    if node.type == "shorthand_property_identifier":
        return Part(f"export {text_of(node)}", "declaration", (node,))
    value = node.child_by_field_name("value")
    name = text_of(node.child_by_field_name("key")) or _short(node)
    if value is not None and value.type == "identifier":
        return Part(f"export {name}", "declaration", (node,))
    return _valued(name, value, (node,)) if value is not None else Part(name, "other", (node,))


_READERS: Mapping[str, Callable[[Node], Iterator[Part]]] = {
    "import_statement": _imports,
    "export_statement": _exported,
    "expression_statement": _assigned,
}


def constants(part: Part) -> Sequence[str]:
    """Return what a function of JavaScript's can return always."""
    sets = any(one.type == "set" for one in part.nodes[-1].children)
    if part.name.endswith(".constructor") or sets:
        return ("return",)
    # A function that says its types can return a constant only as any.
    typed = " as any" if part.field("return_type") is not None else ""
    return (f"return undefined{typed}", f"return true{typed}")


ECMASCRIPT = Family(
    "JavaScript or TypeScript",
    'if (String(1)) throw new Error("broken on purpose");',
    "throw",
    parts,
    constants,
    "if (String(1)) {{ {}; }}",
    BLOCKS,
    SILENT,
    {
        "arrow_function": "body",
        "if_statement": "consequence",
        "else_clause": "body",
        "while_statement": "body",
        "for_statement": "body",
        "for_in_statement": "body",
        "do_statement": "body",
    },
)
