"""A change of Python code taken apart by Python's own parser."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.drafts.syntax import UNREADABLE, python_tree
from tools.mutation.parts import Mutant, NotTakenApartError, Taken, changed_lines

CONSTANTS = ("raise NotImplementedError", "return None", "return True")
NO_VALUES = ("raise NotImplementedError", "if False: yield")
"""For generators: one that yields nothing."""
SILENT = (ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue, ast.Try)
"""Statements that not every Python tells when they are run, and that do nothing alone."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Piece:
    """One function or statement that was changed: where it stands, and its name."""

    name: str
    node: ast.stmt

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, FUNCTIONS)


def taken(before: str, after: str) -> Taken:
    """Take a change apart; NotTakenApartError where something else was changed."""
    pieces = changed_pieces(before, after)
    return _taken(after, pieces, lines_to_run(before, after, pieces))


def taken_function(text: str, name: str) -> Taken | None:
    """Take one function apart that is there."""
    piece = named_piece(text, name)
    return _taken(text, (piece,), {}) if piece is not None else None


def _taken(text: str, pieces: Sequence[Piece], lines: dict[int, frozenset[int]]) -> Taken:
    return Taken(
        tuple(one.name for one in pieces),
        tuple(one.name for one in pieces if one.is_function),
        tuple(mutant for one in pieces for mutant in mutants(text, one)),
        lines,
    )


def changed_pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return what was added or changed; NotTakenApartError where something else was."""
    old, new = _parsed(before), _parsed(after)
    olds, news = dict(_pieces(old)), dict(_pieces(new))
    gone = [name for name in olds if name not in news]
    if gone:
        raise NotTakenApartError(f"it removes {gone[0]}, and no new test can show what that does")
    _check_imports(old, new)
    heads = {name: head for name, head in _heads(old) if (name, head) not in set(_heads(new))}
    if heads:
        raise NotTakenApartError(f"it changes what class {min(heads)} is made of")
    known = {name: _meaning(node) for name, node in olds.items()}
    return tuple(
        Piece(name, node) for name, node in news.items() if known.get(name) != _meaning(node)
    )


def named_piece(text: str, name: str) -> Piece | None:
    """Return the function of this qualified name."""
    node = dict(_pieces(_parsed(text))).get(name)
    return Piece(name, node) if isinstance(node, Function) else None


def mutants(text: str, piece: Piece) -> Iterator[Mutant]:
    """Yield the text with one piece broken in each way that changes it."""
    node, original = piece.node, _meaning(_parsed(text))
    ways = ["pass"]
    start, end = node, node
    if isinstance(node, Function):
        ways = list(NO_VALUES if _yields(node) else CONSTANTS)
        start, end = node.body[0], node.body[-1]
    for how in ways:
        broken = _replaced(text, start, end, how)
        if _meaning(_parsed(broken)) != original:
            yield Mutant(piece.name, how, broken)


def lines_to_run(before: str, after: str, pieces: Sequence[Piece]) -> dict[int, frozenset[int]]:
    """Return, by its line, each changed statement of functions, and the lines that tell it ran."""
    changed = changed_lines(before, after)
    found: dict[int, frozenset[int]] = {}
    for piece in pieces:
        if isinstance(piece.node, Function):
            for statement in _statements(piece.node):
                own = _own_lines(statement)
                if own & changed:
                    found[statement.lineno] = own
    return found


def _parsed(text: str) -> ast.Module:
    try:
        return python_tree(text)
    except UNREADABLE as error:
        raise NotTakenApartError(f"it cannot be read as Python: {error}") from error


def _meaning(node: ast.AST) -> str:
    """Return a node as text, without its docstrings and places."""
    bare = _parsed(ast.unparse(node))
    for one in ast.walk(bare):
        if isinstance(one, (*FUNCTIONS, ast.ClassDef, ast.Module)):
            one.body = one.body[_documented(one.body) :]
    return ast.dump(bare)


def _documented(body: Sequence[ast.stmt]) -> int:
    """Return 1 where a body begins with a docstring, else 0."""
    first = body[0] if body else None
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return int(text and isinstance(first.value.value, str))  # type: ignore[union-attr]  # it is an Expr of a Constant


def _pieces(tree: ast.Module | ast.ClassDef, around: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Yield functions by their name, and other statements by what they set or say.

    Imports and docstrings are no pieces: what they bring shows in what uses it.
    """
    seen: dict[str, int] = {}
    for node in tree.body[_documented(tree.body) :]:
        own = _name_of(node)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) or own == "__all__":
            continue
        seen[own] = seen.get(own, 0) + 1
        name = f"{around}{own} ({seen[own]})" if seen[own] > 1 else f"{around}{own}"
        inner = list(_pieces(node, f"{name}.")) if isinstance(node, ast.ClassDef) else []
        yield from inner or [(name, node)]


