"""Files that several processes share: written whole or not at all, and locks between processes.

A lock is `flock`: the kernel releases it when its holder ends, so none can be left behind.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file so that a reader sees the old one or the new one."""
    with replacing(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Yield the file that takes the place of `path` at the end, unless something goes wrong."""
    aside = path.with_name(f".{path.name}.part")
    with _opened_alone(aside, mode) as file:
        try:
            yield file
            file.flush()
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def _opened_alone(aside: Path, mode: int) -> BinaryIO:
    """Open a file for one writer at a time, of any thread; what a killed one left is written over.

    A name for each writer would leave a whole file behind with each that is killed.
    """
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.fdopen(os.open(aside, flags, mode), "wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, aside):  # or else the one before has put it in its place
                file.truncate(0)
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def locked(path: Path, taken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock that a file stands for.

    `taken` is called where another has it, before that one is waited for; what it raises is raised.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
