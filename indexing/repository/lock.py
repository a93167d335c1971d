"""One writer at a time: the lock of a repository's index, which says who holds it.

`flock` is released by the kernel when its holder exits, so a lock can never be left behind.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexing.store import damage_check as checking
from rooftree.errors import IndexLockedError
from rooftree.paths import cannot_write

POLL_SECONDS = 0.1
NAME_SECONDS = 0.3
"""How long a holder may take to write its name."""
NAME_POLL_SECONDS = 0.01
TELL_SECONDS = 1.0
"""How often who waits is told of it, and may stop waiting."""
MAX_LOCK_FILE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock."""

    pid: int
    purpose: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.purpose})"


def _read_holder(path: Path) -> LockHolder:
    try:
        content = json.loads(path.read_text("utf-8"))
        return LockHolder(int(content["pid"]), str(content["purpose"]))
    except (OSError, ValueError, KeyError, TypeError):
        return LockHolder(0, "starting")  # the holder has the lock but has not written its name yet


def holder_of(folder: Path) -> LockHolder | None:
    """Return who is writing the index in `folder` now, if anybody is.

    A holder has no name for a moment when it begins and when it ends: that is waited for, or this
    process could take itself for another one.
    """
    deadline = time.monotonic() + NAME_SECONDS
    while True:
        holder = _probe(folder / "lock")
        if holder is None or holder.pid or time.monotonic() >= deadline:
            return holder
        time.sleep(NAME_POLL_SECONDS)


def _probe(path: Path) -> LockHolder | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(path)
    finally:
        os.close(descriptor)
    return None


@contextmanager
def repository_lock(
    folder: Path,
    purpose: str,
    *,
    wait_seconds: float,
    on_wait: Callable[[LockHolder], object] | None = None,
) -> Iterator[None]:
    """Hold the write lock of `folder`; wait at most `wait_seconds` for another process.

    `on_wait` is told every second who is being waited for; to stop waiting, raise there. Raises
    IndexLockedError naming the holder.
    """
    descriptor = _acquire(folder / "lock", wait_seconds, on_wait)
    try:
        _check_last_holder(descriptor, folder)
        _write_holder(descriptor, {"pid": os.getpid(), "purpose": purpose})
        try:
            yield
        finally:
            _write_holder(descriptor, {"ended": checking.file_stamp(folder)})
    finally:
        os.close(descriptor)


def _write_holder(descriptor: int, told: dict[str, Any]) -> None:
    """Write who holds the lock, or that it was released in order; on a full disk write nothing."""
    os.ftruncate(descriptor, 0)
    with suppress(OSError):
        os.pwrite(descriptor, json.dumps(told).encode(), 0)


def _check_last_holder(descriptor: int, folder: Path) -> None:
    """Request a check where the last holder crashed, or another program has written."""
    last = os.pread(descriptor, MAX_LOCK_FILE_BYTES, 0)
    if not last:
        return
    try:
        ended = json.loads(last)["ended"]
    except (ValueError, KeyError, TypeError):
        checking.request_check(folder, "the last writer of the index did not end in order")
        return
    if ended and ended != checking.file_stamp(folder):
        checking.request_check(folder, "the index is not as its last writer left it")


def _acquire(
    path: Path, wait_seconds: float, on_wait: Callable[[LockHolder], object] | None
) -> int:
    """Return a descriptor that holds the lock."""
    deadline = time.monotonic() + wait_seconds
    tell_at = time.monotonic()
    while (descriptor := _try_to_acquire(path)) is None:
        holder = _read_holder(path)
        now = time.monotonic()
        if now >= deadline:
            raise IndexLockedError(
                f"the index in {str(path.parent)!r} is being written by {holder}; "
                "wait for it to finish or stop it"
            )
        if on_wait is not None and now >= tell_at:
            on_wait(holder)
            tell_at = now + TELL_SECONDS
        time.sleep(POLL_SECONDS)
    return descriptor


def _try_to_acquire(path: Path) -> int | None:
    """Open the file anew each time: the index that it belonged to may have been removed."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(path, error, "open the lock") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
