"""Small wrong edits of Python functions, each as lines of a file and what stands there instead.

An edit replaces one expression that stands on one line, or drops one short guard. Nothing here
knows whether a test notices.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.repair.operators import OPERATORS, Scope, Splice, always

MIN_LINES, MAX_LINES = 5, 60
MAX_GUARD_LINES = 3

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mutation:
    """Lines from `line` on that are `old` and become `new`."""

    function: str
    first_line: int
    """Of the function with its decorators, as the interpreter counts it."""
    operator: str
    line: int
    old: str
    new: str


def mutations_of(text: str) -> Iterator[Mutation]:
    """Yield every edit of every function of the right size; each leaves a file that compiles."""
    lines = text.split("\n")
    for name, node in functions_of(ast.parse(text)):
        if not MIN_LINES <= (node.end_lineno or node.lineno) - node.lineno + 1 <= MAX_LINES:
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        for operator, line, old, new in _edits(node, lines):
            mutation = Mutation(name, first, operator, line, old, new)
            if compiles(applied(text, line, old, new)):
                yield mutation


def functions_of(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, FunctionNode]]:
    """Yield functions and methods with their qualified names, but none inside of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FunctionNode):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from functions_of(node, prefix)


def applied(text: str, line: int, old: str, new: str) -> str:
    """Return the text with the lines `old` at `line` replaced; ValueError where they are not."""
    lines, wrong = text.split("\n"), old.split("\n")
    if lines[line - 1 : line - 1 + len(wrong)] != wrong:
        raise ValueError(f"line {line} is not {old!r}")
    lines[line - 1 : line - 1 + len(wrong)] = new.split("\n") if new else []
    return "\n".join(lines)


def compiles(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _edits(node: FunctionNode, lines: Sequence[str]) -> Iterator[tuple[str, int, str, str]]:
    scope = Scope(_names(node))
    for found in _inside(node):
        for operator, rule in OPERATORS.items():
            for splice in rule(found, scope):
                edit = _spliced(splice, lines)
                if edit is not None:
                    yield operator, *edit
        yield from _dropped_guards(found, lines)
    yield from _dropped_guards(node, lines)
    yield from _defaults(node, lines)


def _inside(node: FunctionNode) -> Iterator[ast.AST]:
    """Yield what a function's body holds, without docstrings."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    for statement in body:
        yield from ast.walk(statement)


def _names(node: FunctionNode) -> tuple[str, ...]:
    arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    stored = [
        found.id
        for found in ast.walk(node)
        if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)
    ]
    return tuple(name for name in dict.fromkeys(arguments + stored) if name not in ("self", "cls"))


def _spliced(splice: Splice, lines: Sequence[str]) -> tuple[int, str, str] | None:
    """Replace columns of one line; ast counts them in bytes of UTF-8."""
    old = lines[splice.line - 1]
    data = old.encode()
    part = data[splice.start : splice.end].decode()
    replacement = splice.replacement(part)
    if replacement is None or replacement == part:
        return None
    new = (data[: splice.start] + replacement.encode() + data[splice.end :]).decode()
    return splice.line, old, new


def _dropped_guards(node: ast.AST, lines: Sequence[str]) -> Iterator[tuple[str, int, str, str]]:
    body = getattr(node, "body", None)
    if not isinstance(body, list) or len(body) < 2:
        return
    for statement in body:
        last = statement.end_lineno or statement.lineno
        if (
            isinstance(statement, ast.If)
            and not statement.orelse
            and len(statement.body) == 1
            and isinstance(statement.body[0], ast.Return | ast.Raise | ast.Continue)
            and last - statement.lineno < MAX_GUARD_LINES
            and lines[statement.lineno - 1].lstrip().startswith("if ")
        ):
            yield "guard", statement.lineno, "\n".join(lines[statement.lineno - 1 : last]), ""


def _defaults(node: FunctionNode, lines: Sequence[str]) -> Iterator[tuple[str, int, str, str]]:
    given = [*node.args.defaults, *(found for found in node.args.kw_defaults if found is not None)]
    for default in given:
        if isinstance(default, ast.Constant) and isinstance(default.value, bool | int):
            value = default.value
            other = str(not value) if isinstance(value, bool) else str(value + 1)
            end = default.end_col_offset or 0
            splice = Splice(default.lineno, default.col_offset, end, always(other))
            edit = _spliced(splice, lines)
            if edit is not None:
                yield "default", *edit
