"""Exchange two names in one step, and move to a name only while it is free.

Checking and then renaming leaves a moment in which a program saves; its file would be replaced
unseen. After an exchange nothing is gone: what came out can be looked at, and put back.
"""

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Callable

_FREE, _EXCHANGE = (0x4, 0x2) if sys.platform == "darwin" else (0x1, 0x2)
_NAME = "renameatx_np" if sys.platform == "darwin" else "renameat2"
_NUMBERS = {"x86_64": 316, "aarch64": 276}
"""The call's number, for C libraries that do not name it."""
CANNOT = frozenset([errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
"""What a system, or a file system, answers that cannot do this."""


def exchange(folder: int, one: str, other: str) -> None:
    """Let two names of one open folder change places; both have to be there."""
    _rename(folder, one, folder, other, _EXCHANGE)


def move(source: int, name: str, target: int, new: str) -> None:
    """Give a file another name, maybe in another open folder; FileExistsError where it is taken."""
    _rename(source, name, target, new, _FREE)


def _rename(source: int, name: str, target: int, new: str, flag: int) -> None:
    if _CALL is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name)
    if _CALL(source, os.fsencode(name), target, os.fsencode(new), flag) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name, None, new)


def _call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    library = ctypes.CDLL(None, use_errno=True)
    kinds = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if hasattr(library, _NAME):
        named = getattr(library, _NAME)
        named.argtypes, named.restype = kinds, ctypes.c_int
        return named  # type: ignore[no-any-return]  # of the kinds above
    number = _NUMBERS.get(platform.machine())
    if number is None or not sys.platform.startswith("linux"):
        return None
    syscall = library.syscall
    syscall.argtypes, syscall.restype = (ctypes.c_long, *kinds), ctypes.c_long
    return lambda *arguments: syscall(number, *arguments)


_CALL = _call()
