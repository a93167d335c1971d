"""Puts imports into a module and takes them out of it, at its head and in the place of others."""

import ast
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rooftree.errors import ToolRefusedError
from tools.moving.module_names import written_module
from tools.moving.sources.bindings import Import, is_typing_block
from tools.moving.sources.source import Edits, PythonSource, Span, put_item, take_items

WIDTH = 88
"""Columns of a line into which another name is put."""


@dataclass(frozen=True, slots=True, order=True)
class ImportLine:
    """One import of one thing; without a name it is the module itself."""

    module: str
    name: str = ""
    local: str = ""
    """What it is called here, where that differs."""

    def __str__(self) -> str:
        called = f" as {self.local}" if self.local else ""
        if self.name:
            return f"from {self.module} import {self.name}{called}"
        return f"import {self.module}{called}"

    @property
    def item(self) -> str:
        return f"{self.name} as {self.local}" if self.local else self.name

    @property
    def group(self) -> int:
        """The order in which imports are written by custom: the standard library's first."""
        if self.module == "__future__":
            return 0
        top = self.module.partition(".")[0]
        return 3 if not top else 1 if top in sys.stdlib_module_names else 2


def import_span(source: PythonSource, node: ast.ImportFrom) -> Span:
    """Return where the name of the module stands in an import."""
    start, end = source.span(node)
    text = source.part((start, end))
    head, found, _ = text.partition("import")
    name = head.removeprefix("from").strip()
    compact = "".join(name.split())
    if not found or compact != written_module(node) or name != compact:
        raise ToolRefusedError(
            f"{source.path}:{node.lineno} writes its import in a way that is not edited"
        )
    begin = start + len(head[: head.index(name)].encode())
    return begin, begin + len(name.encode())


def item_spans(source: PythonSource, node: Import) -> list[Span]:
    return [source.span(one) for one in node.names]


def head_end(source: PythonSource) -> tuple[int, bool]:
    """Return where imports are put into a module, and whether others stand there already."""
    body = source.tree.body
    at, seen = 0, False
    for number, node in enumerate(body):
        is_text = number == 0 and isinstance(node, ast.Expr) and _is_text(node)
        if isinstance(node, Import):
            at, seen = source.after_line(source.span(node)[1]), True
        elif is_text:
            at = source.after_line(source.span(node)[1])
        elif is_typing_block(node) or (seen and _is_setting(node)):
            continue
        else:
            break
    if not at:
        line = 1
        while source.starts_with_comment(line):
            line += 1
        at = min(source.starts[line - 1], len(source.data))
    return at, seen


def _is_text(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_setting(node: ast.stmt) -> bool:
    """Say whether a statement may stand among imports, such as one that makes a path known."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def put_imports(
    edits: Edits,
    wanted: Sequence[ImportLine],
    typing: Sequence[ImportLine] = (),
    but: Sequence[ast.stmt] = (),
) -> None:
    """Put imports into the head of a module; those for type checkers into their block.

    No name is put into the imports of `but`, of which others are taken.
    """
    source = edits.source
    blocks = [one for one in source.tree.body if is_typing_block(one)]
    needed = set(wanted)
    if typing and not blocks and not _has_checking(source):
        needed.add(ImportLine("typing", "TYPE_CHECKING"))
    lines = [one for one in needed if not _joined(edits, one, but)]
    if typing and blocks:
        _put_into_block(edits, blocks[0], typing)
    text = _grouped(lines) if not head_end(source)[1] else _written(lines)
    if typing and not blocks:
        held = "".join(f"    {one}\n" for one in _written(typing).splitlines())
        text += f"\nif TYPE_CHECKING:\n{held}"
    if text:
        _put_at_head(edits, text)


def _put_into_block(edits: Edits, block: ast.stmt, typing: Sequence[ImportLine]) -> None:
    source, first = edits.source, block.body[0]  # type: ignore[attr-defined]  # it is an If
    start = source.span(first)[0]
    indent = source.part((source.line_start(start), start))
    if indent.strip():
        raise ToolRefusedError(f"{source.path}:{first.lineno} is a block in one line")
    edits.insert(start, "".join(f"{one}\n{indent}" for one in _written(typing).splitlines()))


def _grouped(lines: Collection[ImportLine]) -> str:
    """Write imports by groups with a blank line between them, as at the head of a new module."""
    groups = [[one for one in lines if one.group == number] for number in range(4)]
    return "\n".join(_written(one) for one in groups if one)


def _written(lines: Collection[ImportLine]) -> str:
    """Write imports in order; names of one module in one line, where it holds them."""
    found: list[str] = []
    before = ImportLine("")
    for one in sorted(set(lines), key=_order):
        longer = f"{found[-1]}, {one.item}" if found else ""
        if one.name and before.name and one.module == before.module and len(longer) <= WIDTH:
            found[-1] = longer
        else:
            found.append(str(one))
        before = one
    return "".join(f"{one}\n" for one in found)


def _put_at_head(edits: Edits, text: str) -> None:
    source = edits.source
    at, seen = head_end(source)
    before = source.data[:at]
    if before and not before.endswith(b"\n"):
        text = f"\n{text}"
    if not seen:
        text = f"\n{text}" if before.strip() else text
        follows = source.data[at:]
        if follows.strip():
            text += "\n" * max(0, 2 - (len(follows) - len(follows.lstrip(b"\r\n"))))
    edits.insert(at, text)


def _order(one: ImportLine) -> tuple[int, bool, str, str]:
    return one.group, bool(one.name), one.module, one.name


def _has_checking(source: PythonSource) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(one.name == "TYPE_CHECKING" for one in node.names)
        for node in source.tree.body
    )


def _joined(edits: Edits, wanted: ImportLine, but: Sequence[ast.stmt]) -> bool:
    """Put a name into an import of the same module, where the line has room for it."""
    source = edits.source
    for node in source.tree.body:
        if not isinstance(node, ast.ImportFrom) or node in but or not wanted.name:
            continue
        start, end = source.span(node)
        line = source.part((start, source.line_end(end)))
        fits = len(line) + len(wanted.item) + 2 <= WIDTH and "\n" not in line and "#" not in line
        if written_module(node) != wanted.module or not fits or node.names[0].name == "*":
            continue
        texts = [source.part(one) for one in item_spans(source, node)]
        if wanted.item not in texts:
            put_item(edits, item_spans(source, node), texts, wanted.item)
        return True
    return False


def put_beside(edits: Edits, node: ast.stmt, wanted: ImportLine) -> None:
    """Put an import after a statement, in the same block."""
    source = edits.source
    if node in source.tree.body and _joined(edits, wanted, [node]):
        return
    start, end = source.span(node)
    if not source.is_alone((start, end)):
        raise ToolRefusedError(
            f"{source.path}:{node.lineno} holds more than one statement, so none is put beside it"
        )
    indent = source.part((source.line_start(start), start))
    edits.insert(source.line_end(end), f"\n{indent}{wanted}")


def take_imports(
    edits: Edits, node: Import, taken: Sequence[ast.alias], around: Sequence[ast.stmt]
) -> None:
    """Take names out of an import, and the import with them where it has no others.

    `around` are the statements of its block: one that would be left empty passes.
    """
    source = edits.source
    if len(node.names) > len(taken):
        take_items(edits, item_spans(source, node), [node.names.index(one) for one in taken])
        return
    span = source.span(node)
    if len(around) == 1:
        edits.replace(span, "pass")
    elif not source.is_alone(span):
        raise ToolRefusedError(f"{source.path}:{node.lineno} holds more than one statement")
    else:
        edits.delete_lines(span)
