"""The form of a task: a small repository, what is asked, and tests that show whether it is done."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.agents.trajectory import Playbook, Step, Trajectory

MODULES = Path(__file__).parents[3] / ".toolchains" / "node_modules"
"""Where `make toolchains` puts what is npm's."""
Language = Literal["Python", "JavaScript", "TypeScript", "Go", "Rust", "Java"]
Kind = Literal["repair", "feature", "rename", "delete", "move"]


@dataclass(frozen=True, slots=True)
class AgentTask:
    """One task; `hidden` are tests that nobody is shown, which judge it beside the others."""

    id: str
    language: Language
    kind: Kind
    text: str
    files: Mapping[str, str]
    must_pass: tuple[str, ...]
    """Ids of tests, those of `hidden` among them; no test may fail beside them."""
    steps: tuple[Step, ...]
    """How a good model does it."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    playbook: Playbook = "fix"
    shell_tests: str = "true"
    programs: tuple[str, ...] = ()
    """What has to be on the machine."""
    module: str = ""
    """Of npm's, that `make toolchains` installs."""

    @property
    def lacks(self) -> str:
        """Say what this machine has not of what the task needs; empty where it has everything."""
        lacking = [one for one in self.programs if shutil.which(one) is None]
        if self.module and not (MODULES / self.module).is_dir():
            lacking.append(self.module)
        return f"{', '.join(lacking)} is not here: make toolchains" if lacking else ""

    @property
    def trajectory(self) -> Trajectory:
        return Trajectory(self.text, self.steps, self.playbook, self.shell_tests)
