"""What an attack is: a script that runs inside, and what of its effects can be seen outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hostile.scene import Scene
from tools.projects.toolchains.host_machine import ToolchainAccess
from tools.sandbox.process.execution import Execution, ExecutionLimits

SECONDS = 40.0
LIMITS = ExecutionLimits(seconds=SECONDS, output_bytes=64 << 10)

Effect = Callable[[Scene, Execution], str | None]
"""Returns what the attack reached outside, beyond what is looked at after every attack."""
HostCode = Callable[[Scene], str | None]
"""What the host does with a workspace; returns what the attack reached by it."""


def nothing(scene: Scene, ended: Execution) -> str | None:
    return None


def needs_nothing(scene: Scene) -> ToolchainAccess:
    return ToolchainAccess()


def nowhere(scene: Scene) -> tuple[Path, ...]:
    return ()


def leave_alone(scene: Scene) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; its name says what the attacker wants."""

    name: str
    script: str
    """Python, run after `prelude.py`; it calls `reached` with evidence of what it reached."""
    effect: Effect = nothing
    limits: ExecutionLimits = LIMITS
    finishes: bool = True
    """Whether the script comes to its end where it is contained; else it is stopped before."""
    in_copy: bool = False
    """Whether the workspace is a copy that `tools.drafts.workspace` made of a git repository."""
    host: HostCode = leave_alone
    """What our own code does with the workspace afterwards."""
    careless: HostCode = leave_alone
    """What a careless host would do instead: the control of an attack on the host."""
    during: HostCode = leave_alone
    """What our own code does with the workspace meanwhile."""
    uncontrolled: str = ""
    """Why the attack is not tried without a sandbox; empty where it is."""
    control_needs_root: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    means: Callable[[Scene], ToolchainAccess] = needs_nothing
    """What the product finds for it to be shown, of the scene's home and repository."""
    aliases: Callable[[Scene], tuple[Path, ...]] = nowhere
    """Where the product has it find the workspace as well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attack went."""

    ran: bool
    """Whether the script really did what it is for: one that crashed proves nothing."""
    reached: str | None
    ended: str
    output: str

    def as_json(self) -> dict[str, Any]:
        return {
            "ran": self.ran,
            "reached": self.reached,
            "ended": self.ended,
            "output": self.output,
        }
