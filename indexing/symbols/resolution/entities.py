"""What a name can stand for."""

from dataclasses import dataclass
from typing import NamedTuple


class DefinitionEntity(NamedTuple):
    """A definition: its document and qualified name; overloads of one name are one definition."""

    document: int
    qualified: str


class ModuleEntity(NamedTuple):
    """A module or package: the documents that make it, and where it is."""

    documents: tuple[int, ...]
    path: str


class InstanceEntity(NamedTuple):
    """A value whose type is named in a document, inside `within`."""

    document: int
    within: str
    type: str


@dataclass(frozen=True, slots=True)
class ExternalEntity:
    """Something that is established not to be defined in this repository."""


@dataclass(frozen=True, slots=True)
class UnknownEntity:
    """Something that cannot be told."""


Entity = DefinitionEntity | ModuleEntity | InstanceEntity | ExternalEntity | UnknownEntity
OUTSIDE = ExternalEntity()
UNKNOWN = UnknownEntity()
