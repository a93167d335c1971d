"""Question sets as they stand in TOML: archives, questions and the places that answer them.

Knows the format and nothing of fetching, asking or scoring.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent
SETS = ("questions", "tuning", "development", "refusals", "unseen", "unseen_after", "prose")
PLACE = re.compile(r"(?P<path>[^:]+):(?P<first>[1-9]\d*)-(?P<last>[1-9]\d*)")

MAX_PLACES = 5
MAX_LINES = 40
"""What an answer may show at most, and so what has to be enough to hold one."""

Kind = Literal[
    "where",
    "how",
    "which",
    "identifier",
    "error",
    "documentation",
    "configuration",
    "paraphrase",
    "calls",
    "tests",
    "why",
    "condition",
]


class BenchmarkError(Exception):
    """The benchmark itself cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `first` to `last` of a file, both counted from 1 and both included."""

    path: str
    first: int
    last: int

    def overlaps(self, other: "Place") -> bool:
        return self.path == other.path and self.first <= other.last and other.first <= self.last


class Entry(BaseModel):
    """What the tables of the file share: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Entry):
    """One pinned source archive."""

    name: str
    version: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    folder: str = Field(pattern=r"^[^/]+$")
    """The archive's single top folder; gold paths are relative to it."""
    backend: str = Field(pattern=r"^[A-Za-z_][\w.]*$")
    """The build backend that the archive names, for which `sources` puts up a stand-in."""
    licence: str
    languages: str


class Question(Entry):
    """One question; without a gold place the right answer is `not_found`."""

    id: str
    source: str
    kind: Kind
    text: str
    gold: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """Patterns that must match nothing in the repository, for a question without an answer."""
    hard: bool = False
    """Unanswerable, yet it shares ordinary words with the code."""
    answer: str = ""
    """One or two right sentences, for whoever judges what was said; `judging.md` has the rules."""

    @property
    def answerable(self) -> bool:
        return bool(self.gold)

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(parse_place(text) for text in self.gold)

    @model_validator(mode="after")
    def check(self) -> "Question":
        if self.answerable == bool(self.absent):
            raise ValueError(f"{self.id!r} needs either `gold` or `absent`, not both")
        if self.hard and self.answerable:
            raise ValueError(f"{self.id!r} is `hard`, which is for questions without an answer")
        for pattern in self.absent:
            re.compile(pattern)
        lines = sum(place.last - place.first + 1 for place in self.places)
        if self.answer and (len(self.gold) > MAX_PLACES or lines > MAX_LINES):
            raise ValueError(
                f"{self.id!r} has an `answer`, so its gold is at most {MAX_PLACES} places and "
                f"{MAX_LINES} lines; it has {len(self.gold)} and {lines}"
            )
        return self


class QuestionSet(Entry):
    """A whole file."""

    sources: tuple[Source, ...] = Field(alias="source")
    questions: tuple[Question, ...] = Field(alias="question")

    @model_validator(mode="after")
    def check(self) -> "QuestionSet":
        names = {source.name for source in self.sources}
        unknown = sorted({question.source for question in self.questions} - names)
        if unknown:
            raise ValueError(f"questions name sources that the file does not have: {unknown}")
        if len({question.id for question in self.questions}) != len(self.questions):
            raise ValueError("two questions have the same id")
        return self


def parse_place(text: str) -> Place:
    """Read `path:first-last`."""
    match = PLACE.fullmatch(text)
    if match is None or int(match["first"]) > int(match["last"]):
        raise ValueError(f"{text!r} is no place; expected path:first-last, counted from 1")
    return Place(match["path"], int(match["first"]), int(match["last"]))


def load_questions(path: Path) -> QuestionSet:
    """Read one question set."""
    try:
        return QuestionSet.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BenchmarkError(f"cannot use the question set {str(path)!r}: {error}") from error
