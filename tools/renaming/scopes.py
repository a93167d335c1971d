"""Where a name stands in one Python file, and in which scope each use of it is bound.

Python's own scoping: a name is bound by the innermost function, lambda or comprehension around it
that binds it anywhere, classes count for their own bodies alone, all else is the module's.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rooftree.errors import ToolRefusedError
from tools.drafts.syntax import UNREADABLE, python_tree

Kind = Literal["name", "attribute", "import", "definition", "text", "declared"]
"""`text` is a name in a string that is read as code, such as an annotation; `declared` one after
`global` or `nonlocal`."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence: where its bytes begin in its line (from 0), and what it belongs to."""

    kind: Kind
    line: int
    column: int
    within: str = ""
    """The definition around it, as the index names it."""
    bound: Literal["module", "class", "local", "import"] = "module"
    """What binds it: for an attribute, the first name of what it is asked of."""
    receiver: str = ""
    """What an attribute is asked of: names joined by dots; `?` is anything else."""
    item: tuple[str, str, str] = ("", "", "")
    """Of an import: the name that it binds, the module, and the name inside that."""


@dataclass(slots=True)
class Scope:
    """What one scope binds."""

    kind: Literal["module", "class", "function"]
    qualified: str = ""
    bound: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    """Those that an import binds, and nothing else beside it."""
    outer: set[str] = field(default_factory=set)
    """Declared global."""
    first: str = ""
    """The first parameter of a method."""


def places(path: str, text: str, name: str) -> list[Place]:
    """Return where a name stands in a file's code; ToolRefusedError where it cannot be read."""
    try:
        tree = python_tree(text)
    except UNREADABLE as error:
        raise ToolRefusedError(f"{path} cannot be read as Python: {error}") from error
    module = Scope("module")
    bind(module, tree.body)
    return list(_Walk(name, path, text).block(tree.body, [module]))


class _Walk:
    """Goes through one file with the scopes around."""

    def __init__(self, name: str, path: str, text: str) -> None:
        self._name = name
        self._path = path
        self._lines = text.encode("utf-8", "surrogatepass").split(b"\n")

    def block(self, body: list[ast.stmt], scopes: list[Scope]) -> Iterator[Place]:
        for node in body:
            yield from self.node(node, scopes)

    def node(self, node: ast.AST, scopes: list[Scope]) -> Iterator[Place]:
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            yield from self._function(node, scopes)
        elif isinstance(node, ast.ClassDef):
            yield from self._class(node, scopes)
        elif isinstance(node, COMPREHENSIONS):
            yield from self._comprehension(node, scopes)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from self._imports(node, scopes)
        else:
            yield from self._plain(node, scopes)

    def _children(self, node: ast.AST, scopes: list[Scope]) -> Iterator[Place]:
        for one in ast.iter_child_nodes(node):
            yield from self.node(one, scopes)

    def _plain(self, node: ast.AST, scopes: list[Scope]) -> Iterator[Place]:
        if isinstance(node, ast.Name) and node.id == self._name:
            yield self._named("name", node.lineno, node.col_offset, scopes)
        elif isinstance(node, ast.Attribute) and node.attr == self._name:
            yield self._attribute(node, scopes)
        elif isinstance(node, ast.Global | ast.Nonlocal) and self._name in node.names:
            yield self._named("declared", node.lineno, node.col_offset, scopes)
        elif isinstance(node, ast.AnnAssign):
            yield from self._texts(node.annotation, scopes)
        if _is_all(node):
            yield from self._texts(node, scopes)
        yield from self._children(node, scopes)

    def _named(self, kind: Kind, line: int, column: int, scopes: list[Scope]) -> Place:
        binder = _binder(self._name, scopes)
        return Place(kind, line, column, _within(scopes), _how(self._name, binder))

    def _attribute(self, node: ast.Attribute, scopes: list[Scope]) -> Place:
        line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        column = end - len(self._name.encode())
        chain = chain_of(node.value)
        first = chain.partition(".")[0]
        how = _how(first, _binder(first, scopes)) if first else "local"
        if first and any(first == one.first for one in scopes if one.kind == "function"):
            own = "self" + chain.removeprefix(first)
            return Place("attribute", line, column, _within(scopes), "class", own)
        return Place("attribute", line, column, _within(scopes), how, chain or "?")

    def _function(self, node: Function | ast.Lambda, scopes: list[Scope]) -> Iterator[Place]:
        yield from self._signature(node, scopes)
        named = _all_arguments(node.args)
        scope = Scope("function", _within(scopes), {one.arg for one in named})
        if isinstance(node, ast.Lambda):
            bind(scope, [node.body])
            yield from self.node(node.body, [*scopes, scope])
            return
        if node.name == self._name:
            yield self._defined(node, scopes)
        scope.qualified = ".".join(filter(None, [scope.qualified, node.name]))
        bind(scope, node.body)
        static = any(chain_of(one) == "staticmethod" for one in node.decorator_list)
        if scopes[-1].kind == "class" and named and not static:
            scope.first = named[0].arg
        yield from self.block(node.body, [*scopes, scope])

    def _signature(self, node: Function | ast.Lambda, scopes: list[Scope]) -> Iterator[Place]:
        """Yield what stands around a function's body, which its own names do not hide."""
        outer: list[ast.expr | None] = [*node.args.defaults, *node.args.kw_defaults]
        written = [one.annotation for one in _all_arguments(node.args)]
        if not isinstance(node, ast.Lambda):
            outer += node.decorator_list
            written.append(node.returns)
        for one in written:
            if one is not None:
                yield from self._texts(one, scopes)
        for one in [*outer, *written]:
            if one is not None:
                yield from self.node(one, scopes)

    def _class(self, node: ast.ClassDef, scopes: list[Scope]) -> Iterator[Place]:
        for one in [*node.bases, *node.keywords, *node.decorator_list]:
            yield from self.node(one, scopes)
        if node.name == self._name:
            yield self._defined(node, scopes)
        qualified = ".".join(filter(None, [_within(scopes), node.name]))
        scope = Scope("class", qualified)
        bind(scope, node.body)
        yield from self.block(node.body, [*scopes, scope])

    def _defined(self, node: Function | ast.ClassDef, scopes: list[Scope]) -> Place:
        line = self._lines[node.lineno - 1]
        column = line.find(self._name.encode(), node.col_offset + len("def"))
        return self._named("definition", node.lineno, column, scopes)

    def _comprehension(self, node: Comprehension, scopes: list[Scope]) -> Iterator[Place]:
        scope = Scope("function", _within(scopes))
        for one in node.generators:
            scope.bound |= _names(one.target)
        # What is gone through first is looked up outside.
        first = node.generators[0].iter
        yield from self.node(first, scopes)
        waiting = [one for one in ast.iter_child_nodes(node) if one is not node.generators[0]]
        waiting += [node.generators[0].target, *node.generators[0].ifs]
        for part in waiting:
            yield from self.node(part, [*scopes, scope])

    def _imports(self, node: ast.Import | ast.ImportFrom, scopes: list[Scope]) -> Iterator[Place]:
        if isinstance(node, ast.Import):
            return  # the names of modules, and what they are called here
        module = "." * node.level + (node.module or "")
        for one in node.names:
            if one.name == self._name:
                item = (one.asname or one.name, module, one.name)
                within = _within(scopes)
                yield Place("import", one.lineno, one.col_offset, within, "import", "", item)
                if one.asname == one.name:
                    end = (one.end_col_offset or 0) - len(one.name.encode())
                    line = one.end_lineno or one.lineno
                    yield Place("import", line, end, within, "import", "", item)

    def _texts(self, node: ast.AST, scopes: list[Scope]) -> Iterator[Place]:
        """Yield where a name stands in strings that are code: annotations and `__all__`."""
        for one in ast.walk(node):
            if not isinstance(one, ast.Constant) or not isinstance(one.value, str):
                continue
            at = _position(one.value, self._name)
            if at is not None:
                opening = self._lines[one.lineno - 1][one.col_offset : one.col_offset + 1]
                column = one.col_offset + len(opening) + len(one.value[:at].encode())
                yield self._named("text", one.lineno, column, scopes)


