"""What a competitor does: index a folder, and answer questions with places, best first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.retrieval.checkout import code_files

Place = tuple[str, int, int]
"""A path, relative to the folder, with its first and last line; (path, 0, 0) for a whole file."""
CHUNK_LINES = 40


class Competitor(Protocol):
    """One way to search."""

    name: str
    """With the model that it runs with, where it has one."""

    def index(self, folder: Path, state: Path) -> None:
        """Index a folder from nothing; keep everything below `state`."""
        ...

    def update(self, folder: Path) -> None:
        """Take notice of what changed in the folder."""
        ...

    def query(self, text: str, limit: int) -> list[Place]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """A fixed run of lines of a file."""

    path: str
    first: int
    last: int
    text: str


def chunks_of(folder: Path) -> Iterator[Chunk]:
    """Cut every file into runs of 40 lines."""
    for path, text in code_files(folder):
        lines = text.split("\n")
        for begin in range(0, len(lines), CHUNK_LINES):
            part = lines[begin : begin + CHUNK_LINES]
            if any(line.strip() for line in part):
                yield Chunk(path, begin + 1, begin + len(part), "\n".join(part))
