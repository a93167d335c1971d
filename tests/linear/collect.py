"""Collects every regular expression of the product from its syntax tree.

The pattern of a call is evaluated in the module that holds it, so that constants, f-strings, joins
and tables come out as the product has them. What depends on a function's own variables is evaluated
with the arguments registered for it in `arguments.py`; a call that is not registered is an error.
"""

import ast
import builtins
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.linear.arguments import ARGUMENTS, WAYS_OF

ROOT = Path(__file__).parents[2]
PARTS = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "training", "server")
WAYS = frozenset({"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"})
FROM_A_PLACE = frozenset({"match", "fullmatch"})
BUILTINS = frozenset(dir(builtins))
OTHER_ENGINES = frozenset({"regex", "re2", "sre_compile", "_sre", "fnmatch", "configparser"})
"""What brings patterns that this walk would not see; `configparser` reads lines by one that is not
linear."""
LINEAR = "rooftree/text/linear_patterns.py"
"""The one file that takes RE2, which is linear whatever the pattern."""

AnyPattern = re.Pattern[str] | re.Pattern[bytes]


@dataclass(slots=True)
class Found:
    """A pattern, the places that make it, and the ways in which it is used."""

    pattern: AnyPattern
    places: set[str] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)
    """The places in `arguments.py` that it is made with."""

    @property
    def name(self) -> str:
        return min(self.places)


@dataclass(slots=True)
class Collection:
    """All that was found."""

    found: dict[tuple[Any, int], Found] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)
    """Calls that make a pattern of a function's own variables, without registered arguments."""
    registered: set[str] = field(default_factory=set)
    """Registered places that some call asked for."""

    def add(self, pattern: AnyPattern, place: str, ways: Iterable[str], registered: str) -> None:
        found = self.found.setdefault((pattern.pattern, pattern.flags), Found(pattern))
        found.places.add(place)
        found.ways.update(ways)
        if registered:
            found.registered.add(registered)

    def known(self, pattern: AnyPattern) -> Found | None:
        return self.found.get((pattern.pattern, pattern.flags))


def collect() -> Collection:
    """Find every pattern of the product, then how each is used."""
    collection = Collection()
    files = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
    }
    read = {}
    for place, tree in files.items():
        checker = _Imports(collection, place)
        checker.visit(tree)
        if checker.has_re:
            read[place] = importlib.import_module(_name(place))
            _Calls(collection, place, read[place]).visit(tree)
    for place, tree in files.items():
        if place in read or _takes_patterns(tree, {_name(one): read[one] for one in read}):
            _Uses(collection, importlib.import_module(_name(place))).visit(tree)
    for found in collection.found.values():
        allowed = [WAYS_OF[place] for place in found.registered if place in WAYS_OF]
        found.ways = set().union(*allowed) if allowed else found.ways or set(WAYS)
    return collection


