"""The manifest: pinned packages, and tasks that are each one fault of one of them.

Knows the format and nothing of fetching, running or judging.
"""

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

MANIFEST = Path(__file__).with_name("tasks.json")
SETS = ("tune", "report")


class RepairError(Exception):
    """The benchmark itself cannot go on; the message says what to do."""


class Entry(BaseModel):
    """What the tables share: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TestRun(Entry):
    """How the tests of one tree are run."""

    paths: tuple[str, ...]
    """Files and folders given to pytest."""
    import_path: str = ""
    """The folder that holds the package, relative to the root."""
    ignore: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()
    """Test ids that fail or waver on the correct code in this environment."""
    passing: int
    """How many tests pass on the correct code."""


class Package(Entry):
    """One pinned source archive."""

    name: str
    version: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    folder: str = Field(pattern=r"^[^/]+$")
    """The archive's single top folder."""
    tests: TestRun


class Task(Entry):
    """What mutants and historic faults have in common."""

    id: str
    set: Literal["tune", "report"]
    file: str
    function: str
    operator: str
    shown: str
    """The one test id whose failure is shown."""
    failing: tuple[str, ...]
    """Every test id that fails because of the fault; the hidden check, with all other tests."""

    @field_validator("file")
    @classmethod
    def stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{value!r} leaves the repository")
        return value


class Mutant(Task):
    """Lines of a package's archive, replaced by wrong ones."""

    kind: Literal["mutant"] = "mutant"
    package: str
    line: int
    old: str
    new: str
    """Empty where lines were dropped."""


class Historic(Task):
    """A fault that a project had: the parent of its fix, with the fix's tests."""

    kind: Literal["history"] = "history"
    repository: str
    """`owner/name` on GitHub."""
    fix: str = Field(pattern=r"^[0-9a-f]{40}$")
    parent: str = Field(pattern=r"^[0-9a-f]{40}$")
    date: str
    """When the fix was committed."""
    test_files: tuple[str, ...]
    """Taken from the fix."""
    tests: TestRun


class Manifest(Entry):
    """A whole file."""

    python: str
    """The version, `3.11`, that the outcomes were found with."""
    requirements: tuple[str, ...]
    """What the environment of all tests holds, pinned."""
    packages: tuple[Package, ...]
    mutants: tuple[Mutant, ...]
    history: tuple[Historic, ...]

    def chosen(self, name: str) -> tuple[Mutant | Historic, ...]:
        """Return the tasks of one set."""
        tasks: tuple[Mutant | Historic, ...] = (*self.mutants, *self.history)
        return tuple(task for task in tasks if task.set == name)

    def package(self, name: str) -> Package:
        return next(package for package in self.packages if package.name == name)

    def tests_of(self, task: Mutant | Historic) -> TestRun:
        return self.package(task.package).tests if isinstance(task, Mutant) else task.tests


def load_manifest(path: Path = MANIFEST) -> Manifest:
    """Read a manifest."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RepairError(f"cannot use the manifest {str(path)!r}: {error}") from error


def write_manifest(manifest: Manifest, path: Path = MANIFEST) -> None:
    """Write a manifest so that a diff of two is readable."""
    path.write_text(manifest.model_dump_json(indent=1, exclude_defaults=False) + "\n", "utf-8")
