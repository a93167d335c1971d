"""A command run and watched: seconds, processor seconds, and the memory of all its processes."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-I", "-m", "rooftree")
LOOK_SECONDS = 0.2
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took; `peak_bytes` is the most that it and its children held at once."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    code: int
    out: str


def environment(state: Path, embedder: str) -> dict[str, str]:
    """Return the environment of a user whose state is in `state`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(state),
        "XDG_STATE_HOME": str(state / "state"),
        "XDG_CONFIG_HOME": str(state / "config"),
        "ROOFTREE_INDEX_EMBEDDER": embedder,
    }


def measure(arguments: Sequence[str | Path], environ: Mapping[str, str]) -> Measured:
    """Run one rooftree command to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    watch = Watch(process.pid)
    out, _ = process.communicate()
    seconds = time.monotonic() - began
    peak = watch.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, cpu, peak, process.returncode, out.decode())


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds that a process has taken so far, without its children's."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Looks at a process and its descendants several times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the most bytes that were held at once."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._peak = max(self._peak, sum(map(_own_bytes, family(self._pid))))


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parents.setdefault(_parent(entry), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        found.append(member)
        waiting += parents.get(member, [])
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _own_bytes(pid: int) -> int:
    """Return resident bytes without what is shared with other processes through files."""
    try:
        resident, shared = (Path("/proc") / str(pid) / "statm").read_text().split()[1:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE
