"""What stands where a new file shall be is never overwritten; undoing removes only what is ours."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from rooftree.git.commands import open_worktree
from tests.support import commit_all, write_files
from tests.tools.drafts.applying.scene import Scene
from tools.drafts.applying.journal import JOURNAL
from tools.drafts.draft import Draft
from tools.drafts.file_state import BEHIND, MAX_FILE_BYTES, STRANGE, TOO_LARGE, file_state
from tools.drafts.snapshot import read_file, take_snapshot

NOBODY = 65534


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene.make(tmp_path)
    write_files(scene.repo, {".gitignore": "*.bin\nbuild/\n"})
    commit_all(scene.repo)
    scene.snapshot = take_snapshot(open_worktree(scene.repo), scene.run / "blobs")
    return scene


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Be somebody to whom modes apply."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def _large(place: Path) -> None:
    with place.open("wb") as handle:
        handle.write(b"mine")
        handle.truncate(MAX_FILE_BYTES + 1)


def test_absent_too_large_unreadable_and_strange_are_different_things(quick: Path) -> None:
    quick.chmod(0o755)
    _large(quick / "large.bin")
    (quick / "locked").write_text("x")
    (quick / "locked").chmod(0)
    (quick / "link").symlink_to("locked")
    (quick / "folder").mkdir()
    os.mkfifo(quick / "pipe")
    with _as_nobody():
        told = {
            name: file_state(quick, name, "sha1").problem
            for name in ("large.bin", "locked", "link", "folder", "pipe", "link/x", "locked/x")
        }
        assert file_state(quick, "nothing", "sha1").absent
        assert file_state(quick, "no/where", "sha1").absent
        assert read_file(quick, "locked") == "unreadable"
    assert told == {
        "large.bin": TOO_LARGE,
        "locked": "unreadable (Permission denied)",
        "link": STRANGE,
        "folder": STRANGE,
        "pipe": STRANGE,
        "link/x": BEHIND,
        "locked/x": BEHIND,
    }
    assert read_file(quick, "nothing") == "vanished"
    assert read_file(quick, "large.bin") == "too_large"
    assert [read_file(quick, name) for name in ("link", "pipe")] == ["not_regular"] * 2


def test_an_ignored_file_that_is_too_large_to_read_is_not_new(scene: Scene) -> None:
    _large(scene.repo / "data.bin")
    draft = scene.draft().with_content("data.bin", b"small\n")
    with pytest.raises(ToolRefusedError, match=r"data\.bin \(larger than 32 MiB.*nothing was app"):
        scene.apply(draft)
    assert (scene.repo / "data.bin").stat().st_size == MAX_FILE_BYTES + 1
    assert scene.content("z.py") == b"z = 1\n"


@pytest.mark.parametrize("kind", ["large", "small", "link", "folder", "pipe"])
def test_what_is_made_at_the_last_moment_is_not_overwritten(scene: Scene, kind: str) -> None:
    place = scene.repo / "data.bin"
    makers: dict[str, Callable[[], object]] = {
        "large": lambda: _large(place),
        "small": lambda: place.write_text("mine\n"),
        "link": lambda: place.symlink_to("z.py"),
        "folder": place.mkdir,
        "pipe": lambda: os.mkfifo(place),
    }

    def at(moment: str, path: str) -> None:
        if (moment, path) == ("before name", "data.bin"):
            makers[kind]()

    scene.means = replace(scene.means, at=at)
    draft = scene.draft().with_content("data.bin", b"small\n")
    told = scene.told(lambda: scene.apply(draft))
    assert "'data.bin' was made by somebody at this moment" in told
    assert "nothing was applied" in told
    assert os.path.lexists(place)
    assert not place.is_file() or place.read_bytes() != b"small\n"
    assert scene.content("z.py") == b"z = 1\n"
    assert scene.strays() == []


@pytest.mark.parametrize("cut_off", [False, True])
def test_undoing_does_not_remove_what_took_the_place_of_a_new_file(
    scene: Scene, cut_off: bool
) -> None:
    draft = scene.draft().with_content("data.bin", b"small\n")
    journal = scene.apply(draft)
    if cut_off:
        journal.with_state("applying").save(scene.run)
    _large(scene.repo / "data.bin")
    told = scene.told(scene.undo)
    assert "data.bin" in told
    assert (scene.repo / "data.bin").stat().st_size == MAX_FILE_BYTES + 1
    assert scene.content("z.py") == (b"z = 1\n" if cut_off else b"z = 2\n")


def test_undoing_removes_the_folders_that_it_made_and_no_other(scene: Scene) -> None:
    (scene.repo / "build").mkdir()
    (scene.repo / "logs").mkdir()
    draft = scene.draft().with_content("build/deep/x.py", b"x\n").with_content("logs/x.py", b"x\n")
    scene.apply(draft)
    scene.undo()
    assert (scene.repo / "build").is_dir()
    assert (scene.repo / "logs").is_dir()
    assert not (scene.repo / "build" / "deep").exists()


def test_a_file_that_was_left_out_is_not_taken_for_none(scene: Scene) -> None:
    _large(scene.repo / "tracked.dat")
    commit_all(scene.repo)
    draft = Draft(take_snapshot(open_worktree(scene.repo), scene.run / "blobs"))
    for act in (draft.text, lambda path: draft.with_content(path, b"x\n")):
        with pytest.raises(ToolRefusedError, match="left out \\(too_large\\)"):
            act("tracked.dat")


def test_a_folder_becomes_no_file(scene: Scene) -> None:
    (scene.repo / "thing.bin").mkdir()
    draft = scene.draft().with_content("thing.bin", b"x\n")
    with pytest.raises(ToolRefusedError, match="no regular file"):
        scene.apply(draft)
    assert not (scene.run / JOURNAL).exists()
