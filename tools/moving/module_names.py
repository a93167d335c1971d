"""How Python files name modules: which file an import means, and how another would be named."""

import ast
from collections.abc import Iterator

from indexing.symbols.resolution.entities import Entity, ModuleEntity
from indexing.symbols.resolution.program import ProgramFile
from tools.drafts.program import DraftProgram

Parts = tuple[str, ...]


def parts_of(path: str) -> Parts:
    """Return the folders and the name of a module; a package has its folder's."""
    stem = path.removesuffix(".pyi").removesuffix(".py")
    return tuple(stem.removesuffix("__init__").rstrip("/").split("/")) if stem else ()


def folder_of(path: str) -> Parts:
    folder = path.rpartition("/")[0]
    return tuple(folder.split("/")) if folder else ()


def stem_of(path: str) -> str:
    """Return the last part of a module's name."""
    return ("", *parts_of(path))[-1]


def package_root(program: DraftProgram, path: str) -> Parts:
    """Return the folder that a module's package lies in."""
    folder = folder_of(path)
    while folder and f"{'/'.join(folder)}/__init__.py" in program.documents:
        folder = folder[:-1]
    return folder


def packages_of(path: str) -> frozenset[str]:
    """Return the paths of the packages that may be around a file."""
    folders = path.split("/")[:-1]
    return frozenset(
        "/".join([*folders[:end], "__init__.py"]) for end in range(1, len(folders) + 1)
    )


def dotted_names(program: DraftProgram, path: str) -> tuple[str, ...]:
    """Return the absolute names that a module may go by: in its package, and from the root."""
    parts = parts_of(path)
    root = package_root(program, path)
    found = [parts[len(root) :], parts]
    if parts[:1] in (("src",), ("lib",), ("python",)):
        found.append(parts[1:])
    return tuple(dict.fromkeys(".".join(one) for one in found if one))


def module_at(program: DraftProgram, file: ProgramFile, text: str) -> str:
    """Return the path of the module that an import names; "" where it is none of these files."""
    return path_of(program, program.python_rules.module(file, text))


def path_of(program: DraftProgram, entity: Entity | None) -> str:
    if isinstance(entity, ModuleEntity) and entity.documents:
        return program.paths[entity.documents[0]]
    return ""


def written_module(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def absolute_parts(user: str, text: str) -> Parts:
    """Return what a relative name means, as folders and a name below the root."""
    level = len(text) - len(text.lstrip("."))
    folder = folder_of(user)
    above = folder[: len(folder) - (level - 1)]
    return (*above, *(one for one in text[level:].split(".") if one))


def relative_name(program: DraftProgram, user: str, target: Parts) -> str:
    """Name a module as a file of the same package does; "" where it is of another."""
    folder, root = folder_of(user), package_root(program, user)
    shared = 0
    for one, other in zip(folder, target, strict=False):
        if one != other:
            break
        shared += 1
    if shared < len(folder) and shared <= len(root):
        return ""
    return "." * (len(folder) - shared + 1) + ".".join(target[shared:])


def named_like(program: DraftProgram, user: str, target: str, like: str, like_path: str) -> str:
    """Name a module for a file in the manner in which the file names another one."""
    wanted = parts_of(target)
    if like.startswith("."):
        relative = relative_name(program, user, wanted)
        if relative:
            return relative
    elif like:
        there, named = parts_of(like_path), tuple(like.split("."))
        root = there[: len(there) - len(named)]
        if wanted[: len(root)] == root and len(wanted) > len(root):
            return ".".join(wanted[len(root) :])
    return ".".join(wanted[len(package_root(program, target)) :])


def python_files(program: DraftProgram, *words: str) -> Iterator[str]:
    """Yield the Python files in which one of these words stands."""
    found = {path for word in words for path in program.python_files_with(word)}
    yield from sorted(found)
