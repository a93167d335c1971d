import subprocess
import sys
from pathlib import Path

import pytest

from rooftree.state_files import locked, replacing, write_atomically

HOLD = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class Taken(Exception):  # noqa: N818 - no error, but what stops us
    """Another process has the lock."""


def refuse() -> None:
    raise Taken


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    write_atomically(place, "old é")
    with pytest.raises(TypeError), replacing(place) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]  # it fails in the middle
    assert place.read_text("utf-8") == "old é"
    write_atomically(place, b"new")
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place], "nothing is left beside it"


def test_a_lock_of_another_process_is_told_and_ends_with_it(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-I", "-c", HOLD, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Taken), locked(place, refuse):
            pass
        holder.kill()
        holder.wait()
        with locked(place, refuse):
            pass
    finally:
        holder.kill()
        holder.communicate()
