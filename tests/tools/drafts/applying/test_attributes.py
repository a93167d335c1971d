"""What a file's replacement keeps: owner, group, mode, access list and extended attributes."""

import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from tests.tools.drafts.applying.scene import Scene
from tools.drafts.applying.attributes import FileAttributes

ACCESS = "system.posix_acl_access"
USER = 12345
FILES = ("a.py", "pkg/b.py")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene.make(tmp_path)


def _access_list() -> bytes:
    """Return an access list by which one user more may read."""
    no_id = 0xFFFFFFFF
    entries = ((1, 6, no_id), (2, 4, USER), (4, 4, no_id), (0x10, 4, no_id), (0x20, 0, no_id))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def _attributes(place: Path) -> FileAttributes:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        return FileAttributes.of(descriptor)
    finally:
        os.close(descriptor)


def _set(place: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(place, name, value)
    except OSError:
        pytest.skip(f"this file system has no {name}")


def test_they_are_kept_by_applying_and_by_undoing(scene: Scene) -> None:
    for name in FILES:
        place = scene.repo / name
        place.chmod(0o640)
        _set(place, "user.origin", b"by hand")
        _set(place, ACCESS, _access_list())
        if os.geteuid() == 0:
            os.chown(place, USER, USER + 1)
    before = [_attributes(scene.repo / name) for name in FILES]
    assert len(before[0].extended) == 2
    journal = scene.apply(scene.draft("replaced", "removed"))
    assert journal.notes == ()
    assert _attributes(scene.repo / "a.py") == before[0]
    assert not (scene.repo / "pkg" / "b.py").exists()
    scene.undo()
    assert [_attributes(scene.repo / name) for name in FILES] == before, "of the removed one too"


def test_a_file_is_not_opened_to_more_people_by_its_folders_access_list(scene: Scene) -> None:
    (scene.repo / "a.py").chmod(0o600)
    _set(scene.repo, "system.posix_acl_default", _access_list())
    before = _attributes(scene.repo / "a.py")
    scene.apply(scene.draft("replaced"))
    assert _attributes(scene.repo / "a.py") == before
    scene.undo()
    assert _attributes(scene.repo / "a.py") == before


def test_a_mode_that_is_changed_at_this_moment_is_not_lost(scene: Scene) -> None:
    def at(moment: str, path: str) -> None:
        if (moment, path) == ("before exchange", "a.py"):
            (scene.repo / "a.py").chmod(0o600)

    scene.means = replace(scene.means, at=at)
    draft = scene.draft("replaced")
    assert "'a.py' was changed by somebody" in scene.told(lambda: scene.apply(draft))
    assert _attributes(scene.repo / "a.py").mode == 0o600
    assert scene.content("a.py") == b"a = 1\n"


@root_only
def test_a_file_whose_owner_cannot_be_kept_is_not_touched(quick: Path) -> None:
    scene = Scene.make(quick)
    for place in (scene.repo, scene.run, scene.run / "blobs"):
        os.chown(place, USER, USER)
    quick.chmod(0o755)
    if any(folder.stat().st_mode & 0o005 != 0o005 for folder in quick.parents):
        pytest.skip("the folder is closed to others")
    draft = scene.draft("replaced")
    os.seteuid(USER)
    try:
        with pytest.raises(ToolRefusedError, match=r"owner or group of 'a\.py' cannot be kept"):
            scene.apply(draft)
        assert scene.strays() == []
        assert scene.journal().state == "undone"
    finally:
        os.seteuid(0)
    assert scene.content("a.py") == b"a = 1\n"


def test_what_could_not_be_kept_and_does_no_harm_is_told(scene: Scene) -> None:
    if "trusted.note" not in _trusted(scene.repo / "a.py"):
        pytest.skip("only root sets such an attribute")
    wanted = _attributes(scene.repo / "a.py")
    wanted = replace(wanted, extended=(("nosuch.name", b"x"), *wanted.extended))
    descriptor = os.open(scene.repo / "z.py", os.O_RDONLY)
    try:
        assert wanted.give(descriptor, "z.py") == ("nosuch.name",)
        assert ("trusted.note", b"x") in FileAttributes.of(descriptor).extended
    finally:
        os.close(descriptor)


def _trusted(place: Path) -> list[str]:
    try:
        os.setxattr(place, "trusted.note", b"x")
    except OSError:
        return []
    return os.listxattr(place)
