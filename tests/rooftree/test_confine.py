import errno
import os
import select
import shutil
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from rooftree.confined_files import check_relative, open_beneath, read_beneath
from rooftree.errors import ToolRefusedError
from tests.support.eighths import examples

SECRET = b"outside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_bytes(b"inside\n")
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.py").write_bytes(SECRET)
    return folder


def open_beneath_now(root: Path) -> list[str]:
    """Return what this process holds open below `root`; other threads open files of their own."""
    held = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            held.append(str(entry.readlink()))
    return [path for path in held if path.startswith(str(root))]


def test_a_file_is_read_with_its_stat(root: Path) -> None:
    blob = read_beneath(root, "src/a.py", 100)
    status = (root / "src" / "a.py").stat()
    assert (blob.data, blob.size) == (b"inside\n", 7)
    assert (blob.mtime_ns, blob.inode) == (status.st_mtime_ns, status.st_ino)


def test_a_file_above_the_limit_says_its_size_and_is_not_read(root: Path) -> None:
    blob = read_beneath(root, "src/a.py", 6)
    assert (blob.data, blob.size) == (b"", 7)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/etc/passwd",
            "//x",
            ".",
            "..",
            "../secret",
            "src/../../secret",
            "src/..",
            "./a",
        ),
        *("src//a.py", "src/", "src/./a.py", "C://x"),
        *("a\0b", "\0", "\ud800", "src/\udfff", "a" * 4097, "é" * 2049, "a/" * 3000 + "a"),
    ],
)
def test_a_path_that_is_not_below_the_root_is_refused(root: Path, path: str) -> None:
    with pytest.raises(ToolRefusedError):
        read_beneath(root, path, 100)


def test_a_refusal_does_not_repeat_a_long_path() -> None:
    with pytest.raises(ToolRefusedError) as refusal:
        check_relative("../" + "x" * 10_000)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    "name", [b"a\nb", b"\xff\xfe", b"-x", b"ab:c.txt", b"a.txt::$DATA", b"...", b" ", b"CON", b"~"]
)
def test_odd_but_legal_names_are_opened_as_they_are(root: Path, name: bytes) -> None:
    path = os.fsdecode(name)
    (root / path).write_bytes(name)
    assert read_beneath(root, path, 100).data == name


def test_names_that_only_look_alike_are_different_files(root: Path) -> None:
    """A name with é as one character, and as e and an accent."""
    (root / "caf\u00e9").write_bytes(b"one")
    (root / "cafe\u0301").write_bytes(b"two")
    assert read_beneath(root, "caf\u00e9", 9).data == b"one"
    assert read_beneath(root, "cafe\u0301", 9).data == b"two"
    with pytest.raises(FileNotFoundError):
        read_beneath(root, "SRC/A.PY", 9)


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("file", "src/a.py", "file"),
        ("file", "../secret", "file"),
        ("folder", "src", "folder/a.py"),
        ("folder", "../outside", "folder/a.py"),
        ("up", "..", "up/secret"),
        ("loop", "loop", "loop"),
        ("loop", "loop", "loop/a"),
        ("self", ".", "self/src/a.py"),
        ("dangling", "nowhere", "dangling"),
        ("proc", "/proc/self/root", "proc/etc/passwd"),
        ("proc", "/proc/self/cwd", "proc/x"),
    ],
)
def test_links_are_refused_by_the_system(root: Path, link: str, target: str, path: str) -> None:
    (root / link).symlink_to(target)
    with pytest.raises(OSError) as failure:  # noqa: PT011 - the number is looked at below
        read_beneath(root, path, 100)
    assert failure.value.errno in (errno.ELOOP, errno.ENOTDIR)


