"""What a file says of a module that moves: imports of it, and chains of names that lead to it."""

import ast
from collections.abc import Sequence

from tools.moving.definitions.users import mentions
from tools.moving.module_names import folder_of, named_like, stem_of, written_module
from tools.moving.python_program import PythonProgram
from tools.moving.sources.all_names import offered
from tools.moving.sources.bindings import Import
from tools.moving.sources.import_lines import ImportLine, import_span, put_beside, take_imports
from tools.moving.sources.source import Edits
from tools.renaming.scopes import chain_of, places


class ModuleUser:
    """One file that imports a module which moves."""

    def __init__(self, program: PythonProgram, path: str, source: str, target: str) -> None:
        self.program = program
        self.path, self.source, self.target = path, source, target
        self.text = program.source(path)
        self.edits = Edits(self.text)
        self.unsure: list[str] = []
        self._around = program.around(path)
        self._dotted: set[str] = set()
        """Names by which `import a.b` makes the module known."""
        self._is_sibling = folder_of(source) == folder_of(target)

    def rewrite(self) -> None:
        """Note every edit; what cannot be told is in `unsure`."""
        for node in list(ast.walk(self.text.tree)):
            if isinstance(node, ast.Import):
                self._plain(node)
            elif isinstance(node, ast.ImportFrom):
                self._from(node)
        self._chains()
        self._offers()

    def _is_it(self, node: Import, alias: ast.alias) -> bool:
        return self.program.imported_module(self.path, node, alias) == self.source

    def _named(self, like: str) -> str:
        return named_like(self.program, self.path, self.target, like, self.source)

    def _plain(self, node: ast.Import) -> None:
        for alias in node.names:
            if not self._is_it(node, alias):
                continue
            start, _ = self.text.span(alias)
            named = self._named(alias.name)
            self.edits.replace((start, start + len(alias.name.encode())), named)
            if not alias.asname:
                self._dotted.add(alias.name)
                self._check_top(node, alias, named)

    def _check_top(self, node: ast.Import, alias: ast.alias, named: str) -> None:
        """Tell where the import makes a package known besides, which it would no longer do."""
        top = alias.name.partition(".")[0]
        others = [
            one
            for statement, one in self.program.imports_of(self.path)
            if one is not alias and (one.asname or one.name.partition(".")[0]) == top
        ]
        if others or top == named.partition(".")[0]:
            return
        for one, within in self._around.within.items():
            if isinstance(one, ast.Name) and one.id == top and top != alias.name:
                whole = self._whole(one)
                if self.program.chain_path(self.path, within, whole) != self.source:
                    where = f"{self.path}:{one.lineno}"
                    self.unsure.append(f"{where} uses {top}, which line {node.lineno} imports")

    def _whole(self, node: ast.expr) -> ast.expr:
        """Return the longest chain from a name that leads to a module."""
        above = self._around.parents.get(node)
        while isinstance(above, ast.Attribute):
            within = self._around.within[above]
            if not self.program.chain_path(self.path, within, above):
                break
            node, above = above, self._around.parents.get(above)
        return node

    def _from(self, node: ast.ImportFrom) -> None:
        if self.program.module_of(self.path, node) == self.source:
            named = self._named(written_module(node))
            self.edits.replace(import_span(self.text, node), named)
            return
        for alias in node.names:
            if alias.name == "*" or not self._is_it(node, alias):
                continue
            if not self._is_beneath(node, alias):
                where = f"{self.path}:{node.lineno}"
                self.unsure.append(f"{where} has it from a module that imports it itself")
            else:
                self._submodule(node, alias)

    def _is_beneath(self, node: ast.ImportFrom, alias: ast.alias) -> bool:
        """Say whether an import takes the module from its own package."""
        text = written_module(node)
        joint = "" if text.endswith(".") else "."
        file = self.program.file_at(self.path)
        found = self.program.python_rules.module(file, f"{text}{joint}{alias.name}")
        documents = getattr(found, "documents", ())
        return [self.program.paths[one] for one in documents[:1]] == [self.source]

    def _submodule(self, node: ast.ImportFrom, alias: ast.alias) -> None:
        local = self._local(alias)
        stem = stem_of(self.target)
        called = "" if local == stem else local
        line = ImportLine("", stem, called)
        if self._is_sibling:
            self.edits.replace(self.text.span(alias), line.item)
            return
        whole = self._named(f"{written_module(node)}.{alias.name}".replace("..", "."))
        if node.level:
            text = written_module(node)
            joint = "" if text.endswith(".") else "."
            whole = self._named(f"{text}{joint}{alias.name}")
        parent = whole.removesuffix(stem)
        parent = parent if set(parent) <= {"."} else parent.removesuffix(".")
        wanted = ImportLine(parent, stem, called) if parent else ImportLine(stem, "", called)
        if len(node.names) == 1:
            self.edits.replace(self.text.span(node), str(wanted))
            return
        take_imports(self.edits, node, [alias], self._around.block(node))
        put_beside(self.edits, node, wanted)

    def _local(self, alias: ast.alias) -> str:
        """Return what the module is called here from now on; its uses are renamed if they can."""
        old, new = stem_of(self.source), stem_of(self.target)
        if alias.asname or old == new:
            return alias.asname or old
        imports = [one for _, one in self.program.imports_of(self.path) if _binds(one, old)]
        used = places(self.path, self.text.text, old)
        texts = sum(one.kind == "text" for one in used)
        if texts == sum(one.value == old for one in self._offered()):
            used = [one for one in used if one.kind != "text"]
        plain = all(one.kind in ("name", "import", "attribute") for one in used)
        names = [one for one in used if one.kind == "name"]
        only = all(one.bound in ("module", "import") for one in names)
        if len(imports) > 1 or not plain or not only or mentions(self.text, new):
            return old
        for one in names:
            start = self.text.at(one.line, one.column)
            self.edits.replace((start, start + len(old.encode())), new)
        return new

    def _chains(self) -> None:
        """Rewrite what asks packages for the module."""
        stem = stem_of(self.source)
        for node, within in self._around.within.items():
            if not isinstance(node, ast.Attribute) or node.attr != stem:
                continue
            if self.program.chain_path(self.path, within, node) != self.source:
                continue
            chain = chain_of(node)
            end = self.text.span(node)[1]
            if chain in self._dotted:
                self.edits.replace(self.text.span(node), self._named(chain))
            elif self._is_sibling:
                self.edits.replace((end - len(stem.encode()), end), stem_of(self.target))
            else:
                self.unsure.append(f"{self.path}:{node.lineno} asks {chain} for it")

    def _offered(self) -> Sequence[ast.Constant]:
        """Return what the package around offers, where this is it."""
        is_package = self.path == self.source.rpartition("/")[0] + "/__init__.py"
        return offered(self.text) if is_package else ()

    def _offers(self) -> None:
        """Rewrite what the package around offers."""
        for one in self._offered():
            if one.value != stem_of(self.source):
                continue
            if self._is_sibling:
                start, end = self.text.span(one)
                quote = self.text.part((start, start + 1))
                self.edits.replace((start, end), f"{quote}{stem_of(self.target)}{quote}")
            else:
                self.unsure.append(f"{self.path}:{one.lineno} offers it in __all__")


def _binds(alias: ast.alias, name: str) -> bool:
    return (alias.asname or alias.name.partition(".")[0]) == name
