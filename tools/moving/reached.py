"""Uses of a module that names alone do not tell: texts, attributes asked for by text, stars."""

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from indexing.symbols.resolution.entities import UnknownEntity
from tools.drafts.program import PYTHON_ENDINGS
from tools.moving.module_names import (
    dotted_names,
    package_root,
    packages_of,
    path_of,
    python_files,
    stem_of,
    written_module,
)
from tools.moving.python_program import PythonProgram
from tools.renaming.scopes import chain_of

CONFIGURATION = (".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".in")
"""Endings of files in which a dotted name is one that a program imports."""
HARMLESS = frozenset({"reload", "getsource", "getfile", "getmodule", "isinstance", "print", "repr"})
"""Calls that are handed a module and ask it for no name."""
PROMPTS = (">>>", "...")
_ENTRY = re.compile(r"\s*+[\w.-]++\s*+=\s*+[\w.]++(?::[\w.]++)?+\s*+(?:\[[^\]\n]*+\]\s*+)?+")
"""A text of an entry point: `name = package.module:function`."""
SCANNERS = frozenset({"iter_modules", "walk_packages"})


def reached_by_text(program: PythonProgram, path: str, names: Collection[str]) -> Iterator[str]:
    """Yield the texts that name something of a module, as patches and entry points do."""
    which = f"(?:{'|'.join(map(re.escape, sorted(names)))})(?!\\w)"
    imported = rf"\s+import\s[^\n]{{0,200}}?(?<!\w){which}"
    yield from _texts(program, dotted_names(program, path), f"(?:[.:]{which}|{imported})")


def module_in_text(program: PythonProgram, path: str) -> Iterator[str]:
    """Yield the texts that name a module; one word alone may mean anything."""
    dotted = dotted_names(program, path)
    yield from _texts(program, [one for one in dotted if "." in one], r"(?!\w)")
    yield from _texts(program, [one for one in dotted if "." not in one], "[.:][A-Za-z_]")


def _texts(program: PythonProgram, dotted: Sequence[str], after: str) -> Iterator[str]:
    if not dotted:
        return
    word = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, dotted))}){after}")
    for path in sorted(program.documents):
        data = program.draft.content(path) or b""
        if not any(one.encode() in data for one in dotted):
            continue
        for number, line in _code_lines(program, path):
            if word.search(line):
                yield f"{path}:{number} names it in a text"


