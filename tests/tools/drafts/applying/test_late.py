"""Programs that have a file open while it is replaced: what they write is kept, found and told."""

import errno
import mmap
import os
import resource
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.drafts.applying.scene import MINE, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene.make(tmp_path)


def test_what_is_written_through_a_map_is_found(scene: Scene) -> None:
    with (scene.repo / "a.py").open("r+b") as handle:
        mapped = mmap.mmap(handle.fileno(), 0)

    def at(moment: str, path: str) -> None:
        if moment == "before compare":
            mapped[:] = b"b = 7\n"
            mapped.close()

    scene.means = replace(scene.means, at=at)
    told = scene.told(lambda: scene.apply(scene.draft("replaced")))
    assert scene.find(b"b = 7\n", told) == "kept and named"
    assert "what somebody wrote to 'a.py' is kept in" in told


def test_a_program_that_never_closes_the_file_is_told(scene: Scene) -> None:
    with (scene.repo / "a.py").open("r+b", buffering=0) as handle:
        told = scene.told(lambda: scene.apply(scene.draft("replaced")))
        assert "another program still has the 'a.py' open that was replaced" in told
        handle.write(MINE)
        assert scene.find(MINE, told) == "kept and named"
    again = scene.told(scene.undo)
    assert "what somebody wrote to 'a.py' is kept in" in again


def test_a_writer_is_waited_for_while_he_may_yet_end(scene: Scene) -> None:
    """He writes and closes the file when it is looked at, maybe in the middle of that."""
    descriptor = os.open(scene.repo / "a.py", os.O_WRONLY)
    looked_at = threading.Event()

    def write() -> None:
        looked_at.wait()
        os.pwrite(descriptor, MINE, 0)
        os.close(descriptor)

    def at(moment: str, path: str) -> None:
        if moment == "before compare":
            looked_at.set()

    scene.means = replace(scene.means, at=at, patience=60.0)
    writing = threading.Thread(target=write)
    writing.start()
    told = scene.told(lambda: scene.apply(scene.draft("replaced")))
    writing.join()
    assert scene.find(MINE, told) == "kept and named"
    assert "still has" not in told


def test_readers_are_not_waited_for(scene: Scene) -> None:
    with (scene.repo / "a.py").open("rb"):
        assert scene.told(lambda: scene.apply(scene.draft("replaced"))) == ""


@pytest.mark.parametrize("full", [False, True])
def test_where_no_room_is_left_what_came_out_stays_and_is_named(scene: Scene, full: bool) -> None:
    """The file cannot be moved to the run's folder, and where that is full not be copied either."""
    move, limits = scene.means.move, resource.getrlimit(resource.RLIMIT_FSIZE)
    mine = MINE * 1000

    def at(moment: str, path: str) -> None:
        if (moment, path) == ("before keep", "a.py"):
            next(scene.repo.glob(".*.rooftree")).write_bytes(mine)
            if full:
                resource.setrlimit(resource.RLIMIT_FSIZE, (len(mine) - 1, limits[1]))

    def no_room(source: int, name: str, target: int, new: str) -> None:
        if source != target:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        move(source, name, target, new)

    scene.means = replace(scene.means, move=no_room, at=at)
    try:
        told = scene.told(lambda: scene.apply(scene.draft("replaced")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert scene.find(mine, told) == "kept and named"
    assert bool(scene.strays()) == full
    assert len(list((scene.run / "kept").iterdir())) == (not full), "no half of a copy is kept"


@pytest.mark.parametrize("out", ["finish", "undo"])
def test_a_save_that_came_out_before_a_crash_is_kept_and_told(scene: Scene, out: str) -> None:
    """The power goes between the exchange and the look at what came out."""
    exchange = scene.means.exchange

    def cut_off(folder: int, one: str, other: str) -> None:
        (scene.repo / "a.py").write_bytes(MINE)
        exchange(folder, one, other)
        raise KeyboardInterrupt

    able, scene.means = scene.means, replace(scene.means, exchange=cut_off)
    with pytest.raises(KeyboardInterrupt):
        scene.apply(scene.draft("replaced"))
    assert scene.strays()
    scene.means = able
    told = scene.told(scene.finish if out == "finish" else scene.undo)
    assert scene.find(MINE, told) == "kept and named"
    assert scene.content("a.py") == (b"a = 2\n" if out == "finish" else b"a = 1\n")
    assert scene.strays() == []
