"""A setup.py that asks for a dependency: that is code, and is not edited by rules."""

import ast
from collections.abc import Iterator

from rooftree.errors import ToolRefusedError
from tools.drafts.draft import Draft
from tools.drafts.syntax import UNREADABLE, python_tree
from tools.upgrading.manifests.kinds import is_of_others
from tools.upgrading.manifests.requirement_lines import declared
from tools.upgrading.places import files_of
from tools.upgrading.versions import clauses_of


def check_setup_code(draft: Draft, name: str) -> None:
    """Refuse where a setup.py asks for it: that is code."""
    for path in files_of(draft):
        data = draft.content(path) if path.rpartition("/")[2] == "setup.py" else None
        if data is None or is_of_others(path):
            continue
        for line, text in _texts(path, draft.text(path)):
            found = declared(text, name)
            if found is not None and (found.problem or clauses_of(found.requirement)):
                raise ToolRefusedError(
                    f"{path}:{line} asks for {found.name} in code, which is not edited by rules"
                )


def _texts(path: str, text: str) -> Iterator[tuple[int, str]]:
    try:
        tree = python_tree(text)
    except UNREADABLE as error:
        raise ToolRefusedError(f"{path} cannot be read as Python: {error}") from error
    documents = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    keywords = {
        one.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for one in node.keywords
        if one.arg in ("name", "description", "long_description")
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node not in documents and node not in keywords:
            yield node.lineno, node.value  # type: ignore[attr-defined]  # it is a Constant
