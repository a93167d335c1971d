"""Which functions a failure may come from: those of its traceback first, then what a search finds.

A whole function is shown or none of it, because the answer is to be a whole function.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.trees import is_test
from indexing.repository.repository import Repository
from rooftree.config import Config, IndexSection, StateSection
from tools.edits.whole_definitions import definitions, source_of

FRAME = re.compile(r"^(?P<path>[\w./-]+\.py):(?P<line>\d+):", re.MULTILINE)
MAX_HITS = 20
MAX_QUERY_LENGTH = 2000
MAX_LINES = 120
"""A longer function could not be written out again in the context that there is."""


@dataclass(frozen=True, slots=True)
class Function:
    """A definition as it stands in a file."""

    path: str
    name: str
    """Qualified."""
    start: int
    end: int
    code: str


def likely_functions(folder: Path, task_text: str, state: Path) -> list[Function]:
    """Return functions of a repository, the most likely first; `state` is where an index may go."""
    found: dict[tuple[str, str, int], Function] = {}
    for path, line in [*frames(task_text), *searched(folder, task_text, state)]:
        function = function_at(folder, path, line)
        if function is not None:
            found.setdefault((function.path, function.name, function.start), function)
    return list(found.values())


def frames(task_text: str) -> list[tuple[str, int]]:
    """Return the places of a traceback outside the tests, the innermost first."""
    places = [(match["path"], int(match["line"])) for match in FRAME.finditer(task_text)]
    return [place for place in reversed(places) if not is_test(place[0])]


def searched(folder: Path, task_text: str, state: Path) -> Iterator[tuple[str, int]]:
    """Yield what rooftree's own search finds for the text, without vectors."""
    half = MAX_QUERY_LENGTH // 2
    query = (
        task_text if len(task_text) <= MAX_QUERY_LENGTH else task_text[:half] + task_text[-half:]
    )
    config = Config(state=StateSection(folder=state), index=IndexSection(embedder="none"))
    repository = Repository(folder, config, None)
    with repository.writing("index"):
        repository.updates.index()
    with repository.searcher(with_dense=False) as searcher:
        for hit in searcher.search(query, MAX_HITS).hits:
            if hit.path.endswith(".py") and not is_test(hit.path):
                yield hit.path, hit.focus[0]
                yield hit.path, hit.focus[1]


def function_at(folder: Path, path: str, line: int) -> Function | None:
    """Return the innermost function or method around a line."""
    file = folder / path
    if ".." in Path(path).parts or not file.is_file():
        return None
    text = file.read_text("utf-8", "replace")
    around = [
        symbol
        for symbol in definitions(path, text)
        if symbol.kind in ("function", "method")
        and symbol.start <= line <= symbol.end
        and symbol.end - symbol.start < MAX_LINES
    ]
    if not around:
        return None
    # The outermost that can be shown, for the answer to be a function that has a name of its own.
    symbol = min(around, key=lambda one: one.start)
    return Function(path, symbol.qualified, symbol.start, symbol.end, source_of(text, symbol))
