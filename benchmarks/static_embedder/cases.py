"""The sets: documented functions of a source tree, each a query and the function without it."""

import ast
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexing.parsing.syntax.chunk_header import embedded_text
from training.static_embedder.pairs.python_pairs import code_without_docstring
from training.static_embedder.pairs.sources import folder_texts
from training.static_embedder.pairs.training_examples import DOCUMENTED, paragraph
from training.static_embedder.pairs.tree_pairs import tree_examples

MIN_WORDS = 3
MIN_ROWS = 5
STANDARD_LIBRARY_SIZE = 2_431
"""As many as the trial had (docs/experiments.md), drawn with a fixed seed."""
SEED = 11
_LEFT_OUT = frozenset(
    {
        *("site-packages", "test", "tests", "idlelib", "lib2to3", "distutils", "turtledemo"),
        *("tkinter", "ensurepip"),
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """A query, and its one right function: its code and the name that heads it, or none."""

    query: str
    name: str
    code: str

    def document(self, header_times: int = 1) -> str:
        """Return the function as an embedder sees it that asks for so many headers."""
        return embedded_text(self.name, "", self.code, header_times)


Header = Literal["none", "own", "qualified"]
"""What heads a function: nothing, as in the trial; its own name, which its first line holds too;
or the name with those of the classes around it, as in the index."""


def standard_library_cases(library: Path, header: Header = "none") -> list[Case]:
    """Return the set of CPython's standard library, without its tests and bundled programs."""
    cases: list[Case] = []
    for path in sorted(library.rglob("*.py")):
        if _LEFT_OUT.isdisjoint(path.relative_to(library).parts[:-1]):
            cases.extend(_python_cases(path, header))
    cases = _distinct(cases)
    random.Random(SEED).shuffle(cases)  # noqa: S311 - a draw that can be repeated
    return cases[:STANDARD_LIBRARY_SIZE]


def repository_cases(folder: Path, languages: frozenset[str]) -> list[Case]:
    """Return the documented functions and methods of a checkout, tests left out."""
    cases: list[Case] = []
    for text in folder_texts(folder):
        if text.is_test:
            continue
        for example in tree_examples(text.path, text.text, "held-out"):
            if example.language in languages and example.kind == DOCUMENTED:
                cases.extend(_case(example.words, example.name, example.code))
    return _distinct(cases)


def _python_cases(path: Path, header: Header) -> Iterator[Case]:
    try:
        text = path.read_text("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    rows = text.split("\n")
    for node, name in _functions(tree, ""):
        if not (node.name.startswith("__") and node.name.endswith("__")):
            words = paragraph(ast.get_docstring(node) or "")
            headed = {"none": "", "own": node.name, "qualified": name}[header]
            yield from _case(words, headed, code_without_docstring(rows, node))


def _functions(
    tree: ast.AST, above: str
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{above}.{node.name}" if above else node.name
            if not isinstance(node, ast.ClassDef):
                yield node, name
            yield from _functions(node, name)
        else:
            yield from _functions(node, above)


def _case(words: str, name: str, code: str) -> Iterator[Case]:
    rows = code.rstrip().count("\n") + 1
    if len(words.split()) >= MIN_WORDS and rows >= MIN_ROWS:
        yield Case(words, name, code)


def _distinct(cases: list[Case]) -> list[Case]:
    """Keep the first of several with one document."""
    return list({(case.name, case.code): case for case in reversed(cases)}.values())[::-1]
