"""What an answer was read from, and the pieces that several answers have."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from server.operations.operation import Response

Status = Literal["found", "not_found", "could_not_look"]
Rounded = Annotated[float, AfterValidator(lambda number: round(number, 4))]
Seconds = Annotated[float, AfterValidator(lambda number: round(number, 1))]


class Coverage(Response):
    """What was looked at, and what was not."""

    commit: str | None
    files_behind: int | None
    """None where nobody has looked."""
    looked_seconds_ago: Seconds | None
    skipped: dict[str, int]
    """How many files were left out, by why."""
    notes: tuple[str, ...]
    checked: str
    """When the index was last looked at for damage, in words."""
    without_symbols: dict[str, int] = Field(default_factory=dict)
    partly_parsed: int = 0
    not_looked_at: tuple[str, ...]


class SearchCoverage(Coverage):
    """The same of an answer that vectors have a part in."""

    dense_share: Rounded
    """Which part of the texts has a vector, from 0 to 1."""


class TextMatch(Response):
    """A line that holds a name in a file without symbols."""

    path: str
    line: int
    text: str
    why: str
