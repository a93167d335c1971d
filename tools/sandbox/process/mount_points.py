"""At which places of a sandbox the workspace may be shown, and what may be shown inside of it.

Wherever bubblewrap shows a folder it makes the way there first, as this user and with the whole
machine in reach, and it follows links: one in the workspace would have it make folders and files
anywhere. And what stands in the place of a system's folder would run in its stead, such as the
program that sets the limits.
"""

import stat
from itertools import accumulate
from operator import truediv
from pathlib import Path

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.process.execution import WORKSPACE

TAKEN = tuple(map(Path, ("/usr", "/proc", "/dev", "/dev/shm", "/tmp", WORKSPACE)))  # noqa: S108
"""What a sandbox has at its own places, so that nothing may hold or be one of them."""
SYSTEM = tuple(
    Path(above, name)
    for above in ("/", "/usr", "/usr/local")
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec")
)
CLOSED = (*SYSTEM, *map(Path, ("/etc/alternatives", "/etc/ssl/certs", "/proc", "/sys", "/dev")))
"""What programs are started from and decided by; nothing may lie in it either."""
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - named, not used


def can_stand_at(place: Path) -> bool:
    """Say whether the workspace may be shown at a place as well, and hide nothing by it."""
    if not place.is_absolute() or ".." in place.parts or "\0" in str(place):
        return False
    if any(one.is_relative_to(place) for one in (*TAKEN, *CLOSED)):
        return False
    inside = any(place.is_relative_to(one) for one in (*CLOSED, Path(WORKSPACE)))
    return not inside or place.is_relative_to(SHARED_MEMORY)


def refuse_links(workspace: Path, inside: Path, what: str) -> None:
    """Refuse to show something at a path of the workspace that a link of its is on the way to."""
    for way in accumulate(map(Path, inside.parts), truediv):
        try:
            mode = (workspace / way).lstat().st_mode
        except FileNotFoundError:
            return
        except OSError as error:
            raise SandboxUnavailableError(f"{what} cannot be shown: {error.strerror}") from error
        if stat.S_ISLNK(mode):
            raise SandboxUnavailableError(
                f"{what} cannot be shown to contained programs: {str(way)!r} is a link in the "
                "copy that they run in; put a folder in its stead"
            )
