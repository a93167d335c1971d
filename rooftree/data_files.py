"""Data of files, checked where it is read: what is unknown in it is an error."""

from typing import ClassVar

from pydantic import ConfigDict, ValidationError


class Strict:
    """A dataclass that Pydantic reads and that may hold no keys but its own."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


def first_problem(error: ValidationError, whole: str = "") -> str:
    """Return the first thing that is wrong, after its place; `whole` is the place of it all."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    return f"{place}: {first['msg']}"
