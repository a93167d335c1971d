"""What a workspace takes of the disk counts, whatever others write and give back meanwhile."""

import os
from pathlib import Path

import pytest

from tests.support import until
from tools.sandbox.process.disk_monitor import DiskMonitor

MIB = 1 << 20


def write(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(b"x" * size)
        file.flush()
        os.fsync(file.fileno())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


async def test_what_a_neighbour_gives_back_hides_nothing(workspace: Path) -> None:
    neighbour = workspace.parent / "neighbour"
    write(neighbour, 64 * MIB)
    disk = DiskMonitor(workspace, 8 * MIB)
    neighbour.unlink()
    assert not disk.is_exceeded()
    write(workspace / "much", 16 * MIB)
    await until(disk.is_exceeded)


async def test_what_a_neighbour_writes_is_not_the_workspaces(workspace: Path) -> None:
    disk = DiskMonitor(workspace, 8 * MIB)
    write(workspace.parent / "neighbour", 16 * MIB)
    write(workspace / "little", 4 * MIB)
    assert not disk.is_exceeded()
    write(workspace / "more", 8 * MIB)
    await until(disk.is_exceeded)
