"""What memory contained processes may hold without any of them having it mapped.

The kernel tells only for the whole machine how much memory lies in files of memory, in buffers of
sockets and pipes and in its own tables, and others use such memory too. So what the machine has
come to hold is laid to a program's charge as far as the program has the means to hold it: here its
means are counted from outside, each with the most that it can hold. It takes a look at every
descriptor, so it is done only where there is a suspicion.
"""

import math
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tools.sandbox.process.namespace_bounds import SHARED_SEGMENTS
from tools.sandbox.process.proc_files import KIB, number_after, read_proc

BLOCK = 512
FOLDERS_IN_MEMORY = ("tmp", "dev/shm")
PINNED_NAME = 512
"""Of a file in memory: its name, which counts as a cache and cannot be reclaimed (413 measured)."""
INODE = 1536
MAPPING = 320
MAX_MAPPINGS = 65530
PIPE = 64 * KIB
TERMINAL = 1344 * KIB
"""Both ends of one: the kernel's `tty_buffer.c` keeps 640 KiB each way."""
WATCHER = 16384 * 320
"""A queue of `fs.inotify.max_queued_events`, with names as long as names can be."""
SMALL = 64 * KIB
_UNSHARED = (b"VmData:", b"VmStk:", b"VmExe:", b"VmLib:")
_ANONYMOUS = {
    "anon_inode:[eventfd]": SMALL,
    "anon_inode:[eventpoll]": 256 * KIB,
    "anon_inode:[timerfd]": SMALL,
    "anon_inode:[signalfd]": SMALL,
    "anon_inode:[pidfd]": SMALL,
    "anon_inode:inotify": WATCHER,
}
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_TERMINALS = ("/dev/pts/", "/dev/ptmx", "/dev/tty", "/dev/console")


def pinned_names(pids: Sequence[int]) -> int:
    """Return bytes of names in the sandbox's own file systems in memory."""
    return PINNED_NAME * sum(files for _, files in _in_memory(pids))


def could_hold(pids: Sequence[int], enough: int, *, segments_bounded: bool = True) -> bool:
    """Say whether processes can hold as many bytes unseen; yes where it is unknown.

    The first process is the container's own program, which is outside.
    """
    inside = pids[1:]
    if not inside:
        return enough <= 0
    total = sum(held + INODE * files for held, files in _in_memory(pids))
    total += SHARED_SEGMENTS + _by_addresses(inside) + _by_sockets(inside[0])
    if total >= enough or not segments_bounded:
        return True
    descriptors = _Descriptors(inside)
    return total + descriptors.bytes() >= enough or descriptors.are_hidden(inside[0])


def _in_memory(pids: Sequence[int]) -> list[tuple[int, int]]:
    """Return bytes and files of each file system in memory, as the first that can be looked into
    has them.
    """
    for pid in pids[1:3]:
        try:
            found = [os.statvfs(f"/proc/{pid}/root/{name}") for name in FOLDERS_IN_MEMORY]
        except OSError:
            continue
        return [
            ((one.f_blocks - one.f_bfree) * one.f_frsize, one.f_files - one.f_ffree)
            for one in found
        ]
    return []


def _by_addresses(pids: Sequence[int]) -> int:
    """Return what mappings take themselves, and what shared ones hold that is not resident."""
    total = 0
    for pid in pids:
        status = read_proc(f"{pid}/status")
        size = KIB * number_after(status, b"VmSize:")
        own = KIB * sum(number_after(status, name) for name in _UNSHARED)
        total += max(0, size - own) + MAPPING * min(MAX_MAPPINGS, size // 4096)
    return total


def _by_sockets(pid: int) -> int:
    """Return what the buffers of all sockets of a process's network can hold."""
    return number_after(read_proc(f"{pid}/net/sockstat"), b"sockets: used ") * _socket_bytes()


def _socket_bytes() -> int:
    """Return the most that one socket can hold: what it may send and receive, with its overhead."""
    held = 0
    for name in ("wmem_default", "rmem_default"):
        held += int(read_proc(f"sys/net/core/{name}") or 212992)
    return 2 * held


class _Descriptors:
    """The open files of processes."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._held: dict[object, float] = {}
        """By what makes a file one and the same, where that can be told."""
        self._sockets: dict[bytes, bytes] = {}
        """What is told of each, by its number."""
        for pid in pids:
            try:
                names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - thousands of names
            except PermissionError:
                # One that ends has no memory any more; one that has some is hiding.
                self._held[pid] = math.inf if b"VmSize:" in read_proc(f"{pid}/status") else 0
            except OSError:
                continue
            else:
                for name in names:
                    self._look(pid, name)

    def bytes(self) -> float:
        return sum(self._held.values())

    def are_hidden(self, pid: int) -> bool:
        """Say whether descriptors may be under way in a socket, where they are not visible."""
        for line in read_proc(f"{pid}/net/unix").splitlines()[1:]:
            number = line.split()[6]
            # One that was sent itself, or that waits to be accepted, has no descriptor.
            if self._sockets.get(number, b"").partition(b"scm_fds:")[2].split() != [b"0"]:
                return True
        return False

    def _look(self, pid: int, name: str) -> None:
        place = f"/proc/{pid}/fd/{name}"
        try:
            link = os.readlink(place)  # noqa: PTH115 - thousands of them
            if link.startswith("socket:["):
                self._sockets[link[8:-1].encode()] = read_proc(f"{pid}/fdinfo/{name}")
            else:
                key, held = _most(place, link)
                self._held[key] = held
        except OSError:
            return


def _most(place: str, link: str) -> tuple[object, float]:
    """Return which file an open one is, and the most that it can hold."""
    if link in _ANONYMOUS:
        return place, _ANONYMOUS[link]
    if link.startswith("pipe:["):
        return link, PIPE
    if link.startswith(_TERMINALS):
        return place, TERMINAL
    if link in _DEVICES:
        return link, 0
    status = Path(place).stat()
    key = (status.st_dev, status.st_ino)
    if stat.S_ISREG(status.st_mode):
        return key, status.st_blocks * BLOCK if status.st_nlink == 0 else 0
    if stat.S_ISDIR(status.st_mode) or stat.S_ISFIFO(status.st_mode):
        return key, PIPE
    return place, math.inf
