"""The Python files of a draft as a move looks at them: trees, modules, and chains of names."""

import ast
from collections.abc import Iterator
from functools import cached_property

from indexing.parsing.scopes.scope import ImportBinding
from indexing.symbols.resolution.entities import Entity
from indexing.symbols.resolution.program import ProgramFile
from tools.drafts.draft import Draft
from tools.drafts.file_state import MAX_FILE_BYTES
from tools.drafts.program import PYTHON_ENDINGS, DraftProgram
from tools.moving.module_names import module_at, path_of, written_module
from tools.moving.sources.bindings import Import
from tools.moving.sources.source import PythonSource
from tools.renaming.scopes import chain_of


class PythonProgram(DraftProgram):
    """The files of a draft, of which those that are asked for are parsed; for one thread."""

    def __init__(self, draft: Draft, beside: DraftProgram | None = None) -> None:
        super().__init__(draft, beside, MAX_FILE_BYTES)
        self._sources: dict[str, PythonSource] = {}
        self._around: dict[str, Around] = {}

    def around(self, path: str) -> "Around":
        """Return what is around each node of a file."""
        found = self._around.get(path)
        if found is None:
            found = self._around[path] = Around(self.source(path).tree)
        return found

    @cached_property
    def python_paths(self) -> tuple[str, ...]:
        return tuple(path for path in self.documents if path.endswith(PYTHON_ENDINGS))

    def source(self, path: str) -> PythonSource:
        found = self._sources.get(path)
        if found is None:
            found = self._sources[path] = PythonSource(path, self.draft.text(path))
        return found

    def file_at(self, path: str) -> ProgramFile:
        return self.file(self.documents[path])

    def imports_of(self, path: str) -> Iterator[tuple[Import, ast.alias]]:
        """Yield every import of a file, wherever it stands."""
        for node in ast.walk(self.source(path).tree):
            if isinstance(node, Import):
                for alias in node.names:
                    yield node, alias

    def froms_of(self, path: str) -> list[ast.ImportFrom]:
        """Return the imports of names from modules in a file, wherever they stand."""
        tree = self.source(path).tree
        return [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    def module_of(self, path: str, node: ast.ImportFrom) -> str:
        """Return the path of the module from which an import takes names."""
        return module_at(self, self.file_at(path), written_module(node))

    def imported_module(self, path: str, node: Import, alias: ast.alias) -> str:
        """Return the path of the module that an import makes known; "" where it is none."""
        file = self.file_at(path)
        if isinstance(node, ast.Import):
            return module_at(self, file, alias.name)
        item = ImportBinding("", alias.asname or alias.name, written_module(node), alias.name)
        return path_of(self, self.python_rules.imported(file, item, 0))

    def meanings(self, path: str) -> Iterator[Entity]:
        """Yield what each import of a file means."""
        file = self.file_at(path)
        for node, alias in self.imports_of(path):
            if isinstance(node, ast.Import):
                yield self.python_rules.module(file, alias.name)
                continue
            name = "" if alias.name == "*" else alias.name
            item = ImportBinding("", alias.asname or alias.name, written_module(node), name)
            yield self.python_rules.imported(file, item, 0)

    def chain_path(self, path: str, within: str, node: ast.expr) -> str:
        """Return the path of the module that names joined by dots stand for; "" for none."""
        chain = chain_of(node)
        if not chain or chain == "super":
            return ""
        return path_of(self, self.python_rules.chain(self.file_at(path), within, chain, 0))

    def told(self, entity: Entity | None) -> tuple[str, ...]:
        """Return an entity in words that are the same in another state of the files."""
        found: tuple[str, ...] = (type(entity).__name__,)
        document = getattr(entity, "document", None)
        if document is not None:
            found += (self.paths[document], str(getattr(entity, "qualified", "")))
        documents = getattr(entity, "documents", ())
        return (*found, *(self.paths[one] for one in documents))


class Around:
    """What is around the nodes of a tree."""

    def __init__(self, tree: ast.Module) -> None:
        self.within: dict[ast.AST, str] = {}
        """The definition around a node, as the index names it."""
        self.parents: dict[ast.AST, ast.AST] = {}
        waiting: list[tuple[ast.AST, str]] = [(tree, "")]
        while waiting:
            node, within = waiting.pop()
            self.within[node] = within
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                within = f"{within}.{node.name}" if within else node.name
            for one in ast.iter_child_nodes(node):
                self.parents[one] = node
                waiting.append((one, within))

    def block(self, node: ast.stmt) -> list[ast.stmt]:
        """Return the statements among which one stands."""
        above = self.parents[node]
        for field in ("body", "orelse", "finalbody"):
            found = getattr(above, field, [])
            if isinstance(found, list) and node in found:
                return found
        return [node]
