"""What every attack's script begins with: what it is told, and how it tells.

The one argument is JSON. The standard library only; it runs inside the sandbox.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

SCENE: dict[str, Any] = json.loads(sys.argv[1])
LIBC = ctypes.CDLL(None, use_errno=True)
HOME_OF_CALLS: dict[str, int] = SCENE["calls"]


def reached(*what: object) -> None:
    """Tell what was reached: evidence, and no complaint."""
    print("REACHED", *what, flush=True)


def call(name: str, *arguments: object) -> int:
    """Make a system call by its name; negative where it failed."""
    if name not in HOME_OF_CALLS:
        return -1
    return int(LIBC.syscall(HOME_OF_CALLS[name], *arguments))


def called(name: str, *arguments: object) -> int:
    """Make a system call that nobody should get, and tell where it was had."""
    answer = call(name, *arguments)
    if answer >= 0:
        reached(name, answer)
    return answer


def in_child(*steps: Any) -> int:
    """Do steps in a child of ours; returns its status."""
    child = os.fork()
    if child == 0:
        try:
            for step in steps:
                step()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def read(place: object) -> None:
    """Read a file and tell what is in it."""
    with suppress(OSError):
        reached("read", place, Path(str(place)).read_bytes()[:2000])


print("STARTED", flush=True)
