"""The project with what counts of its configuration, and what is said of the rest.

A section that nobody has confirmed is not used, and that is said: by whom it could be, and how.
"""

from dataclasses import dataclass
from typing import Literal

from rooftree.errors import ConfigError
from tools.drafts.snapshot import Snapshot
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.overriding import overridden, with_test_command
from tools.projects.configuration.section import FILE, TABLE, ProjectSection, read_section
from tools.projects.detection.detect import detect
from tools.projects.operations import Project

SectionState = Literal["none", "wrong", "unconfirmed", "confirmed"]
NAMED = f"[{TABLE}] in {FILE}"
HOW = "`rooftree project --confirm` shows it and asks, in a terminal on this machine"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What may be said of a project's commands beside what its files tell."""

    data: bytes | None = None
    """The file that holds the section: never a pull request's own."""
    proposed: bytes | None = None
    """The file as what is under review has it; it never counts."""
    confirmations: Confirmations | None = None
    """None where no confirmation can be kept: then none holds."""
    test_command: tuple[str, ...] = ()
    """What a person typed for this run."""

    def confirmed(self) -> str:
        """Return the digest of the section that a person has confirmed; "" where none has."""
        return self.confirmations.digest() if self.confirmations is not None else ""

    def is_confirmed(self, section: ProjectSection, confirmed: str) -> bool:
        """Say whether a section is the one that was confirmed."""
        kept = self.confirmations
        return kept is not None and section.digest(kept.repo_id) == confirmed


@dataclass(frozen=True, slots=True)
class ProjectChoice:
    """A project, and what a person has to know of its configuration."""

    project: Project
    state: SectionState = "none"
    section: ProjectSection | None = None
    notes: tuple[str, ...] = ()


def choose_project(snapshot: Snapshot, settings: ProjectSettings, confirmed: str) -> ProjectChoice:
    """Detect what a project can have done, and put in what is configured and counts.

    `confirmed` is the digest that was kept: a run that is resumed goes by its log.
    """
    choice = _with_section(detect(snapshot), snapshot, settings, confirmed)
    if not settings.test_command:
        return choice
    project = with_test_command(choice.project, settings.test_command, frozenset(snapshot.files))
    return ProjectChoice(project, choice.state, choice.section, choice.notes)


def _with_section(
    project: Project, snapshot: Snapshot, settings: ProjectSettings, confirmed: str
) -> ProjectChoice:
    proposed = _said_of_proposed(settings)
    try:
        section = read_section(settings.data)
    except ConfigError as error:
        return ProjectChoice(project, "wrong", None, (f"{error}; it is not used", *proposed))
    if section is None:
        return ProjectChoice(project, notes=proposed)
    if not settings.is_confirmed(section, confirmed):
        told = f"{NAMED} is not used, as nobody has confirmed it as it is now; {HOW}"
        return ProjectChoice(project, "unconfirmed", section, (told, *proposed))
    files = frozenset(snapshot.files)
    return ProjectChoice(overridden(project, section, files), "confirmed", section, proposed)


def _said_of_proposed(settings: ProjectSettings) -> tuple[str, ...]:
    """Say that a section that a change brings is not used, where it is another."""
    if settings.proposed is None or settings.proposed == settings.data:
        return ()
    try:
        new, old = read_section(settings.proposed), read_section(settings.data)
    except ConfigError:
        return (f"{NAMED} is changed by what is under review, and not used as it would be",)
    if new is None or new == old:
        return ()
    return (f"{NAMED} is changed by what is under review, and not used as it would be",)
