"""What a model is probed with, read from `material.toml` and checked."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter

FILE = Path(__file__).with_name("material.toml")
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class EditProbe:
    """A change of one function, and texts that tell whether it was made."""

    id: str
    task: str
    code: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@dataclass(frozen=True, slots=True)
class InfillProbe:
    """Code around a hole, and what may fill it."""

    id: str
    before: str
    after: str
    expects: tuple[str, ...]
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@dataclass(frozen=True, slots=True)
class ProbePlace:
    """A place as the summary's prompt shows it."""

    path: str
    start: int
    symbol: str
    text: str
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    @property
    def end(self) -> int:
        return self.start + self.text.count("\n") - 1


@dataclass(frozen=True, slots=True)
class FactProbe:
    """A question about the places; without `expects` they do not answer it."""

    id: str
    question: str
    expects: tuple[str, ...]
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@dataclass(frozen=True, slots=True)
class ChoiceProbe:
    """A decision among options."""

    id: str
    task: str
    field: str
    options: tuple[str, ...]
    right: str
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@dataclass(frozen=True, slots=True)
class ProbeMaterial:
    """All of it."""

    edits: tuple[EditProbe, ...]
    holes: tuple[InfillProbe, ...]
    places: tuple[ProbePlace, ...]
    facts: tuple[FactProbe, ...]
    choices: tuple[ChoiceProbe, ...]
    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@cache
def material() -> ProbeMaterial:
    """Return the shipped material."""
    return TypeAdapter(ProbeMaterial).validate_python(tomllib.loads(FILE.read_text("utf-8")))
