"""Messages between a server and the process that owns its Chroma directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FillRequest:
    """Make the directory hold what the manifest holds; `Filled` or `Failed` comes back."""


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """Stop filling at the next batch."""


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """Ask for the nearest texts to a vector of float32; `Found` comes back."""

    number: int
    vector: bytes
    limit: int


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """Seal the directory and end."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A batch was written; the filling goes on."""


@dataclass(frozen=True, slots=True)
class FillResult:
    """A filling has ended: `whole` where all is held, else it was paused."""

    whole: bool
    path: Path | None = None
    """The directory that is held."""


@dataclass(frozen=True, slots=True)
class FillFailure:
    """A filling has failed."""

    problem: str


@dataclass(frozen=True, slots=True)
class VectorQueryResult:
    """The matches of a query as (text hash, cosine); None where they cannot be told."""

    number: int
    matches: tuple[tuple[str, float], ...] | None
    problem: str = ""