def test_a_chain_of_links_is_refused(root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("../secret")
    with pytest.raises(OSError, match="symbolic links"):
        read_beneath(root, "one", 100)


def test_magic_links_of_proc_are_not_followed() -> None:
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        read_beneath(Path("/proc/self"), "root/etc/passwd", 100)
    with pytest.raises(OSError, match="symbolic links"):
        read_beneath(Path("/proc/self"), "exe", 100)


def test_a_root_that_is_a_link_is_the_callers_choice(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    assert read_beneath(tmp_path / "alias", "src/a.py", 100).data == b"inside\n"


def test_folders_sockets_and_devices_are_refused(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket"))
        for path in ("src", "socket"):
            with pytest.raises(ToolRefusedError, match="not a regular file"):
                read_beneath(root, path, 100)
    with pytest.raises(ToolRefusedError, match="not a regular file"):
        read_beneath(Path("/dev"), "null", 100)


def test_a_pipe_is_refused_and_its_writer_is_not_woken(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(ToolRefusedError, match="not a regular file"):
        read_beneath(root, "pipe", 100)
    reader = os.open(root / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([reader], [], [], 0)[0] == []
    finally:
        os.close(reader)


def test_a_hard_link_is_read_like_any_file(root: Path, tmp_path: Path) -> None:
    """Nothing tells which name of a file is the right one; the docstring says so."""
    os.link(tmp_path / "secret", root / "hard")
    assert read_beneath(root, "hard", 100).data == SECRET


def test_what_is_not_there_or_not_a_folder_is_said_by_the_system(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_beneath(root, "src/b.py", 100)
    with pytest.raises(NotADirectoryError):
        read_beneath(root, "src/a.py/b", 100)
    with pytest.raises(OSError, match="name too long"):
        read_beneath(root, "a" * 300, 100)


def test_no_descriptor_is_left_open(root: Path) -> None:
    (root / "link").symlink_to("src")
    os.mkfifo(root / "pipe")
    for path in ("src/a.py", "src/b.py", "link/a.py", "link", "pipe", "src", "../x", "src/a.py/b"):
        try:
            read_beneath(root, path, 100)
        except (OSError, ToolRefusedError):
            continue
    assert open_beneath_now(root) == []
    descriptor = open_beneath(root, "src/a.py")
    assert open_beneath_now(root) == [str(root / "src/a.py")], "the count sees what is open"
    os.close(descriptor)


def test_a_descriptor_is_not_inherited_by_programs(root: Path) -> None:
    descriptor = open_beneath(root, "src/a.py")
    try:
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("swapped", ["folder", "file"])
def test_a_link_swapped_in_while_we_open_never_leads_outside(
    root: Path, tmp_path: Path, swapped: str
) -> None:
    stop = threading.Event()
    victim = root / "src" if swapped == "folder" else root / "src" / "a.py"
    spare = tmp_path / "spare"
    link = tmp_path / "link"

    def swap() -> None:
        while not stop.is_set():
            link.symlink_to(tmp_path / ("outside" if swapped == "folder" else "secret"))
            victim.rename(spare)
            link.rename(victim)
            victim.unlink()
            spare.rename(victim)

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for _ in range(3000):
            try:
                seen.add(read_beneath(root, "src/a.py", 100).data)
            except OSError:
                continue
    finally:
        stop.set()
        thread.join()
    assert seen <= {b"inside\n"}


@examples(300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "src", "a.py", "out", "secret", "root", "\0", "\\", "C:"])
        | st.text(max_size=4),
        max_size=6,
    ).map("/".join)
)
def test_no_path_reads_what_lies_outside(root: Path, path: str) -> None:
    out = root / "out"
    if not out.is_symlink():
        out.symlink_to("..")
    try:
        data = read_beneath(root, path, 100).data
    except (OSError, ToolRefusedError):
        return
    assert data == b"inside\n"


def test_a_file_that_grows_while_it_is_read_says_so(tmp_path: Path) -> None:
    """Files of /proc say that they are empty and are not."""
    blob = read_beneath(Path("/proc/self"), "status", 20)
    assert len(blob.data) == 21
    assert blob.size == 21
    shutil.rmtree(tmp_path)
