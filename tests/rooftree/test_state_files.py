import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rooftree.state_files import locked, replacing, write_atomically

ROOT = Path(__file__).parents[2]
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


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    program = (
        "import os, sys; from pathlib import Path; from rooftree.state_files import replacing\n"
        "with replacing(Path(sys.argv[1])) as file: file.write(b'x' * 100_000); os._exit(9)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program, str(place)], cwd=ROOT, check=False)
        assert done.returncode == 9
    assert not place.exists()
    write_atomically(place, b"new")
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place], "nothing is left beside it"


def test_threads_that_write_one_file_all_do_and_one_is_kept_whole(tmp_path: Path) -> None:
    place = tmp_path / "state.json"
    contents = [str(number) * 50_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_atomically(place, content), contents * 5))
    assert place.read_text() in contents
    assert list(tmp_path.iterdir()) == [place]


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
