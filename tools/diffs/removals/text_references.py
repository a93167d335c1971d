"""Texts that name a definition of Python: dotted paths in code and configuration, `getattr`."""

import ast
from collections.abc import Iterator

from tools.diffs.removals.python_imports import nodes_of

CONFIGURATION = (".toml", ".cfg", ".ini", ".yaml", ".yml", ".json")
ROOTS = ("src/", "lib/", "python/")
ATTRIBUTE_CALLS = frozenset({"getattr", "delattr", "attrgetter", "methodcaller"})
OBJECT_ATTRIBUTE_CALLS = frozenset({"patch.object", "monkeypatch.setattr", "mocker.patch.object"})


def named_by(path: str, qualified: str) -> tuple[str, ...]:
    """Return by what a text may name a definition of a module, or the module; none of others."""
    stem, dot, ending = path.rpartition(".")
    if not dot or ending not in ("py", "pyi"):
        return ()
    stem = stem.removesuffix("/__init__")
    root = next((one for one in ROOTS if stem.startswith(one)), "")
    module = stem.removeprefix(root).replace("/", ".")
    if qualified:
        return f"{module}.{qualified}", f"{module}:{qualified}"
    # A word alone may be anything.
    return (module,) if "." in module else (f"{module}:",)


def lines_naming(path: str, text: str, wanted: tuple[str, ...], name: str) -> Iterator[int]:
    """Yield the lines whose texts name a thing by one of some paths, or ask an object for a name.

    Of configuration every line is text; of code what stands between quotes does. An empty name
    asks for none.
    """
    if path.endswith(".py"):
        yield from _lines_of_code(text, wanted, name)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if any(_holds(line, one) for one in wanted):
            yield number


def _lines_of_code(text: str, wanted: tuple[str, ...], name: str) -> Iterator[int]:
    asks = name and any(one in text for one in (*ATTRIBUTE_CALLS, "setattr", "patch"))
    if not asks and not any(one in text for one in wanted):
        return  # most files do neither, and need not be parsed
    for node in nodes_of(text):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if " " not in node.value and any(_holds(node.value, one) for one in wanted):
                yield node.lineno
        elif name and isinstance(node, ast.Call) and _asks(node, name):
            yield node.lineno


def _holds(text: str, wanted: str) -> bool:
    """Say whether a text holds a dotted name that goes on neither before nor behind it."""
    at = text.find(wanted)
    while at >= 0:
        before, behind = text[at - 1 : at], text[at + len(wanted) : at + len(wanted) + 1]
        if not _goes_on(before) and before != "." and not _goes_on(behind):
            return True
        at = text.find(wanted, at + 1)
    return False


def _goes_on(letter: str) -> bool:
    return letter.isalnum() or letter in ("_", "/", "-") if letter else False


def _asks(call: ast.Call, name: str) -> bool:
    function = ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
    asks = function.rpartition(".")[2] in ATTRIBUTE_CALLS or function.endswith(
        tuple(OBJECT_ATTRIBUTE_CALLS)
    )
    named = [one for one in call.args if isinstance(one, ast.Constant) and one.value == name]
    return asks and bool(named)
