"""What an upgrade is asked for, what manifests say of a dependency, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rooftree.errors import ToolRefusedError

Ecosystem = Literal["Python", "JavaScript", "PHP", "Rust", "Go", "Ruby", "Java"]


class UnlistedDependencyError(ToolRefusedError):
    """No manifest names the dependency."""


class MisspelledDependencyError(ToolRefusedError):
    """No manifest names it, and some name one that is called nearly that: a person has to say."""


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """What is asked for: a version, or a requirement such as `^4.17.21`."""

    name: str
    wanted: str
    path: str = ""
    """The only manifest that is meant, if one is named."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One place in which a manifest names a dependency."""

    name: str
    requirement: str
    """As it is written; empty where any version will do."""
    start: int = -1
    """Where the requirement stands in the text, or in the value; -1 where there is none."""
    keys: tuple[str | int, ...] = ()
    """The way to the value that holds it, in a manifest that is parsed."""
    value: str = ""
    problem: str = ""
    """Why it cannot be edited, as "it is taken from a path"."""
    note: str = ""
    """Why it is left as it is, although the upgrade is whole."""


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """What was done."""

    name: str
    """As manifests write it."""
    wanted: str
    ecosystem: Ecosystem
    texts: Mapping[str, str]
    """By manifest, what it holds now."""
    edits: tuple[str, ...]
    """What was edited, as `pyproject.toml:12 requests>=2.31 → requests>=2.32`."""
    locks: tuple[str, ...] = ()
    """Lock files that are out of date, each with the command that a person runs."""
    notes: tuple[str, ...] = ()
