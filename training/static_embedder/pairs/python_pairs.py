"""Examples out of Python source, by the standard library's parser: a tenth of tree-sitter's cost.

The source is parsed and never executed. Names are qualified as the index qualifies them.
"""

import ast
import warnings
from collections.abc import Iterator

from training.static_embedder.pairs.training_examples import (
    DOCUMENTED,
    MAX_CODE_LENGTH,
    NAMED,
    TrainingExample,
    paragraph,
    says_something,
    usable,
)

DefinitionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def python_examples(text: str, source: str) -> Iterator[TrainingExample]:
    """Yield an example for each function, method and class of a module; none if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    rows = text.split("\n")
    for node, name in _definitions(tree, ""):
        words = paragraph(ast.get_docstring(node) or "")
        code = code_without_docstring(rows, node)
        if isinstance(node, ast.ClassDef):
            code = code[:MAX_CODE_LENGTH]
        if not usable(code):
            continue
        kind = DOCUMENTED if says_something(words) else NAMED
        kept = words if kind == DOCUMENTED else ""
        yield TrainingExample("python", kind, name, kept, code[:MAX_CODE_LENGTH], source)


def code_without_docstring(rows: list[str], node: DefinitionNode) -> str:
    """Return a definition's rows, decorators included, its docstring left out."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or node.lineno
    body = node.body[0]
    if ast.get_docstring(node, clean=False) is None or body.lineno <= node.lineno:
        return "\n".join(rows[first - 1 : last])
    end = body.end_lineno or body.lineno
    return "\n".join([*rows[first - 1 : body.lineno - 1], *rows[end:last]])


def _definitions(tree: ast.AST, above: str) -> Iterator[tuple[DefinitionNode, str]]:
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{above}.{node.name}" if above else node.name
            yield node, name
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node, name)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _definitions(node, above)
