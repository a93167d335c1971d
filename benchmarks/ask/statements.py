"""Sets of single sentences over real lines, right ones and wrong ones, and their check.

Usage: python -m benchmarks.ask.statements [--set statements] [--cache FOLDER]

Fetches the pinned archives and compares each entry with them; it runs no program under test.
Exit codes: 0 every entry fits its source, 2 one does not or the sources could not be had.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from benchmarks.ask.questions import FOLDER, BenchmarkError, Entry, Place, Source
from benchmarks.ask.sources import default_cache, fetch_source
from benchmarks.ask.verify import read_inside

STATEMENT_SETS = ("statements", "statements_tuning")
MAX_LINES = 25
NAME = re.compile(r"`([^`\n]+)`")

Made = Literal["condition", "names", "file", "value", "cause", "order"]


class Statement(Entry):
    """One sentence and the lines that its mark cites."""

    id: str
    repo: str
    """The name of the source."""
    path: str
    start: int = Field(ge=1)
    end: int = Field(ge=1)
    sentence: str = Field(min_length=1)
    right: bool
    made: Made | None = None
    """How a wrong sentence was made from the right one over the same lines."""

    @property
    def place(self) -> Place:
        return Place(self.path, self.start, self.end)

    @property
    def names(self) -> tuple[str, ...]:
        """What the sentence has in backticks."""
        return tuple(NAME.findall(self.sentence))

    @model_validator(mode="after")
    def check(self) -> "Statement":
        if not self.start <= self.end < self.start + MAX_LINES:
            raise ValueError(f"{self.id!r} needs 1 to {MAX_LINES} lines, first one first")
        if self.right == (self.made is not None):
            raise ValueError(f"{self.id!r} needs `made` if it is wrong, and only then")
        return self


class StatementSet(Entry):
    """A whole file."""

    sources: tuple[Source, ...] = Field(alias="source")
    statements: tuple[Statement, ...] = Field(alias="statement")

    @model_validator(mode="after")
    def check(self) -> "StatementSet":
        named = {statement.repo for statement in self.statements}
        unknown = sorted(named - {source.name for source in self.sources})
        if unknown:
            raise ValueError(f"statements name sources that the file does not have: {unknown}")
        for key in ("id", "sentence"):
            if len({getattr(one, key) for one in self.statements}) != len(self.statements):
                raise ValueError(f"two statements have the same {key}")
        return self


def load_statements(path: Path) -> StatementSet:
    """Read one set of statements."""
    try:
        return StatementSet.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BenchmarkError(f"cannot use the statements {str(path)!r}: {error}") from error


def cited_text(root: Path, statement: Statement) -> str | None:
    """Return the cited lines; None if the repository at `root` does not have them."""
    content = read_inside(root, statement.path)
    if content is None:
        return None
    lines = content.decode("utf-8", "replace").splitlines()
    if statement.end > len(lines):
        return None
    return "\n".join(lines[statement.start - 1 : statement.end])


def statement_faults(root: Path, statement: Statement) -> Iterator[str]:
    """Yield what is wrong with an entry.

    A wrong sentence may name what stands elsewhere or nowhere; a right one names only what its
    lines show, or the file that they are in.
    """
    place = f"{statement.path}:{statement.start}-{statement.end}"
    text = cited_text(root, statement)
    if text is None:
        yield f"{statement.id}: the repository has no {place}"
    elif statement.right:
        for name in statement.names:
            if name not in text and name != statement.path:
                yield f"{statement.id}: {name!r} does not stand in {place}"


def check_statements(statements: Sequence[Statement], roots: Mapping[str, Path]) -> None:
    faults = [
        fault
        for statement in statements
        for fault in statement_faults(roots[statement.repo], statement)
    ]
    if faults:
        raise BenchmarkError("the statements do not fit their sources:\n" + "\n".join(faults))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    try:
        chosen = load_statements(FOLDER / f"{options.set}.toml")
        roots = {source.name: fetch_source(source, options.cache) for source in chosen.sources}
        check_statements(chosen.statements, roots)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"all {len(chosen.statements)} statements fit their sources", file=sys.stderr)
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.ask.statements", description=__doc__)
    parser.add_argument("--set", choices=STATEMENT_SETS, default="statements")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where archives go")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
