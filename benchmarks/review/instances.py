"""The manifest: changes of real projects, each with the lines where its fault is, or with none.

Knows the format and nothing of fetching, materialising or scoring. A change is kept as commits and
line numbers; the only foreign text is the one or few lines of a mutation.
"""

from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from benchmarks.repair.tasks import Entry, RepairError

MANIFEST = Path(__file__).with_name("instances.json")
KINDS = ("reintroduced", "inducing", "mutant", "clean")
SPLIT = "2023-01-01"
"""Everything of the tuning set is older, everything of the reported one is not."""

Sha = Field(pattern=r"^[0-9a-f]{40}$")


def inside(value: str) -> str:
    """Refuse a path that leaves the repository."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{value!r} leaves the repository")
    return value


class Span(Entry):
    """Lines of a file of the head, from 1 and both included."""

    path: str
    start: int = Field(ge=1)
    end: int

    _inside = field_validator("path")(inside)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"lines {self.start} to {self.end} are none")
        return self


class Edit(Entry):
    """Lines from `line` on that are `old` in the real commit and `new` in the head."""

    operator: str
    path: str
    line: int
    old: str
    new: str
    """Empty where lines were dropped."""

    _inside = field_validator("path")(inside)


class Instance(Entry):
    """One change to be reviewed."""

    id: str
    set: Literal["tune", "report"]
    kind: Literal["reintroduced", "inducing", "mutant", "clean"]
    repository: str
    """`owner/name` on GitHub."""
    base: str = Sha
    carrier: str = Sha
    """The real commit whose tree, with the fault put in, is the head."""
    date: str
    """Of the carrier."""
    fix: str | None = None
    """The commit that repaired the fault; of a reintroduced one its source part is reverted."""
    paths: tuple[str, ...] = ()
    """What of the fix is reverted."""
    edit: Edit | None = None
    truth: tuple[Span, ...] = ()
    killed: bool | None = None
    """Whether tests of the project fail because of the fault; None where they were not run."""
    killed_by: tuple[str, ...] = ()
    """A few of these tests."""

    @property
    def buggy(self) -> bool:
        return self.kind != "clean"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = (self.fix is not None, bool(self.paths), self.edit is not None, bool(self.truth))
        wanted = {
            "reintroduced": (True, True, False, True),
            "inducing": (True, False, False, True),
            "mutant": (False, False, True, True),
            "clean": (False, False, False, False),
        }[self.kind]
        if given != wanted:
            raise ValueError(f"{self.id} is not a whole {self.kind} instance")
        return self


class Manifest(Entry):
    """A whole file."""

    instances: tuple[Instance, ...]

    def chosen(self, name: str) -> tuple[Instance, ...]:
        """Return the instances of one set."""
        return tuple(instance for instance in self.instances if instance.set == name)


def load_manifest(path: Path = MANIFEST) -> Manifest:
    """Read a manifest."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RepairError(f"cannot use the manifest {str(path)!r}: {error}") from error


def write_manifest(manifest: Manifest, path: Path = MANIFEST) -> None:
    """Write a manifest so that a diff of two is readable."""
    path.write_text(manifest.model_dump_json(indent=1, exclude_defaults=True) + "\n", "utf-8")
