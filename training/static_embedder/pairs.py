"""One file's text turned into pairs: what somebody might ask, and the code that answers.

A comment asks for the definition below it with the comment taken out; a name's words ask for the
definition with the name taken out. What is kept of the code is what an embedder sees at run time.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from indexing.extract import extract
from indexing.extraction import Extraction, Unit, embedded_text
from indexing.lexical import forms

Kind = Literal["comment", "name", "commit"]

LEAST_WORDS = 3
LONGEST_QUESTION = 600
LONGEST_CODE = 1_600
LEAST_CODE = 40
"""Characters of code that are left when the comment is out; less says nothing."""
NAMED_KINDS = frozenset(["function", "method"])
ASKED_KINDS = NAMED_KINDS | {"class", "interface", "struct", "enum", "trait", "type"}

_COMMENT = re.compile(r"^\s*(?:#(?![!\[])|//|/\*|\*|--(?!\[)|;;)")
_MARKERS = re.compile(r"^\s*(?:#+!?|///?!?|/\*+!?|\*+/?|--|;+)\s?|\*/\s*$")
_TAG = re.compile(
    r"^\s*(?:@|\\|:|>>>|\.\.|---|===|\||- `|Args|Arguments|Param|Return|Raises|Example)"
)
_LETTERS = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its code; `group` is what stands together in a repository."""

    kind: Kind
    question: str
    code: str


def pairs_of(path: str, text: str) -> Iterator[Pair]:
    """Yield the pairs of one file."""
    extraction = extract(path, text)
    docstrings = _docstrings(text) if extraction.language == "python" else {}
    for unit in _whole(extraction):
        lines = unit.text.split("\n")
        question, rest = _taken_out(unit, lines, docstrings)
        code = embedded_text(unit.symbol, unit.enclosing, rest)[:LONGEST_CODE]
        if len(rest.strip()) < LEAST_CODE:
            continue
        if _says_enough(question):
            yield Pair("comment", question, code)
        if unit.kind in NAMED_KINDS and not question:
            name = unit.symbol.rpartition(".")[2]
            words = forms(name)[1:]
            if len(words) >= LEAST_WORDS:
                yield Pair("name", " ".join(words), rest.replace(name, "_")[:LONGEST_CODE])


def _whole(extraction: Extraction) -> Iterator[Unit]:
    """Yield the units that begin a definition."""
    seen: set[str] = set()
    for unit in extraction.units:
        if unit.kind in ASKED_KINDS and unit.symbol and unit.symbol not in seen:
            seen.add(unit.symbol)
            yield unit


def _taken_out(
    unit: Unit, lines: Sequence[str], docstrings: dict[int, tuple[int, str]]
) -> tuple[str, str]:
    """Return what the comment of a unit says, and the unit's text without it."""
    for row in range(unit.start, unit.start + min(len(lines), 40)):
        if row in docstrings:
            last, said = docstrings[row]
            begin, end = row - unit.start, last - unit.start + 1
            kept = [*lines[:begin], *lines[end:]]
            return first_paragraph(said.split("\n")), "\n".join(kept)
    begin = next((n for n, line in enumerate(lines) if line.strip()), 0)
    end = begin
    while end < len(lines) and _COMMENT.match(lines[end]):
        end += 1
    said = first_paragraph([_MARKERS.sub("", line) for line in lines[begin:end]])
    return said, "\n".join([*lines[:begin], *lines[end:]])


def _docstrings(text: str) -> dict[int, tuple[int, str]]:
    """Return the docstrings of a Python file: first line to (last line, text)."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[int, tuple[int, str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        first = node.body[0]
        said = first.value if isinstance(first, ast.Expr) else None
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            found[first.lineno] = (first.end_lineno or first.lineno, said.value)
    return found


def first_paragraph(lines: Sequence[str]) -> str:
    """Return the first lines that are prose, up to a blank line or a tag, on one line."""
    kept: list[str] = []
    for line in lines:
        stripped = line.strip()
        if not stripped and kept:
            break
        if kept and _TAG.match(line):
            break
        if stripped and not (not kept and _TAG.match(line)):
            kept.append(stripped)
    return " ".join(kept)[:LONGEST_QUESTION]


def _says_enough(question: str) -> bool:
    words = _LETTERS.findall(question)
    # Licence headers and rulers stand above definitions too.
    return len(words) >= LEAST_WORDS and "copyright" not in question.lower()
