"""Where many changes are applied: in memory where there is room, since each is synced to disk."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder whose file system syncs at once."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="rooftree-test-"))
    yield folder
    shutil.rmtree(folder)
