"""Whether a program and its children hold more memory than they may, mapped or not.

What processes have mapped is told for each. All other memory is told for the machine only, so it
counts by how much more of it the machine has than before, and no further than the program has the
means to hold it: another process's files in memory, or the kernel's own, do not end a test run.
"""

import os
import time
from dataclasses import dataclass
from typing import Self

from tools.sandbox.process.proc_files import KIB, number_after, read_proc
from tools.sandbox.process.unmapped_memory import could_hold, pinned_names
from tools.sandbox.process.watchdog import ProcessUsage

PAGE = os.sysconf("SC_PAGE_SIZE")
NOISE = 32 << 20
"""What the rest of the machine may come to hold meanwhile of the memory of no process."""
MIN_FALL_BYTES = 8 << 20
PATIENCE = 4
"""How many times as long as it took the next look at every descriptor waits."""
_NOT_UNOWNED = ("MemFree", "Buffers", "Cached", "SwapCached", "SReclaimable", "AnonPages")


@dataclass(frozen=True, slots=True)
class MachineMemory:
    """The memory of the whole machine at one moment."""

    unowned: int
    """What is neither free, nor a cache, nor a process's own: all that the kernel and files in
    memory hold. Pages of buffers appear in no counter of their own: of 1.4 GB in socket pairs the
    counters of slabs showed 0.1.
    """
    owned: int
    """What processes have to themselves."""

    @classmethod
    def now(cls) -> Self:
        """Look at it, without the free pages that each processor keeps for itself.

        They are free and not counted as free; between two looks they were 70 MB more or fewer,
        and all the rest was the same to one.
        """
        lines = [line.split() for line in read_proc("meminfo").splitlines()]
        held = {line[0].rstrip(b":").decode(): KIB * int(line[1]) for line in lines}
        if not held:
            return cls(0, 0)
        unowned = held["MemTotal"] + held["Shmem"] - sum(held[name] for name in _NOT_UNOWNED)
        return cls(unowned - _kept_by_processors() - _cached_by_zfs(), held["AnonPages"])


def _available() -> int:
    return KIB * number_after(read_proc("meminfo"), b"MemAvailable:")


def _kept_by_processors() -> int:
    parts = read_proc("zoneinfo").split(b" count:")[1:]
    return PAGE * sum(int(part.split(None, 1)[0]) for part in parts)


def _cached_by_zfs() -> int:
    """Return the cache of ZFS, which Linux does not count among its caches."""
    return number_after(read_proc("spl/kstat/zfs/arcstats"), b"\nsize ")


class MemoryMonitor:
    """What one program may hold, and what it was last seen to hold."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._before = MachineMemory.now().unowned
        self._room = allowed
        self._available = 0
        self._again = 0.0
        self.segments_bounded = True

    def may_be_exceeded(self) -> bool:
        """Say whether so much was allocated since the last check that one is due at once.

        Two cores fill 500 MB between two looks; this costs a fiftieth of a look.
        """
        fallen = self._available - _available()
        return fallen > max(MIN_FALL_BYTES, self._room // 2)

    def is_exceeded(self, taken: ProcessUsage) -> bool:
        """Say whether more is held than is allowed."""
        machine = MachineMemory.now()
        self._available = _available()
        grown = max(0, machine.unowned - self._before)
        held = taken.own_bytes + grown + pinned_names(taken.pids)
        self._room = max(0, self._allowed - max(held, taken.memory_bytes))
        if taken.memory_bytes > self._allowed:
            return True
        return held > self._allowed + NOISE and self._is_its_own(taken)

    def _is_its_own(self, taken: ProcessUsage) -> bool:
        """Say whether a program has the means to hold what the machine has come to hold."""
        began = time.monotonic()
        if began < self._again:
            return False
        enough = self._allowed + NOISE - taken.own_bytes - pinned_names(taken.pids)
        is_its_own = could_hold(taken.pids, enough, segments_bounded=self.segments_bounded)
        ended = time.monotonic()
        self._again = ended + PATIENCE * (ended - began)
        return is_its_own
