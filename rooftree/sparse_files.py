"""Write a file so that blocks of zeros stay holes, which take no disk.

A repository of 120 KB can hold sparse files of 620 MB: copying what is read allocates all of it.
"""

import os

BLOCK = 4096
_ZEROS = bytes(BLOCK)


def write_with_holes(descriptor: int, data: bytes) -> int:
    """Write a new, empty file's content; return how many bytes of it take disk."""
    os.ftruncate(descriptor, len(data))
    written, at = 0, 0
    while at < len(data):
        if _is_zero(data, at):
            at += BLOCK
            continue
        end = at + BLOCK
        while end < len(data) and not _is_zero(data, end):
            end += BLOCK
        part = memoryview(data)[at:end]
        written += len(part)
        _write(descriptor, part, at)
        at = end
    return written


def _is_zero(data: bytes, at: int) -> bool:
    return data.startswith(_ZEROS, at) or (
        at + BLOCK > len(data) and data.endswith(_ZEROS[: len(data) - at])
    )


def _write(descriptor: int, part: memoryview, at: int) -> None:
    while part:
        done = os.pwrite(descriptor, part, at)
        part, at = part[done:], at + done
