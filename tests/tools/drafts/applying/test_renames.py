"""The two calls that all rests on, and file systems that have them not."""

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.errors import StorageError
from tests.tools.drafts.applying.scene import Scene
from tools.drafts.applying.atomic_renames import exchange, move


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    (tmp_path / "inner").mkdir()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_two_files_change_places(folder: int, tmp_path: Path) -> None:
    exchange(folder, "one", "two")
    assert ((tmp_path / "one").read_text(), (tmp_path / "two").read_text()) == ("2", "1")
    exchange(folder, "one", "inner")
    assert (tmp_path / "one").is_dir()
    with pytest.raises(FileNotFoundError):
        exchange(folder, "two", "nothing")


def test_a_name_is_taken_only_while_it_is_free(folder: int, tmp_path: Path) -> None:
    for taken in ("two", "inner"):
        with pytest.raises(FileExistsError):
            move(folder, "one", folder, taken)
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        move(folder, "one", folder, "link")
    move(folder, "one", folder, os.fsdecode(b"caf\xe9"))
    assert os.fsencode(min(os.listdir(folder))) == b"caf\xe9"
    with pytest.raises(FileNotFoundError):
        move(folder, "one", folder, "free")


@pytest.mark.parametrize("answer", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
@pytest.mark.parametrize("missing", ["exchange", "move"])
def test_a_file_system_that_cannot_do_it_is_refused(
    tmp_path: Path, answer: int, missing: str
) -> None:
    def refused(*arguments: object) -> None:
        raise OSError(answer, os.strerror(answer))

    scene = Scene.make(tmp_path)
    able = scene.means
    scene.means = replace(able, **{missing: refused})  # type: ignore[arg-type]  # one of two calls
    draft = scene.draft("replaced")
    with pytest.raises(StorageError, match=r"'a\.py' cannot exchange two files in one step.*noth"):
        scene.apply(draft)
    assert (scene.content("a.py"), scene.strays()) == (b"a = 1\n", [])
    assert scene.journal().state == "undone"
    scene.means = able
    scene.apply(draft)
    scene.means = replace(able, **{missing: refused})  # type: ignore[arg-type]  # one of two calls
    with pytest.raises(StorageError, match="cannot exchange"):
        scene.undo()
    assert (scene.content("a.py"), scene.content("z.py")) == (b"a = 2\n", b"z = 2\n")
    scene.means = able
    assert scene.undo().state == "undone"
    assert (scene.content("a.py"), scene.strays()) == (b"a = 1\n", [])
