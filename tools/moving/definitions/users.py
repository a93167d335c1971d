"""What files besides the two modules say of a definition that moves: imports, and `a.f`."""

import ast
from collections.abc import Iterator, Sequence

from rooftree.errors import ToolRefusedError
from tools.moving.module_names import (
    folder_of,
    named_like,
    parts_of,
    relative_name,
    stem_of,
    written_module,
)
from tools.moving.python_program import PythonProgram
from tools.moving.reached import is_reached
from tools.moving.sources.bindings import Import
from tools.moving.sources.import_lines import ImportLine, import_span, put_beside, take_imports
from tools.moving.sources.source import Edits, PythonSource
from tools.renaming.scopes import Place, chain_of

_ImportOf = tuple[Import, ast.alias]


class UserFile:
    """One file that uses a definition which moves from one module to another."""

    def __init__(self, program: PythonProgram, path: str, source: str, target: str) -> None:
        self.program = program
        self.path = path
        self.text = program.source(path)
        self.edits = Edits(self.text)
        self.source, self.target = source, target
        self._around = program.around(path)
        self._made: set[tuple[ast.AST, ImportLine]] = set()
        """Imports of the new module that are put in, by the scope that has them."""

    def rewrite(self, name: str, places: Sequence[Place]) -> None:
        """Rewrite all that takes the name from the old module; what takes it elsewhere stays."""
        for node, alias in self.imports(name, places):
            self._import(node, alias)
        self._attributes(self.asked(places))

    def imports(
        self, name: str, places: Sequence[Place]
    ) -> Iterator[tuple[ast.ImportFrom, ast.alias]]:
        """Yield the imports of the name from the old module itself."""
        starts = {(one.line, one.column) for one in places if one.kind == "import"}
        for node in self.program.froms_of(self.path):
            for alias in node.names:
                is_one = alias.name == name and (alias.lineno, alias.col_offset) in starts
                if is_one and self.program.module_of(self.path, node) == self.source:
                    yield node, alias

    def asked(self, places: Sequence[Place]) -> list[ast.Attribute]:
        """Return where the name is asked of the old module itself."""
        ends = {(one.line, one.column) for one in places if one.kind == "attribute"}
        return [
            node
            for node in ast.walk(self.text.tree)
            if isinstance(node, ast.Attribute)
            and (node.end_lineno, (node.end_col_offset or 0) - len(node.attr.encode())) in ends
            and self.program.chain_path(self.path, self._around.within[node], node.value)
            == self.source
        ]

    def _import(self, node: ast.ImportFrom, alias: ast.alias) -> None:
        module = self.named(written_module(node))
        if len(node.names) == 1:
            self.edits.replace(import_span(self.text, node), module)
            return
        take_imports(self.edits, node, [alias], self._around.block(node))
        put_beside(self.edits, node, ImportLine(module, alias.name, alias.asname or ""))

    def named(self, like: str) -> str:
        """Return how this file names the new module, in the manner in which it names the old."""
        return named_like(self.program, self.path, self.target, like, self.source)

    def take_unused(self, places: Sequence[Place]) -> list[ast.stmt]:
        """Take away the imports that serve nothing but to ask the old module for the name."""
        by_import, only = self._by_import(self.asked(places))
        for statement, alias in only:
            take_imports(self.edits, statement, [alias], self._around.block(statement))
        return [statement for statement, _ in by_import]

    def _by_import(
        self, nodes: Sequence[ast.Attribute]
    ) -> tuple[dict[_ImportOf, list[ast.Attribute]], list[_ImportOf]]:
        """Return what is asked by the import that makes it known; and those that do only that."""
        found: dict[_ImportOf, list[ast.Attribute]] = {}
        for node in nodes:
            found.setdefault(self.binder(node), []).append(node)
        return found, [key for key, many in found.items() if self._is_only_for(key[1], many)]

    def _attributes(self, nodes: Sequence[ast.Attribute]) -> None:
        by_import, only = self._by_import(nodes)
        # What takes the place of another import comes first: the others find it there then.
        for key in sorted(by_import, key=lambda one: one not in only):
            self._through(*key, by_import[key], is_only=key in only)

    def binder(self, node: ast.Attribute) -> _ImportOf:
        """Return the import that makes known of what something is asked."""
        receiver = chain_of(node.value)
        first = receiver.partition(".")[0]
        found = [
            (statement, alias)
            for statement, alias in self.program.imports_of(self.path)
            if (alias.asname or alias.name.partition(".")[0]) == first
            and self._is_around(statement, node)
        ]
        exact = [one for one in found if one[1].name == receiver and not one[1].asname]
        if len(exact or found) != 1:
            raise ToolRefusedError(
                f"{self.path}:{node.lineno} asks {receiver} for it, which "
                f"{'several imports make' if found else 'no import makes'} known"
            )
        return (exact or found)[0]

    def _scope(self, statement: ast.stmt) -> ast.AST:
        """Return the function or the module in which a statement binds names."""
        scope: ast.AST = statement
        while not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            scope = self._around.parents[scope]
        return scope

    def _is_around(self, statement: ast.stmt, node: ast.AST) -> bool:
        """Say whether what a statement binds is seen at a node."""
        scope = self._scope(statement)
        above: ast.AST | None = node
        while above is not None and above is not scope:
            above = self._around.parents.get(above)
        return above is scope

    def _through(
        self, statement: Import, alias: ast.alias, many: list[ast.Attribute], *, is_only: bool
    ) -> None:
        receiver = chain_of(many[0].value)
        is_dotted = isinstance(statement, ast.Import) and not alias.asname
        wanted: ImportLine | None
        if is_dotted and alias.name == receiver:
            called = self.named(receiver)
            wanted = ImportLine(called)
        else:
            wanted, called = self._imported(statement, receiver)
        for node in many:
            self.edits.replace(self.text.span(node.value), called)
        scope = self._scope(statement)
        is_put = wanted is None or (scope, wanted) in self._made
        if wanted is not None:
            self._made.add((scope, wanted))
        if is_only:
            take = None if is_put else wanted
            self._exchange(statement, alias, take)
        elif wanted is not None and not is_put and not self._has(wanted, statement):
            put_beside(self.edits, statement, wanted)

    def _has(self, wanted: ImportLine, beside: ast.stmt) -> bool:
        """Say whether an import stands in the same block already."""
        block = self._around.block(beside)
        return any(self.text.part(self.text.span(one)) == str(wanted) for one in block)

    def _imported(self, statement: Import, receiver: str) -> tuple[ImportLine | None, str]:
        """Return how the new module is made known, and how it is called then."""
        stem = stem_of(self.target)
        if self._means_target(stem):
            return None, stem
        if mentions(self.text, stem):
            raise ToolRefusedError(
                f"{self.path} has a {stem} already, so {receiver} cannot be called that there"
            )
        relative = ""
        if isinstance(statement, ast.ImportFrom) and statement.level:
            parts = parts_of(self.target)
            inside = parts != folder_of(self.path)[: len(parts)]
            relative = relative_name(self.program, self.path, parts[:-1]) if inside else ""
        if relative:
            return ImportLine(relative, stem), stem
        whole = named_like(self.program, self.path, self.target, "", self.source)
        parent, _, last = whole.rpartition(".")
        return (ImportLine(parent, last) if parent else ImportLine(last)), stem

    def _means_target(self, stem: str) -> bool:
        node = ast.Name(stem, ast.Load())
        return self.program.chain_path(self.path, "", node) == self.target

    def _is_only_for(self, alias: ast.alias, many: list[ast.Attribute]) -> bool:
        """Say whether an import serves nothing but what moves."""
        first = chain_of(many[0].value).partition(".")[0]
        known = [
            one
            for _, one in self.program.imports_of(self.path)
            if (one.asname or one.name.partition(".")[0]) == first
        ]
        used = sum(
            isinstance(node, ast.Name) and node.id == first for node in ast.walk(self.text.tree)
        )
        is_one = known == [alias] and used == len(many) and stem_of(self.path) != ""
        is_package = self.path.endswith("__init__.py")
        return is_one and not is_package and not is_reached(self.program, self.path, first)

    def _exchange(self, statement: Import, alias: ast.alias, wanted: ImportLine | None) -> None:
        if wanted is not None and len(statement.names) == 1:
            self.edits.replace(self.text.span(statement), str(wanted))
            return
        take_imports(self.edits, statement, [alias], self._around.block(statement))
        if wanted is not None:
            put_beside(self.edits, statement, wanted)


def mentions(source: PythonSource, name: str) -> bool:
    """Say whether a file binds or uses a name anywhere."""
    fields = ("id", "arg", "name", "asname", "rest")
    return any(
        getattr(node, field, None) == name
        for node in ast.walk(source.tree)
        if not isinstance(node, ast.keyword)
        for field in fields
    )
