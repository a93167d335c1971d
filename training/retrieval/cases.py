"""Cases: a question, the commit it is asked at, and the places that are right."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from indexing.words.query import QueryKind, analyse

CaseSource = Literal["history", "docstring", "where", "name"]
"""A commit's message, a documentation comment, a question made from a name, a bare name."""


@dataclass(frozen=True, slots=True)
class RetrievalCase:
    """One question with its gold: `files` are paths, `symbols` are (path, qualified name).

    `commit` is what the question is asked of: for a history case, the parent of the change.
    """

    source: CaseSource
    query: str
    commit: str
    time: int
    files: tuple[str, ...]
    symbols: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, int, int], ...] = ()
    """Changed lines at `commit`, (path, first, last): the gold symbols stand there."""

    @property
    def kind(self) -> QueryKind:
        """The kind of question that the search takes it for."""
        return analyse(self.query).kind

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "kind": self.kind,
            "query": self.query,
            "commit": self.commit,
            "time": self.time,
            "files": list(self.files),
            "symbols": [list(symbol) for symbol in self.symbols],
        }


def as_lines(cases: Iterable[RetrievalCase], repo: str) -> str:
    """Return one JSON line a case."""
    lines = (json.dumps({"repo": repo, **case.as_json()}, ensure_ascii=False) for case in cases)
    return "".join(f"{line}\n" for line in lines)
