"""What a name can stand for."""

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


class Outside(NamedTuple):
    """Something that is established not to be defined in this repository."""


class Unknown(NamedTuple):
    """Something that cannot be told."""


Entity = Definition | Module | Instance | Outside | Unknown
OUTSIDE = Outside()
UNKNOWN = Unknown()
