"""What a person has confirmed of a `[project]`, kept where the repository cannot write.

It is bound to the repository and to every word of the section. Another section, also an older one,
is asked for anew.
"""

import json
from dataclasses import dataclass
from typing import Any

from rooftree.paths import StateFolder, cannot_write
from rooftree.state_files import write_atomically
from tools.projects.configuration.section import ProjectSection

FILE = "project.json"


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The confirmation of one repository, in its folder of the state."""

    state: StateFolder
    repo_id: str

    def holds(self, section: ProjectSection) -> bool:
        """Say whether a person has confirmed these very words."""
        return self.digest() == section.digest(self.repo_id)

    def keep(self, section: ProjectSection) -> None:
        """Keep that a person has; what was confirmed before counts no more."""
        path = self.state.repository(self.repo_id) / FILE
        try:
            write_atomically(path, json.dumps({"confirmed": section.digest(self.repo_id)}))
        except OSError as error:
            raise cannot_write(path, error) from error

    def forget(self) -> None:
        """Take a confirmation back."""
        self.state.repository_file(self.repo_id, FILE).unlink(missing_ok=True)

    def digest(self) -> str:
        """Return the digest of what a person has confirmed; "" where that is nothing."""
        if not self.state.repository_file(self.repo_id, FILE).exists():
            return ""
        try:
            # It counts only where nobody else can write it.
            told: Any = json.loads((self.state.repository(self.repo_id) / FILE).read_bytes())
        except (OSError, ValueError, RecursionError):
            return ""
        kept = told.get("confirmed") if isinstance(told, dict) else ""
        return kept if isinstance(kept, str) else ""
