"""The mistakes: each rule looks at one node of a syntax tree and says what could stand there."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

COMPARISONS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}
ARITHMETIC = {"+": "-", "-": "+", "*": "+", "//": "*", "/": "*", "%": "//", "<<": ">>", "&": "|"}
CALLS = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "startswith": "endswith",
    "endswith": "startswith",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "find": "rfind",
    "rfind": "find",
    "split": "rsplit",
    "rsplit": "split",
    "partition": "rpartition",
    "rpartition": "partition",
    "lower": "upper",
    "upper": "lower",
    "append": "extend",
    "keys": "values",
    "match": "search",
}
DROPPED = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "copy", "casefold", "title"})
WRAPPERS = frozenset({"sorted", "list", "tuple", "set", "reversed", "abs", "int", "str", "len"})
EXCEPTIONS = {
    "ValueError": "TypeError",
    "TypeError": "ValueError",
    "KeyError": "IndexError",
    "IndexError": "KeyError",
    "AttributeError": "KeyError",
    "LookupError": "ValueError",
    "StopIteration": "ValueError",
    "OverflowError": "ZeroDivisionError",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a function calls its own."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes `start` to `end` of one line, and what to make of them."""

    line: int
    start: int
    end: int
    replacement: Callable[[str], str | None]


Rule = Callable[[ast.AST, Scope], Iterator[Splice]]


def always(text: str) -> Callable[[str], str | None]:
    """Put this text in, whatever stood there."""
    return lambda _: text


def _over(node: ast.expr, replacement: Callable[[str], str | None]) -> Iterator[Splice]:
    if node.end_lineno == node.lineno and node.end_col_offset is not None:
        yield Splice(node.lineno, node.col_offset, node.end_col_offset, replacement)


def _between(
    left: ast.expr, right: ast.expr, replacement: Callable[[str], str | None]
) -> Iterator[Splice]:
    if left.end_lineno == right.lineno and left.end_col_offset is not None:
        yield Splice(right.lineno, left.end_col_offset, right.col_offset, replacement)


def _swap(table: Mapping[str, str]) -> Callable[[str], str | None]:
    """Replace an operator, keeping the brackets and blanks around it."""

    def replaced(part: str) -> str | None:
        found = re.fullmatch(r"(\)*\s*)(\S+(?: (?:not|in))?)(\s*\(*)", part)
        if found is None or found[2] not in table:
            return None
        return found[1] + table[found[2]] + found[3]

    return replaced


def comparison(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _between(node.left, node.comparators[0], _swap(COMPARISONS))


def boolean(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        yield from _between(node.values[0], node.values[1], _swap({"and": "or", "or": "and"}))


def arithmetic(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.BinOp) and not _is_text(node.left) and not _is_text(node.right):
        yield from _between(node.left, node.right, _swap(ARITHMETIC))


def negation(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _over(node, lambda part: part.removeprefix("not").strip())
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        simple = isinstance(node.test, ast.Name | ast.Attribute | ast.Call)
        if simple:
            yield from _over(node.test, lambda part: f"not {part}")


def constant(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.BinOp | ast.Compare | ast.Call | ast.Return | ast.Assign):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and type(child.value) is int:
                value = child.value
                yield from _over(child, always(str(value + 1)))
                if value > 0:
                    yield from _over(child, always(str(value - 1)))
            elif isinstance(child, ast.Constant) and isinstance(child.value, bool):
                yield from _over(child, lambda part: str(part != "True"))


def index(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if not isinstance(node, ast.Subscript):
        return
    inside = node.slice
    parts = [inside.lower, inside.upper] if isinstance(inside, ast.Slice) else [inside]
    for part in parts:
        if part is None:
            continue
        found = ast.unparse(part)
        if re.fullmatch(r"-?\d+", found):
            other = {"-1": "0", "0": "-1"}.get(found, str(int(found) - 1))
            yield from _over(part, always(other))
        elif isinstance(inside, ast.Slice):
            yield from _over(part, lambda old: f"{old} + 1")


def arguments(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return
    first, second = node.args[:2]
    if first.lineno == second.end_lineno and not isinstance(first, ast.Starred):
        one, two = ast.unparse(first), ast.unparse(second)
        if isinstance(second, ast.Name | ast.Attribute | ast.Constant) and one != two:
            end = second.end_col_offset or 0
            yield Splice(first.lineno, first.col_offset, end, always(f"{two}, {one}"))


def variable(node: ast.AST, scope: Scope) -> Iterator[Splice]:
    """Take the next variable of the function instead."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in scope.names:
        other = scope.names[(scope.names.index(node.id) + 1) % len(scope.names)]
        yield from _over(node, always(other))


def call(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name):
        yield from _over(node.func, CALLS.get)
    elif isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
        name, value = node.func.attr, node.func.value
        if node.func.end_lineno == value.end_lineno == node.func.lineno:
            start, end = value.end_col_offset or 0, node.func.end_col_offset or 0
            yield Splice(node.lineno, start, end, always(f".{CALLS[name]}"))


def dropped_call(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if not isinstance(node, ast.Call):
        return
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in DROPPED:
        kept = ast.unparse(function.value)
        yield from _over(node, always(kept))
    elif isinstance(function, ast.Name) and function.id in WRAPPERS and len(node.args) == 1:
        kept = ast.unparse(node.args[0])
        simple = isinstance(node.args[0], ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        if simple and not node.keywords:
            yield from _over(node, always(kept))


def exception(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
        yield from _over(node.type, EXCEPTIONS.get)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _over(node.exc.func, EXCEPTIONS.get)


def loop_end(node: ast.AST, _: Scope) -> Iterator[Splice]:
    if isinstance(node, ast.Break | ast.Continue):
        words = {"break": "continue", "continue": "break"}
        end = node.end_col_offset or 0
        yield Splice(node.lineno, node.col_offset, end, words.get)


OPERATORS: Mapping[str, Rule] = {
    "comparison": comparison,
    "boolean": boolean,
    "arithmetic": arithmetic,
    "negation": negation,
    "constant": constant,
    "index": index,
    "arguments": arguments,
    "variable": variable,
    "call": call,
    "dropped call": dropped_call,
    "exception": exception,
    "loop end": loop_end,
}


def _is_text(node: ast.expr) -> bool:
    """Say whether a node is a text, for which `%` and `*` mean something else."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