def _name(place: str) -> str:
    return place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _takes_patterns(tree: ast.Module, modules: Mapping[str, ModuleType]) -> bool:
    """Say whether a file imports a pattern by name, or a module that has some."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names]
            module = modules.get(node.module)
            if any(isinstance(vars(module).get(name), re.Pattern) for name in names if module):
                return True
            if any(f"{node.module}.{name}" in modules for name in names):
                return True
    return False


class _Imports(ast.NodeVisitor):
    """Sees whether a file uses `re`, and what it must not use."""

    def __init__(self, collection: Collection, place: str) -> None:
        self._collection = collection
        self._place = place
        self.has_re = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(node, alias.name)
            if alias.name == "re":
                self.has_re = True
                if alias.asname:
                    self._fails(node, "imports re by another name")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._imported(node, node.module or "")
        if node.module == "re":
            self._fails(node, "imports names from re; write re.compile(...)")

    def _imported(self, node: ast.stmt, name: str) -> None:
        if name.split(".", maxsplit=1)[0] in OTHER_ENGINES and not self._place.endswith(LINEAR):
            self._fails(node, f"imports {name}, whose patterns this walk does not see")

    def _fails(self, node: ast.stmt, why: str) -> None:
        self._collection.unresolved.append(f"{self._place}:{node.lineno} {why}")


class _Calls(ast.NodeVisitor):
    """Finds the calls of `re` in one module."""

    def __init__(self, collection: Collection, place: str, module: ModuleType) -> None:
        self._collection = collection
        self._place = place
        self._module = module
        self._names: list[str] = []
        self._functions: list[ast.AST] = []
        self._statement: ast.stmt | None = None

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement = node
        super().visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node, node.name, is_function=False)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside(node, node.name, is_function=True)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._inside(node, node.name, is_function=True)

    def _inside(self, node: ast.AST, name: str, *, is_function: bool) -> None:
        self._names.append(name)
        if is_function:
            self._functions.append(node)
        self.generic_visit(node)
        self._names.pop()
        if is_function:
            self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        made = node.func
        if _of_re(made) and isinstance(made, ast.Attribute) and made.attr in {"compile", *WAYS}:
            self._call(node, made.attr)
            for argument in (*node.args, *(one.value for one in node.keywords)):
                self.visit(argument)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if _of_re(node) and node.attr in {"compile", "template", "Scanner", *WAYS}:
            self._fails(node, f"uses re.{node.attr} without calling it")
        self.generic_visit(node)

    def _call(self, node: ast.Call, way: str) -> None:
        keywords = {one.arg: one.value for one in node.keywords}
        pattern = node.args[0] if node.args else keywords["pattern"]
        position = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(way, 2)
        given = node.args[position] if len(node.args) > position else keywords.get("flags")
        ways = () if way == "compile" else (way,)
        for made, registered in self._made(node, pattern, given):
            self._collection.add(made, f"{self._place}:{node.lineno}", ways, registered)

    def _made(
        self, call: ast.Call, pattern: ast.expr, flags: ast.expr | None
    ) -> Iterator[tuple[AnyPattern, str]]:
        """Yield the patterns that a call makes, and where its arguments are registered."""
        names = {one.id for one in ast.walk(pattern) if isinstance(one, ast.Name)}
        own = names & self._own_names()
        known = names <= vars(self._module).keys() | BUILTINS
        if known and not own:
            yield self._evaluated(pattern, flags, {}), ""
        elif not self._names and isinstance(self._statement, ast.Assign | ast.AnnAssign):
            yield from ((made, "") for made in self._from_table(call, self._statement))
        else:
            yield from self._from_registered(call, pattern, flags)

    def _own_names(self) -> set[str]:
        """Return the names that a function, or a comprehension around the call, binds itself."""
        return {
            one.arg if isinstance(one, ast.arg) else one.id
            for function in self._functions
            for one in ast.walk(function)
            if isinstance(one, ast.arg)
            or (isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
        }

    def _evaluated(
        self, pattern: ast.expr, flags: ast.expr | None, own: Mapping[str, object]
    ) -> AnyPattern:
        scope = {**vars(self._module), **own}
        made = eval(compile(ast.Expression(pattern), self._place, "eval"), scope)  # noqa: S307
        if isinstance(made, re.Pattern):
            return made
        given = eval(compile(ast.Expression(flags), self._place, "eval"), scope) if flags else 0  # noqa: S307
        return re.compile(made, given)

    def _from_table(
        self, call: ast.Call, statement: ast.Assign | ast.AnnAssign
    ) -> Iterator[AnyPattern]:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        found = [one for name in names for one in patterns_in(vars(self._module)[name])]
        if not found:
            self._fails(call, "makes patterns that no constant of the module holds")
        yield from found

    def _from_registered(
        self, call: ast.Call, pattern: ast.expr, flags: ast.expr | None
    ) -> Iterator[tuple[AnyPattern, str]]:
        place = f"{self._place}::{'.'.join(self._names)}"
        if place not in ARGUMENTS:
            self._fails(call, f"makes a pattern at run time; register {place!r} in arguments.py")
            return
        self._collection.registered.add(place)
        for own in ARGUMENTS[place]:
            yield self._evaluated(pattern, flags, own), place

    def _fails(self, node: ast.AST, why: str) -> None:
        line = getattr(node, "lineno", 0)
        self._collection.unresolved.append(f"{self._place}:{line} {why}")


class _Uses(ast.NodeVisitor):
    """Finds the methods by which the patterns that a module knows by name are used."""

    def __init__(self, collection: Collection, module: ModuleType) -> None:
        self._collection = collection
        self._module = module

    def visit_Call(self, node: ast.Call) -> None:
        used = node.func
        found = self._found(used.value) if isinstance(used, ast.Attribute) else None
        if found is not None and isinstance(used, ast.Attribute) and used.attr in WAYS:
            # `match(text, at)` may be asked at each place of a text, which is a search.
            found.ways.add(
                "finditer" if used.attr in FROM_A_PLACE and len(node.args) > 1 else used.attr
            )
            for argument in (*node.args, *(one.value for one in node.keywords)):
                self.visit(argument)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        found = self._found(node.value)
        if found is not None:
            found.ways.update({node.attr} & WAYS)
        else:
            self._passed(node)
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._passed(node)

    def _passed(self, node: ast.expr) -> None:
        """A pattern that is handed on may be used in any way."""
        found = self._found(node)
        if found is not None and isinstance(getattr(node, "ctx", None), ast.Load):
            found.ways.update(WAYS)

    def _found(self, node: ast.expr) -> Found | None:
        value: object = None
        if isinstance(node, ast.Name):
            value = vars(self._module).get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            value = getattr(vars(self._module).get(node.value.id), node.attr, None)
        return self._collection.known(value) if isinstance(value, re.Pattern) else None


def patterns_in(value: object) -> Iterator[AnyPattern]:
    """Yield the compiled patterns that a table holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from patterns_in(one)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from patterns_in(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from patterns_in(getattr(value, one.name))


def _of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
    )
