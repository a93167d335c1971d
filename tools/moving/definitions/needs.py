"""What a definition uses of the module that it stands in, and how it gets that elsewhere."""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rooftree.errors import ToolRefusedError
from tools.moving.sources.bindings import DefinitionBlock, Import, Kind, ModuleBinding
from tools.moving.sources.source import PythonSource
from tools.renaming.scopes import Place, chain_of, places

OF_A_MODULE = frozenset(
    {"__file__", "__name__", "__package__", "__path__", "__spec__", "__loader__", "__all__"}
)
"""What is another value in another module."""
BY_NAME = frozenset({"globals", "eval", "exec"})
"""What may use any name of a module."""
QUOTED = {"cast": 0, "TypeVar": None, "NewType": 1}
"""Calls that hold code in texts, and which argument does; None is every keyword."""


@dataclass(slots=True)
class Needs:
    """By name."""

    own: dict[str, Kind] = field(default_factory=dict)
    """Defined in the module itself."""
    imported: dict[str, Sequence[ModuleBinding]] = field(default_factory=dict)
    builtin: set[str] = field(default_factory=set)


def uses_of(
    source: PythonSource, name: str, blocks: Sequence[DefinitionBlock], *, inside: bool
) -> list[Place]:
    """Return where a name of the module is used inside of some definitions, or outside of them."""
    return [
        one
        for one in places(source.path, source.text, name)
        if one.kind in ("name", "text", "declared")
        and one.bound == "module"
        and any(block.holds(one.line) for block in blocks) == inside
    ]


def needs_of(
    source: PythonSource, blocks: Sequence[DefinitionBlock], known: dict[str, list[ModuleBinding]]
) -> Needs:
    """Return what definitions use; ToolRefusedError where they use what only this module has."""
    found = Needs()
    moved = {one.name for one in blocks}
    for name in sorted(_names_in(blocks) - moved):
        used = uses_of(source, name, blocks, inside=True)
        quoted = not used and name in _quoted(blocks)
        if not used and not quoted:
            continue
        if any(one.kind == "declared" for one in used):
            raise ToolRefusedError(
                f"{source.path}:{used[0].line} sets {name} of its module, which stays there"
            )
        _sort(source, found, name, known.get(name, []), used)
    return found


def _sort(
    source: PythonSource, found: Needs, name: str, bound: list[ModuleBinding], used: list[Place]
) -> None:
    where = f"{source.path}:{used[0].line}" if used else source.path
    kinds = {one.kind for one in bound}
    if name in OF_A_MODULE or (name in BY_NAME and not bound):
        raise ToolRefusedError(f"{where} uses {name}, which is another thing in another module")
    if not bound:
        stars = [one for one in source.tree.body if _is_star(one)]
        if stars or not hasattr(builtins, name):
            why = "may come by a star import" if stars else "is bound nowhere in it"
            raise ToolRefusedError(f"{where} uses {name}, which {why}")
        found.builtin.add(name)
    elif all(one.alias is not None for one in bound) and len(kinds) == 1 and _are_one(bound):
        found.imported[name] = bound
    else:
        found.own[name] = "typing" if kinds == {"typing"} else "own"
        if _rebound(source, name):
            raise ToolRefusedError(
                f"{where} uses {name}, which functions of {source.path} set anew, so another "
                "module would not see that"
            )


def _are_one(bound: list[ModuleBinding]) -> bool:
    """Say whether imports bind one thing: one statement, or modules of one package."""
    plain = all(isinstance(one.node, ast.Import) and not _alias(one).asname for one in bound)
    return len(bound) == 1 or plain


def _alias(one: ModuleBinding) -> ast.alias:
    assert one.alias is not None  # noqa: S101 - it was asked for imports
    return one.alias


def _rebound(source: PythonSource, name: str) -> bool:
    return any(isinstance(one, ast.Global) and name in one.names for one in ast.walk(source.tree))


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def has_star(source: PythonSource) -> bool:
    """Say whether a module imports all names of another one."""
    return any(_is_star(node) for node in ast.walk(source.tree) if isinstance(node, Import))


def _names_in(blocks: Sequence[DefinitionBlock]) -> set[str]:
    found = _quoted(blocks)
    for node in _all(blocks):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Global):
            found |= set(node.names)
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            found |= _in_texts(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            found |= _in_texts(node.returns)
    return found


def _quoted(blocks: Sequence[DefinitionBlock]) -> set[str]:
    """Return the names in texts that calls such as `cast` take for code."""
    found: set[str] = set()
    for node in _all(blocks):
        if not isinstance(node, ast.Call):
            continue
        called = chain_of(node.func).rpartition(".")[2]
        if called in QUOTED:
            at = QUOTED[called]
            held = [one.value for one in node.keywords] if at is None else node.args[at : at + 1]
            for one in held:
                found |= _in_texts(one)
    return found


def _all(blocks: Sequence[DefinitionBlock]) -> Iterator[ast.AST]:
    for block in blocks:
        for node in block.nodes:
            yield from ast.walk(node)


def _in_texts(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            try:
                tree = ast.parse(one.value.strip(), mode="eval")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            found |= {name.id for name in ast.walk(tree) if isinstance(name, ast.Name)}
    return found


def has_annotations(blocks: Sequence[DefinitionBlock]) -> bool:
    """Say whether anything in definitions has an annotation."""
    return any(
        isinstance(node, ast.AnnAssign)
        or (isinstance(node, ast.arg) and node.annotation is not None)
        or getattr(node, "returns", None) is not None
        for node in _all(blocks)
    )
