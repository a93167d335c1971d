"""Resource usage of a program and all its descendants, read from /proc.

Limits of the kernel that an ordinary user can set hold for one process (memory) or one file (size)
and never for a sum, so the sum is looked at, twenty times a second. Memory that no process maps (in
files of memory, in released shared memory, in buffers of sockets and pipes, in the kernel's own
tables) belongs to no process, so how much of it the whole machine has is looked at too.
"""

import os
from dataclasses import dataclass

from tools.sandbox.process.proc_files import KIB, number_after, read_proc


@dataclass(frozen=True, slots=True)
class ProcessUsage:
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


def process_usage(root: int) -> ProcessUsage:
    """Look at a process and its descendants; those that end meanwhile count as nothing."""
    pids = _with_descendants(root)
    memory = [_memory(pid) for pid in pids]
    own = sum(own for own, _ in memory)
    written = sum(_written(pid) for pid in pids)
    return ProcessUsage(own + sum(shared for _, shared in memory), own, written, tuple(pids))


def _with_descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - a hundred names twenty times a second
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
    text = read_proc(f"{pid}/stat")
    # The name of the program stands in parentheses and may hold anything, these too.
    fields = text.rpartition(b")")[2].split(None, 2)
    return int(fields[1]) if len(fields) > 1 else None


def _memory(pid: int) -> tuple[int, int]:
    """Return its own and its shared memory; mapped files belong to the cache."""
    text = read_proc(f"{pid}/status")
    return KIB * number_after(text, b"RssAnon:"), KIB * number_after(text, b"RssShmem:")


def _written(pid: int) -> int:
    """Return bytes sent to storage, those of children that were waited for included."""
    return number_after(read_proc(f"{pid}/io"), b"\nwrite_bytes:")
