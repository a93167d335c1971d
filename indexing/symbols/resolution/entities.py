"""What a name can stand for."""

from dataclasses import dataclass
from typing import NamedTuple


class Definition(NamedTuple):
    """A definition: its document and qualified name; overloads of one name are one definition."""

    document: int
    qualified: str


class Module(NamedTuple):
    """A module or package: the documents that make it, and where it is."""

    documents: tuple[int, ...]
    path: str


class Instance(NamedTuple):
    """A value whose type is named in a document, inside `within`."""

    document: int
    within: str
    type: str


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that is established not to be defined in this repository."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that cannot be told."""


Entity = Definition | Module | Instance | Outside | Unknown
OUTSIDE = Outside()
UNKNOWN = Unknown()
