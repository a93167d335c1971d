"""Reads of attributes in Python, such as `shop.LIMIT`: the index keeps no references of them."""

import ast
from collections.abc import Collection, Iterator

from indexing.extraction import Reference, Symbol
from tools.diffs.python_imports import nodes_of

OPAQUE = "?"


def attribute_reads(
    text: str, names: Collection[str], symbols: Collection[Symbol]
) -> Iterator[Reference]:
    """Yield the reads of attributes of such names; those that are called are references already."""
    if not any(f".{name}" in text for name in names):
        return
    nodes = nodes_of(text)
    called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
    for node in nodes:
        if not isinstance(node, ast.Attribute) or node.attr not in names or id(node) in called:
            continue
        if isinstance(node.ctx, ast.Load):
            line = node.end_lineno or node.lineno
            receiver = _dotted(node.value) or OPAQUE
            yield Reference(node.attr, "attribute", line, _within(symbols, line), receiver)


def _dotted(node: ast.expr) -> str:
    """Return plain names joined by dots; an empty text where there is anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _within(symbols: Collection[Symbol], line: int) -> str:
    holding = [one for one in symbols if one.start <= line <= one.end]
    kinds = [one for one in holding if one.kind in ("function", "method", "class")]
    return min(kinds, key=lambda one: one.end - one.start).qualified if kinds else ""
