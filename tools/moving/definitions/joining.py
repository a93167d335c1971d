"""The module that a definition joins: what it has to import, and where the definition is put."""

import ast
from collections.abc import Iterator

from rooftree.errors import ToolRefusedError
from tools.moving.definitions.brought import brought_lines
from tools.moving.definitions.cut import Cut
from tools.moving.definitions.needs import has_annotations, has_star, uses_of
from tools.moving.definitions.users import UserFile
from tools.moving.sources.all_names import offered, put_into_all
from tools.moving.sources.bindings import (
    ModuleBinding,
    bindings_of,
    bound_by,
    is_main_block,
)
from tools.moving.sources.import_lines import ImportLine, put_imports, take_imports
from tools.moving.sources.source import Edits, PythonSource


def joined_text(cut: Cut) -> str:
    """Return the text of the module with what moves."""
    source = cut.there()
    edits = Edits(source)
    _check_room(cut, source)
    taken = _own_uses(edits, cut)
    wanted, typing = brought_lines(cut, source)
    put_imports(edits, [*wanted, *_futures(cut, source)], typing, taken)
    block = _block(cut)
    edits.insert(_place(cut, source), f"\n\n\n{block}\n\n\n")
    names = {str(one.value) for one in offered(cut.source)}
    public = [one for one in cut.moved if one in names or one == cut.name]
    put_into_all(edits, [one for one in public if not one.startswith("_")])
    before, _, after = edits.applied().partition(block)
    head, tail = before.rstrip("\r\n"), after.lstrip("\r\n")
    return (f"{head}\n\n\n" if head else "") + block + (f"\n\n{tail}" if tail else "")


def _block(cut: Cut) -> str:
    """Return the lines that move, as they were."""
    source, texts = cut.source, list[str]()
    for one in cut.blocks:
        last = min(source.starts[one.last], len(source.data))
        text = source.part((source.starts[one.first - 1], last))
        texts.append(text.replace("\r\n", "\n").strip("\n"))
    return "\n\n\n".join(texts) + "\n"


def _place(cut: Cut, source: PythonSource) -> int:
    """Return where the block is put: at the end, or before what needs it on import."""
    body = source.tree.body
    used = cut.found.mine.get(source.path, [])
    first = next((node for node in body if used and _runs(node, cut.name)), None)
    stop = first or next((node for node in body if is_main_block(node)), None)
    if stop is None:
        return len(source.data)
    decorators: list[ast.expr] = getattr(stop, "decorator_list", [])
    start = min([stop.lineno, *(one.lineno for one in decorators)])
    while source.starts_with_comment(start - 1):
        start -= 1
    if first is not None:
        names = {*cut.needs.own, *cut.needs.imported}
        below = {one for node in body if node.lineno >= start for one in bound_by(node)}
        if names & below:
            raise ToolRefusedError(
                f"{source.path}:{first.lineno} uses {cut.name} before {min(names & below)} is bound"
            )
    return source.starts[start - 1]


def _runs(node: ast.stmt, name: str) -> bool:
    """Say whether a statement uses a name while its module is imported."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    return any(
        name in (getattr(one, "id", ""), getattr(one, "attr", "")) for one in _run_on_import(node)
    )


def _run_on_import(node: ast.stmt) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*one.decorator_list, one.args, *([one.returns] if one.returns else [])]
        elif not isinstance(one, ast.Lambda):
            waiting += ast.iter_child_nodes(one)


def _check_room(cut: Cut, source: PythonSource) -> None:
    """Refuse where the module binds or uses a name that moves, or hides one that is needed."""
    needs = cut.needs
    if has_star(source) and (needs.builtin or needs.own or needs.imported):
        raise ToolRefusedError(
            f"{source.path} imports all names of a module, which may hide one that {cut.name} needs"
        )
    there = bindings_of(source)
    for name in cut.moved:
        others = [one for one in there.get(name, []) if not _is_import_of(cut, name, one)]
        if others or (name not in there and uses_of(source, name, (), inside=False)):
            raise ToolRefusedError(f"{source.path} has a {name} already")
    hidden = sorted(needs.builtin & set(there))
    if hidden:
        raise ToolRefusedError(
            f"{cut.name} uses Python's own {hidden[0]}, which {source.path} binds anew"
        )


def _is_import_of(cut: Cut, name: str, one: ModuleBinding) -> bool:
    """Say whether a binding of the module is the import of what moves."""
    node, alias = one.node, one.alias
    if not isinstance(node, ast.ImportFrom) or alias is None or alias.name != name:
        return False
    return not alias.asname and cut.program.module_of(cut.target, node) == cut.source.path


def _own_uses(edits: Edits, cut: Cut) -> list[ast.stmt]:
    """Let the module use the definition as its own; return the imports that this takes away."""
    many = cut.found.mine.get(cut.target, [])
    if not many:
        return []
    user = UserFile(cut.program, cut.target, cut.source.path, cut.target)
    user.edits = edits
    taken: list[ast.stmt] = []
    for node, alias in user.imports(cut.name, many):
        if alias.asname:
            raise ToolRefusedError(f"{cut.target}:{node.lineno} calls {cut.name} {alias.asname}")
        take_imports(edits, node, [alias], cut.program.around(cut.target).block(node))
        taken.append(node)
    source = edits.source
    taken += user.take_unused(many)
    for one in user.asked(many):
        if _is_local(source, cut.name):
            raise ToolRefusedError(f"{cut.target}:{one.lineno} has a {cut.name} of its own")
        edits.replace(source.span(one), cut.name)
    return taken


def _is_local(source: PythonSource, name: str) -> bool:
    """Say whether a function of a file may bind a name."""
    return any(
        (isinstance(node, ast.arg) and node.arg == name)
        or (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        for node in ast.walk(source.tree)
    )


def _futures(cut: Cut, source: PythonSource) -> list[ImportLine]:
    """Return the imports from __future__ that a new module needs; refuse where two differ."""
    mine, other = _futures_of(cut.source), _futures_of(source)
    if not source.data.strip():
        return [ImportLine("__future__", one) for one in sorted(mine)]
    if mine == other or (mine ^ other == {"annotations"} and not has_annotations(cut.blocks)):
        return []
    raise ToolRefusedError(
        f"{cut.source.path} and {source.path} import different things from __future__, so "
        f"{cut.name} would not mean the same there; let both import the same first"
    )


def _futures_of(source: PythonSource) -> set[str]:
    return {
        one.name
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for one in node.names
    }
