"""Disk usage of a program, measured by the free space of the file system.

The counters of processes tell who wrote what, until a process is gone without anybody having waited
for it: then they are gone as well. So the free space of the workspace's file system is looked at
too. Others write there besides, so where it has shrunk by more than is allowed, the workspace
itself is measured; only where it has shrunk by far more is that enough, since a file that has no
name any more is found nowhere.
"""

import os
import time
from pathlib import Path

BLOCK = 512
"""Bytes in which `stat` counts."""
PATIENCE = 9
"""How many times as long as a measuring took the next one waits."""
WALK_SECONDS = 2.0
"""A workspace that takes longer to measure holds more files than any project."""
FAR = 4
"""How many times the limit the free space may shrink, whichever process writes."""
OTHERS = 1 << 30
"""What others may write meanwhile, in bytes."""


class DiskMonitor:
    """The file system of one workspace, while one program runs; `allowed` is in bytes."""

    def __init__(self, workspace: Path, allowed: int) -> None:
        self.workspace, self.allowed = workspace, allowed
        self._before = self._last = _free(workspace)
        """What was free when the program began, and at the last look."""
        self._fallen = 0
        """By how much the free space has shrunk in all, whatever others gave back meanwhile."""
        self._due = allowed
        """Until it has shrunk by so much no more than is allowed can have been written."""
        self._began, self._next = time.time(), 0.0

    def is_exceeded(self) -> bool:
        """Say whether more was written than is allowed; cheap as long as nothing suggests it."""
        free = _free(self.workspace)
        self._fallen += max(0, self._last - free)
        self._last = free
        if self._before - free > FAR * self.allowed + OTHERS:
            return True
        now = time.monotonic()
        if self._fallen <= self._due or now < self._next:
            return False
        held = _written_since(self.workspace, self._began, now + WALK_SECONDS)
        ended = time.monotonic()
        self._next = ended + PATIENCE * (ended - now)
        if held is None or held > self.allowed:
            return True
        self._due = self._fallen + self.allowed - held
        return False


def _free(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize


def _written_since(folder: Path, began: float, until: float) -> int | None:
    """Return the bytes that files changed since then hold below a folder; None if that takes long.

    Contained code can set a file's times, but not the time of its last change of state.
    """
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if time.monotonic() > until:
                return None
            try:
                status = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
            except OSError:
                continue
            total += status.st_blocks * BLOCK if status.st_ctime >= began else 0
    return total
