"""What a Python function takes, and whether a call as it is written gives it that."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import lru_cache

from tools.diffs.removals.python_imports import KEPT, FunctionNode, nodes_of

PLAIN = frozenset({"staticmethod", "classmethod"})
"""Decorators that leave what a function takes as it is written."""


def signatures_of(text: str) -> Mapping[str, inspect.Signature]:
    """Return what the functions and methods of a file take, by their qualified names.

    One that is defined twice, or under a decorator that may change it, is left out.
    """
    found: dict[str, inspect.Signature | None] = {}
    for name, node in _functions(text):
        known = all(isinstance(one, ast.Name) and one.id in PLAIN for one in node.decorator_list)
        found[name] = _signature(node) if known and name not in found else None
    return {name: signature for name, signature in found.items() if signature is not None}


def calls_at(text: str, line: int, name: str) -> tuple[ast.Call, ...]:
    """Return the calls of a name on a line."""
    return _calls(text).get((line, name), ())


def fits(call: ast.Call, signature: inspect.Signature, *, method: bool) -> bool | None:
    """Say whether a call gives a function what it takes; None where that is seen at run time only.

    A method's first argument is given by what it is called on, or is written: both fit.
    """
    if any(isinstance(one, ast.Starred) for one in call.args):
        return None
    names = [one.arg for one in call.keywords]
    if None in names:
        return None
    keywords = dict.fromkeys(name for name in names if name is not None)
    given = [[None] * len(call.args)]
    if method:
        given.append([None] * (len(call.args) + 1))
    return any(_binds(signature, positional, keywords) for positional in given)


def _binds(signature: inspect.Signature, given: list[None], keywords: dict[str, None]) -> bool:
    try:
        signature.bind(*given, **keywords)
    except TypeError:
        return False
    return True


def _functions(text: str) -> Iterator[tuple[str, FunctionNode]]:
    tree = next(iter(nodes_of(text)), None)
    waiting = [("", one) for one in tree.body] if isinstance(tree, ast.Module) else []
    while waiting:
        around, node = waiting.pop(0)
        if isinstance(node, FunctionNode):
            yield f"{around}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            waiting += [(f"{around}{node.name}.", one) for one in node.body]


def _signature(node: FunctionNode) -> inspect.Signature:
    told = node.args
    plain = [*told.posonlyargs, *told.args]
    required = len(plain) - len(told.defaults)
    parameters = []
    for at, one in enumerate(plain):
        only = at < len(told.posonlyargs)
        kind = (
            inspect.Parameter.POSITIONAL_ONLY if only else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        parameters.append(_parameter(one.arg, kind, given=at >= required))
    if told.vararg:
        parameters.append(_parameter(told.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    for one, default in zip(told.kwonlyargs, told.kw_defaults, strict=True):
        given = default is not None
        parameters.append(_parameter(one.arg, inspect.Parameter.KEYWORD_ONLY, given=given))
    if told.kwarg:
        parameters.append(_parameter(told.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


def _parameter(
    name: str, kind: "inspect._ParameterKind", *, given: bool = False
) -> inspect.Parameter:
    return inspect.Parameter(name, kind, default=None if given else inspect.Parameter.empty)


@lru_cache(maxsize=KEPT)
def _calls(text: str) -> Mapping[tuple[int, str], tuple[ast.Call, ...]]:
    found: dict[tuple[int, str], tuple[ast.Call, ...]] = {}
    for node in nodes_of(text):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        key = (node.func.end_lineno or node.func.lineno, name)
        found[key] = (*found.get(key, ()), node)
    return found
