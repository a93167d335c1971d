"""What a program and all its children take, as /proc tells.

Limits of the kernel that an ordinary user can set hold for one process (memory) or one file (size)
and never for a sum, so the sum is looked at, twenty times a second. Memory that no process maps (in
files of memory, in shared memory let go of, in buffers of sockets and pipes, in the kernel's own
tables) belongs to no process, so how much of it the whole machine has is looked at too.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
KIB = 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """Memory held now and bytes written so far, by a program and its descendants."""

    memory_bytes: int
    own_bytes: int
    """The part of the memory that no two processes share and that is no file in memory."""
    written_bytes: int
    pids: tuple[int, ...]
    """The program's own first."""

    @property
    def processes(self) -> int:
        return len(self.pids)


def taken_by(root: int) -> Taken:
    """Look at a process and its descendants; those that end meanwhile count as nothing."""
    pids = _with_descendants(root)
    memory = [_memory(pid) for pid in pids]
    own = sum(own for own, _ in memory)
    written = sum(_written(pid) for pid in pids)
    return Taken(own + sum(shared for _, shared in memory), own, written, tuple(pids))


def _with_descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir(PROC):  # noqa: PTH208 - a hundred names twenty times a second
        if entry.isdigit():
            parent = _parent(int(entry))
            if parent is not None:
                children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _parent(pid: int) -> int | None:
    text = _read(pid, "stat")
    # The name of the program stands in parentheses and may hold anything, these too.
    fields = text.rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 else None


def _memory(pid: int) -> tuple[int, int]:
    """Return its own and its shared memory; mapped files belong to the cache."""
    held = {"RssAnon:": 0, "RssShmem:": 0}
    for line in _read(pid, "status").splitlines():
        name, _, rest = line.partition("\t")
        if name in held:
            held[name] = KIB * int(rest.split()[0])
    return held["RssAnon:"], held["RssShmem:"]


def _written(pid: int) -> int:
    """Return bytes sent to storage, those of children that were waited for included."""
    for line in _read(pid, "io").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text("utf-8", "replace")
    except OSError:
        return ""
