"""What is to be executed, within which limits, and how that ended: the seam of all executors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

MIB = 1 << 20

WORKSPACE = "/workspace"
"""Where a command finds its workspace, whatever the folder is called outside."""

TIMEOUT_CODE = 124
CANCELLED_CODE = 125
LIMIT_CODE = 137

EndReason = Literal["exited", "timeout", "cancelled", "memory", "written", "processes", "output"]
EXIT_CODES: Mapping[EndReason, int] = {
    "timeout": TIMEOUT_CODE,
    "cancelled": CANCELLED_CODE,
    "memory": LIMIT_CODE,
    "written": LIMIT_CODE,
    "processes": LIMIT_CODE,
    "output": LIMIT_CODE,
}


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """What one execution may take, all its processes together unless it says otherwise."""

    seconds: float = 120.0
    memory_bytes: int = 1024 * MIB
    address_bytes: int = 2048 * MIB
    """Virtual memory of each process; 0 for runtimes that reserve more than they use."""
    written_bytes: int = 512 * MIB
    file_bytes: int = 256 * MIB
    """The largest file that may be made."""
    scratch_bytes: int = 256 * MIB
    """The size of /tmp, which is memory."""
    processes: int = 128
    open_files: int = 256
    output_bytes: int = MIB
    """What is kept of the output, head and tail; what lies between is counted and dropped."""


@dataclass(frozen=True, slots=True)
class ReadOnlyMount:
    """A folder of the machine that a command may read, and where it finds it."""

    folder: Path
    place: str


@dataclass(frozen=True, slots=True)
class Command:
    """A program, the folder that it sees as its workspace, and what else it may see."""

    argv: tuple[str, ...]
    workspace: Path
    writable: bool = True
    folder: str = ""
    """Where it starts, relative to the workspace."""
    toolchains: tuple[Path, ...] = ()
    """Folders outside /usr that it may read, at their own paths."""
    shown: tuple[ReadOnlyMount, ...] = ()
    """Folders that it may read at other places, such as in its workspace."""
    aliases: tuple[Path, ...] = ()
    """Places of the host at which it finds the workspace as well."""
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: ExecutionLimits = ExecutionLimits()
    merged: bool = True
    """Whether stderr goes into `output`, in order, or apart into `errors`."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command ended."""

    exit_code: int
    """Its own; 124 (timeout), 125 (cancelled), 137 (a limit); 128 + n where signal n ended it."""
    output: str
    """Head and tail of what it said; bytes that are not UTF-8 are replaced."""
    seconds: float
    ended: EndReason = "exited"
    errors: str = ""
    dropped_bytes: int = 0
    """How much of the output is not in `output` and `errors`."""

    @property
    def succeeded(self) -> bool:
        return self.ended == "exited" and self.exit_code == 0

    @property
    def reason(self) -> str:
        """Describe how it ended, for users and models."""
        return {
            "exited": f"exit code {self.exit_code}",
            "timeout": f"stopped at the time limit, after {self.seconds:.0f} s",
            "cancelled": "cancelled",
            "memory": "stopped: it took more memory than it may",
            "written": "stopped: it wrote more to disk than it may",
            "processes": "stopped: it started more processes than it may",
            "output": "stopped: it would not stop printing",
        }[self.ended]


class Executor(Protocol):
    """Runs commands contained; cancelling the call ends the command with all its processes."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def shares_host(self) -> bool:
        """Say whether commands find the host's own programs; an image has its own."""
        ...

    async def run(self, command: Command) -> Execution: ...
