"""What of a Python text counts: its lines of code, and what it means without words and types."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator

from benchmarks.review.diffs import Hunk
from benchmarks.review.instances import Span

_QUIET = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
_NAMES_OF_VERSIONS = frozenset({"__version__", "VERSION", "version_info", "__all__"})


def code_lines(text: str) -> frozenset[int]:
    """Return the lines that hold code: no blank ones, comments, docstrings or version numbers.

    SyntaxError or ValueError where the text is not Python of today.
    """
    tree = ast.parse(text)
    found: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in _QUIET:
                found.update(range(token.start[0], token.end[0] + 1))
    except tokenize.TokenError as error:
        raise ValueError(str(error)) from error
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and _is_words(node):
            found.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


def meaning(text: str) -> str:
    """Return a text's syntax tree without docstrings and annotations; SyntaxError where none."""
    return ast.dump(_Bare().visit(ast.parse(text)))


class _Bare(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("annotation", "returns", "type_comment"):
            if hasattr(node, name):
                setattr(node, name, None)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_words(one)]  # type: ignore[attr-defined]
        return node


def _is_words(node: ast.AST) -> bool:
    """Say whether a statement does nothing: a docstring, a bare annotation, a version number."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id in _NAMES_OF_VERSIONS for target in node.targets
    )


def touches_code(hunk: Hunk, old: frozenset[int], new: frozenset[int]) -> bool:
    """Say whether a hunk without context changes a line of code."""
    return bool(old & set(hunk.old_lines) or new & set(hunk.new_lines))


def faulty_spans(before: str, after: str, hunks: Iterable[Hunk]) -> Iterator[Span]:
    """Yield the lines of `after` where a fault came in; for lost lines, those beside the gap."""
    old, new = code_lines(before), code_lines(after)
    last = len(after.splitlines())
    for hunk in hunks:
        if not touches_code(hunk, old, new):
            continue
        if hunk.new_count:
            yield Span(path=hunk.path, start=hunk.new_start, end=hunk.new_end)
        else:
            end = min(hunk.new_start + 1, last)
            yield Span(path=hunk.path, start=max(min(hunk.new_start, end), 1), end=end)
