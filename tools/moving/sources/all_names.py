"""The names that a module offers in `__all__`."""

import ast
from collections.abc import Sequence

from rooftree.errors import ToolRefusedError
from tools.moving.sources.source import Edits, PythonSource, put_item, take_items


def offered(source: PythonSource) -> list[ast.Constant]:
    """Return the texts in a module's `__all__`; refuse where it is made in another way."""
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
            continue
        value = getattr(node, "value", None)
        elements = value.elts if isinstance(value, ast.List | ast.Tuple) else None
        texts = [one for one in elements or () if isinstance(one, ast.Constant)]
        if elements is None or len(texts) < len(elements) or isinstance(node, ast.AugAssign):
            raise ToolRefusedError(f"{source.path}:{node.lineno} makes __all__ in a way of its own")
        return texts
    return []


def take_from_all(edits: Edits, names: Sequence[str]) -> list[str]:
    """Take names out of `__all__`, and return those that were there."""
    source = edits.source
    texts = offered(source)
    taken = {at: str(one.value) for at, one in enumerate(texts) if one.value in names}
    spans = [source.span(one) for one in texts]
    if taken and len(taken) == len(texts):
        edits.replace((spans[0][0], spans[-1][1]), "")
        _no_comma(edits, spans[-1][1])
    elif taken:
        take_items(edits, spans, taken)
    return list(taken.values())


def _no_comma(edits: Edits, at: int) -> None:
    """Take away the comma after a last item, which nothing may stand before."""
    rest = edits.source.data[at:].lstrip()
    if rest.startswith(b","):
        comma = len(edits.source.data) - len(rest)
        edits.replace((comma, comma + 1), "")


def put_into_all(edits: Edits, names: Sequence[str]) -> None:
    """Offer names, where the module says what it offers."""
    source = edits.source
    texts = offered(source)
    there = [str(one.value) for one in texts]
    quote = source.part(source.span(texts[0]))[:1] if texts else ""
    for name in names:
        if texts and name not in there:
            spans = [source.span(one) for one in texts]
            put_item(
                edits, spans, [f"{quote}{one}{quote}" for one in there], f"{quote}{name}{quote}"
            )
