"""The seal of a directory that was closed in order: its files' check sums, in a file beside it.

Opening the directory removes the checksum, since the files change from then on; so one whose
owner was killed has none.
"""

import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rooftree.state_files import write_atomically

PREFIX = "seal-of-"
CHUNK = 1 << 20


def write_checksum(folder: Path, *, sound: bool = True) -> None:
    """Seal a directory, or mark it as one that is not sound.

    Without room or rights for a seal it stays without one.
    """
    with suppress(OSError):
        write_atomically(_place(folder), json.dumps(dict(_sums(folder)) if sound else None))


def take_checksum(folder: Path) -> bool | None:
    """Take the seal away; say whether it is right, or None where there is none."""
    place = _place(folder)
    try:
        told = json.loads(place.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        told = None
    place.unlink(missing_ok=True)
    try:
        return bool(told == dict(_sums(folder)))
    except OSError:
        return False


def _place(folder: Path) -> Path:
    return folder.with_name(PREFIX + folder.name)


def _sums(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total = 0
            with path.open("rb") as handle:
                while data := handle.read(CHUNK):
                    total = zlib.crc32(data, total)
            yield path.relative_to(folder).as_posix(), total