def _code_lines(program: PythonProgram, path: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file's texts that programs read."""
    if path.endswith(CONFIGURATION):
        yield from enumerate(program.text(path).split("\n"), 1)
    if not path.endswith(PYTHON_ENDINGS):
        return
    tree = program.source(path).tree
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for offset, line in enumerate(_code_of(node, alone=node in alone)):
                yield node.lineno + offset, line


def _code_of(one: ast.Constant, *, alone: bool) -> Iterator[str]:
    """Yield the lines of a text, empty where they are words for people.

    What documents something holds code where it is typed at Python; of another text a line of
    several words is code where it imports.
    """
    for line in str(one.value).split("\n"):
        typed = line.lstrip().startswith(PROMPTS)
        is_entry = "=" in line and _ENTRY.fullmatch(line) is not None
        is_code = typed if alone else (len(line.split()) == 1 or "import" in line or is_entry)
        yield line if is_code else ""


def star_users(program: PythonProgram, *paths: str) -> Iterator[str]:
    """Yield where all names of a module are imported."""
    for path in program.python_paths:
        data = program.draft.content(path) or b""
        if b"*" not in data or b"import" not in data:
            continue
        for star in program.file_at(path).stars:
            module = program.python_rules.module(program.file_at(path), star.module)
            if path_of(program, module) in paths:
                yield f"{path} imports all names of {path_of(program, module)}"


def escapes(program: PythonProgram, path: str, watched: Collection[str]) -> Iterator[str]:
    """Yield where a module is used as a value, so that its names may be asked for or set there."""
    words = _local_names(program, path)
    for user in python_files(program, *words):
        around = program.around(user)
        for node, within in around.within.items():
            last = getattr(node, "id", "") or getattr(node, "attr", "")
            if not isinstance(node, ast.expr) or last not in words:
                continue
            if program.chain_path(user, within, node) == path:
                why = _escape(node, around.parents, watched)
                if why:
                    yield f"{user}:{node.lineno} {why}"


def _local_names(program: PythonProgram, path: str) -> set[str]:
    """Return the names by which files may know a module."""
    stem = stem_of(path)
    found = {stem}
    for user in python_files(program, stem):
        for node, alias in program.imports_of(user):
            if alias.asname and program.imported_module(user, node, alias) == path:
                found.add(alias.asname)
    return found


def _escape(node: ast.expr, parents: dict[ast.AST, ast.AST], watched: Collection[str]) -> str:
    """Say what is done with a module; "" where that leads to none of its watched names."""
    above = parents.get(node)
    if isinstance(above, ast.Attribute):
        is_set = not isinstance(above.ctx, ast.Load) and above.attr in watched
        if above.attr in ("__dict__", "__all__"):
            return "asks the module for all of its names"
        return f"sets {above.attr} of the module" if is_set else ""
    if isinstance(above, ast.Expr):
        return ""
    if isinstance(above, ast.Call) and node in above.args:
        if chain_of(above.func).rpartition(".")[2] in HARMLESS:
            return ""
        after = next(iter(above.args[above.args.index(node) + 1 :]), None)
        named = after.value if isinstance(after, ast.Constant) else None
        if isinstance(named, str):
            return f"names {named} of the module in a text" if named in watched else ""
    return "hands the module on, and what is asked of it there cannot be told"


def asked_lazily(program: PythonProgram, path: str, names: Collection[str]) -> Iterator[str]:
    """Yield where a package around a module names something of it in a text, to fetch it later."""
    for package in packages_of(path) & set(program.documents):
        if b"__getattr__" not in (program.draft.content(package) or b""):
            continue
        tree = program.source(package).tree
        offers = offered_nodes(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in names and node not in offers:
                yield f"{package}:{node.lineno} names {node.value!s} in a text, to fetch it later"


def offered_nodes(tree: ast.Module) -> set[ast.AST]:
    """Return the nodes of `__all__`, however it is made."""
    found: set[ast.AST] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
            found |= set(ast.walk(node))
    return found


def scanned(program: PythonProgram, path: str) -> Iterator[str]:
    """Yield where the modules of a package around a module are looked for by their files."""
    root = "/".join(package_root(program, path))
    for word in sorted(SCANNERS):
        for user in python_files(program, word):
            if user.startswith(f"{root}/" if root else "") and packages_of(path) & packages_of(
                user
            ):
                yield f"{user} looks for modules by {word}"


def is_reached(program: PythonProgram, path: str, name: str) -> bool:
    """Say whether another file takes a name from a module, or may."""
    near = set(program.python_files_with(stem_of(path)))
    for user in python_files(program, name):
        if user == path or user not in near:
            continue
        for node, alias in program.imports_of(user):
            if isinstance(node, ast.ImportFrom) and alias.name == name:
                module = program.python_rules.module(program.file_at(user), written_module(node))
                if isinstance(module, UnknownEntity) or path_of(program, module) == path:
                    return True
        if _asks(program, user, path, name):
            return True
    return any(reached_by_text(program, path, [name])) or any(star_users(program, path))


def _asks(program: PythonProgram, user: str, path: str, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == name
        and program.chain_path(user, within, node.value) == path
        for node, within in program.around(user).within.items()
    )


def is_optional(program: PythonProgram, path: str) -> bool:
    """Say whether a module is imported, and everywhere within functions, conditions or tries."""
    found = False
    for user in python_files(program, stem_of(path)):
        for node, alias in program.imports_of(user):
            is_from = isinstance(node, ast.ImportFrom) and program.module_of(user, node) == path
            if user == path or not (is_from or program.imported_module(user, node, alias) == path):
                continue
            if isinstance(program.around(user).parents[node], ast.Module):
                return False
            found = True
    return found


def has_stub(program: PythonProgram, path: str) -> bool:
    """Say whether a module's types are told in a file beside it."""
    other = f"{path}i" if path.endswith(".py") else path.removesuffix("i")
    return other in program.documents
