"""What a program and all its children take, as /proc tells.

Limits of the kernel that an ordinary user can set hold for one process (memory) or one file (size)
and never for a sum, so the sum is looked at, twenty times a second. Memory that no process maps (in
files of memory, in shared memory let go of, in the kernel's own tables) belongs to no process, so
how much of it the whole machine has is looked at too.
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
    written_bytes: int
    processes: int


def unmapped_bytes() -> int:
    """Return what the whole machine holds in shared memory, page tables and the kernel's slabs."""
    try:
        lines = (PROC / "meminfo").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    names = ("Shmem:", "SUnreclaim:", "PageTables:")
    return KIB * sum(int(line.split()[1]) for line in lines if line.startswith(names))


def taken_by(root: int) -> Taken:
    """Look at a process and its descendants; those that end meanwhile count as nothing."""
    pids = _with_descendants(root)
    memory = sum(_memory(pid) for pid in pids)
    written = sum(_written(pid) for pid in pids)
    return Taken(memory, written, len(pids))


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


def _memory(pid: int) -> int:
    """Return its own and its shared memory; mapped files belong to the cache."""
    return KIB * sum(
        int(line.split()[1])
        for line in _read(pid, "status").splitlines()
        if line.startswith(("RssAnon:", "RssShmem:"))
    )


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