def _name_of(node: ast.stmt) -> str:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if all(isinstance(one, ast.Name | ast.Attribute) for one in targets):
        return ", ".join(ast.unparse(one) for one in targets if one is not None)
    return ast.unparse(node).partition("\n")[0][:60]


def _check_imports(old: ast.Module, new: ast.Module) -> None:
    """Refuse a change of where a name comes from: all that uses it may do something else."""
    used = {node.id for node in ast.walk(new) if isinstance(node, ast.Name)}
    for local, origin in sorted(_imports(old) - _imports(new)):
        if local in used:
            raise NotTakenApartError(f"it changes the import of {local} ({origin})")


def _imports(tree: ast.Module) -> set[tuple[str, str]]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            found |= {(one.asname or one.name, f"{origin} {one.name}") for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {(one.asname or one.name.partition(".")[0], one.name) for one in node.names}
    return found


def _heads(tree: ast.Module | ast.ClassDef, around: str = "") -> Iterator[tuple[str, str]]:
    """Yield what each class is made from: its bases, and what decorates it."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            name = f"{around}{node.name}"
            parts = [*node.bases, *(one.value for one in node.keywords), *node.decorator_list]
            yield name, ", ".join(map(ast.dump, parts))
            yield from _heads(node, f"{name}.")


def _yields(function: Function) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


def _replaced(text: str, start: ast.stmt, end: ast.stmt, by: str) -> str:
    """Return the text with the statements from one to another replaced; places count bytes."""
    lines = text.encode().split(b"\n")
    decorators = getattr(start, "decorator_list", [])
    first = min([start.lineno, *(one.lineno for one in decorators)])
    last = end.end_lineno or end.lineno
    head = lines[first - 1][: start.col_offset]
    tail = lines[last - 1][end.end_col_offset :]
    return b"\n".join([*lines[: first - 1], head + by.encode() + tail, *lines[last:]]).decode()


def _statements(function: Function) -> Iterator[ast.stmt]:
    """Yield the statements of a function that are seen to run, its docstrings left out."""
    waiting: list[ast.AST] = list(function.body[_documented(function.body) :])
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt) and not isinstance(node, SILENT) and not _is_silent(node):
            yield node
        waiting += ast.iter_child_nodes(node)


def _is_silent(node: ast.stmt) -> bool:
    endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
    bare = isinstance(node, ast.AnnAssign) and node.value is None
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return endless or bare or text


def _own_lines(statement: ast.stmt) -> frozenset[int]:
    """Return the lines of a statement without those of the statements that stand in it."""
    end = statement.end_lineno or statement.lineno
    inner = [one for name in ("body", "cases") for one in getattr(statement, name, [])]
    starts = [one.lineno for one in inner if isinstance(one, ast.stmt)]
    if starts:
        end = max(statement.lineno, min(starts) - 1)
    elif inner:
        end = statement.lineno  # of `match`, the line with what is matched
    return frozenset(range(statement.lineno, end + 1))
