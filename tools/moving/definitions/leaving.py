"""The module that a definition leaves: what stays, and what it has to import from now on."""

import ast
from collections.abc import Iterator

from rooftree.errors import ToolRefusedError
from tools.moving.definitions.cut import Cut
from tools.moving.definitions.needs import uses_of
from tools.moving.reached import is_reached
from tools.moving.sources.all_names import offered, take_from_all
from tools.moving.sources.bindings import Import, cut_span, is_typing_block
from tools.moving.sources.import_lines import ImportLine, put_imports, take_imports
from tools.moving.sources.source import Edits


def left_text(cut: Cut) -> str:
    """Return the text of the module without what moves."""
    edits = Edits(cut.source)
    for one in cut.blocks:
        edits.replace(cut_span(cut.source, one), "")
    take_from_all(edits, cut.moved)
    here = cut.found.mine.get(cut.source.path, [])
    if any(one.kind in ("import", "attribute") for one in here):
        raise ToolRefusedError(f"{cut.source.path} imports {cut.name} from itself")
    taken = list(_no_longer_used(edits, cut))
    if is_still_used(cut):
        module = cut.named_from(cut.source.path, cut.target)
        put_imports(edits, [ImportLine(module, cut.name)], but=taken)
    return edits.applied()


def is_still_used(cut: Cut) -> bool:
    """Say whether the module uses the definition besides offering it."""
    lines = {one.lineno for one in offered(cut.source)}
    outside = uses_of(cut.source, cut.name, cut.blocks, inside=False)
    return any(one.kind == "name" or one.line not in lines for one in outside)


def _no_longer_used(edits: Edits, cut: Cut) -> Iterator[ast.stmt]:
    """Take away the imports that only what moves has used, and yield their statements."""
    if cut.source.path.endswith("__init__.py"):
        return  # they are what the package offers
    free = {name for name in cut.needs.imported if _is_free(cut, name)}
    blocks = [one for one in cut.source.tree.body if is_typing_block(one)]
    emptied = [one for one in blocks if all(_is_taken(edits, node, free) for node in _body(one))]
    for block in emptied:
        edits.delete_lines(cut.source.span(block))
        yield from _body(block)
    checks = uses_of(cut.source, "TYPE_CHECKING", (), inside=False)
    if emptied and len(checks) == len(emptied) and not cut.needs.imported.get("TYPE_CHECKING"):
        free |= {"TYPE_CHECKING"} if _is_free(cut, "TYPE_CHECKING", but=len(emptied)) else set()
    for node in cut.source.tree.body:
        if node not in emptied:
            around = _body(node) if node in blocks else cut.source.tree.body
            for one in around if node in blocks else [node]:
                if _take(edits, one, free, around):
                    yield one


def _body(block: ast.stmt) -> list[ast.stmt]:
    body: list[ast.stmt] = getattr(block, "body", [])
    return body


def _free_names(node: ast.stmt, free: set[str]) -> list[ast.alias]:
    """Return the names of an import that are free, but for those that are offered by it."""
    names = node.names if isinstance(node, Import) else []
    return [
        one
        for one in names
        if (one.asname or one.name).partition(".")[0] in free and one.asname != one.name
    ]


def _has_remark(edits: Edits, node: ast.stmt) -> bool:
    """Say whether a remark may tell why an import is there."""
    start, end = edits.source.span(node)
    return b"#" in edits.source.data[start : edits.source.line_end(end)]


def _is_taken(edits: Edits, node: ast.stmt, free: set[str]) -> bool:
    taken = _free_names(node, free)
    return isinstance(node, Import) and taken == node.names and not _has_remark(edits, node)


def _take(edits: Edits, node: ast.stmt, free: set[str], around: list[ast.stmt]) -> bool:
    taken = _free_names(node, free)
    if not isinstance(node, Import) or not taken or _has_remark(edits, node):
        return False
    take_imports(edits, node, taken, around)
    return True


def _is_free(cut: Cut, name: str, but: int = 0) -> bool:
    if len(uses_of(cut.source, name, cut.blocks, inside=False)) > but:
        return False
    return not is_reached(cut.program, cut.source.path, name)