def _position(text: str, name: str) -> int | None:
    """Return where a name stands alone in a string that is an expression."""
    try:
        tree = ast.parse(text, mode="eval")
    except UNREADABLE:
        return None
    found = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == name]
    return len(text.encode()[: found[0].col_offset].decode()) if found else None


def _is_all(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    is_set = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
    return is_set and any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets)


def _within(scopes: list[Scope]) -> str:
    return scopes[-1].qualified


def _binder(name: str, scopes: list[Scope]) -> Scope:
    """Return the scope that binds a name which stands in the innermost of these."""
    for number, scope in enumerate(reversed(scopes)):
        if scope.kind == "module" or name in scope.outer:
            return scopes[0]
        if name in scope.bound and (scope.kind != "class" or number == 0):
            return scope
    return scopes[0]


def _how(name: str, scope: Scope) -> Literal["module", "class", "local", "import"]:
    if scope.kind != "function":
        return scope.kind
    return "import" if name in scope.imported else "local"


def chain_of(node: ast.expr) -> str:
    """Return names joined by dots; empty where it is anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = chain_of(node.value)
        return f"{before}.{node.attr}" if before else ""
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if call and node.func.id == "super" and not node.args:  # type: ignore[attr-defined]  # it is a Call of a Name
        return "super"
    return ""


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    others = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *others]


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def bind(scope: Scope, body: Sequence[ast.AST]) -> None:
    """Note what the statements of a scope bind, without the scopes inside of it."""
    imported: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, ast.Global):
            scope.outer |= set(node.names)
        scope.bound |= _bound_by(node)
        waiting += _inside(node)
    scope.imported = imported - scope.bound
    scope.bound |= imported


def _bound_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Load) else {node.id}
    named = (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
    if isinstance(node, named) and node.name:
        return {node.name}
    return {node.rest} if isinstance(node, ast.MatchMapping) and node.rest else set()


def _inside(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node that belong to the scope around it."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return list(node.decorator_list)
    if isinstance(node, ast.Lambda):
        return []
    if isinstance(node, COMPREHENSIONS):
        # Its variables are its own, but for what `:=` binds around it.
        return [one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
    return list(ast.iter_child_nodes(node))
