"""Whether a program and its children hold more memory than they may, mapped or not.

What processes have mapped is told for each. All other memory is told for the machine only, so it
counts by how much more of it the machine has than before, and no further than the program has the
means to hold it: a neighbour's files in memory, or the kernel's own, end nobody's tests.
"""

import os
import time
from dataclasses import dataclass
from typing import Self

from tools.sandbox.unseen import could_hold, pinned_names
from tools.sandbox.watchdog import Taken

KIB = 1024
NOISE = 32 << 20
"""What the rest of the machine may come to hold meanwhile of the memory that belongs to nobody."""
LEAST_FALL = 8 << 20
PATIENCE = 4
"""How many times as long as it took the next look at every descriptor waits."""
_NOT_UNOWNED = ("MemFree", "Buffers", "Cached", "SwapCached", "SReclaimable", "AnonPages")


@dataclass(frozen=True, slots=True)
class Machine:
    """The memory of the whole machine at one moment."""

    available: int
    """What could be had; parts of it cannot, such as pages of a file that was cut while in use."""
    unowned: int
    """What is neither free, nor a cache, nor a process's own: all that the kernel and files in
    memory hold. Pages of buffers appear in no counter of their own: of 1.4 GB in socket pairs the
    counters of slabs showed 0.1.
    """

    @classmethod
    def now(cls) -> Self:
        try:
            with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - a hundred a second
                lines = [line.split() for line in file]
        except OSError:
            return cls(0, 0)
        held = {line[0].rstrip(":"): KIB * int(line[1]) for line in lines}
        unowned = held["MemTotal"] + held["Shmem"] - sum(held[name] for name in _NOT_UNOWNED)
        return cls(held["MemAvailable"], unowned - _ARC.size())


class _Arc:
    """The cache of ZFS, which Linux does not count among its caches."""

    PLACE = "/proc/spl/kstat/zfs/arcstats"

    def __init__(self) -> None:
        self._is_there = os.path.exists(self.PLACE)  # noqa: PTH110 - one look, no Path needed

    def size(self) -> int:
        if not self._is_there:
            return 0
        with open(self.PLACE, encoding="ascii") as file:  # noqa: PTH123 - twenty times a second
            return next((int(line.split()[2]) for line in file if line.startswith("size ")), 0)


_ARC = _Arc()


class Memory:
    """What one program may hold, and what it was last seen to hold."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._before = Machine.now().unowned
        self._room = allowed
        self._available = 0
        self._again = 0.0
        self.segments_bounded = True

    def may_be_exceeded(self) -> bool:
        """Say whether so much was taken since the last look, by whoever, that one is due at once.

        Two cores fill 500 MB between two looks; this costs a fiftieth of a look.
        """
        fallen = self._available - Machine.now().available
        return fallen > max(LEAST_FALL, self._room // 2)

    def is_exceeded(self, taken: Taken) -> bool:
        """Say whether more is held than is allowed."""
        machine = Machine.now()
        self._available = machine.available
        grown = max(0, machine.unowned - self._before)
        held = taken.own_bytes + grown + pinned_names(taken.pids)
        self._room = max(0, self._allowed - max(held, taken.memory_bytes))
        if taken.memory_bytes > self._allowed:
            return True
        return held > self._allowed + NOISE and self._is_its_own(taken)

    def _is_its_own(self, taken: Taken) -> bool:
        """Say whether a program has the means to hold what the machine has come to hold."""
        began = time.monotonic()
        if began < self._again:
            return False
        enough = self._allowed + NOISE - taken.own_bytes - pinned_names(taken.pids)
        is_its_own = could_hold(taken.pids, enough, segments_bounded=self.segments_bounded)
        ended = time.monotonic()
        self._again = ended + PATIENCE * (ended - began)
        return is_its_own
