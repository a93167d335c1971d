"""Messages between a server and the process that owns its Chroma directory."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path


class EngineRequest(Enum):
    """What is asked of the process that needs no more words."""

    FILL = auto()
    """Make the directory hold what the manifest holds; a `FillResult` comes back."""
    PAUSE = auto()
    """Stop filling at the next batch."""
    CLOSE = auto()
    """Seal the directory and end."""


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """Ask for the nearest texts to a vector of float32; a `VectorQueryResult` comes back."""

    number: int
    vector: bytes
    limit: int


@dataclass(frozen=True, slots=True)
class Filling:
    """A batch was written; the filling goes on."""


@dataclass(frozen=True, slots=True)
class FillResult:
    """A filling has ended: `whole` where all is held, else it was paused or has failed."""

    whole: bool
    path: Path | None = None
    """The directory that is held."""
    problem: str = ""
    """Why it has failed."""


@dataclass(frozen=True, slots=True)
class VectorQueryResult:
    """The matches of a query as (text hash, cosine); None where they cannot be told."""

    number: int
    matches: tuple[tuple[str, float], ...] | None
    problem: str = ""
