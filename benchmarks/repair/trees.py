"""The files of a tree, which of them a repair may not touch, and how two trees differ."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

SKIPPED = frozenset({".git", "__pycache__", ".pytest_cache", ".hypothesis"})
TEST_FOLDERS = frozenset({"test", "tests", "testing"})
SETTINGS = frozenset(
    {"pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "setup.py", "sitecustomize.py"}
)


def is_test(path: str) -> bool:
    """Say whether a path, relative to the root, belongs to the tests."""
    *folders, name = path.split("/")
    return bool(TEST_FOLDERS & set(folders)) or name.startswith(("test", "conftest"))


def is_guarded(path: str) -> bool:
    """Say whether changing a file could change what the tests say without repairing anything."""
    name = path.rpartition("/")[2]
    return is_test(path) or name in SETTINGS or name.endswith((".pth", ".pyc"))


def files_of(root: Path) -> Mapping[str, bytes]:
    """Return the files of a tree with their content; a link counts as a file that names its end."""
    return {path: _content(root / path) for path in _paths(root)}


def _paths(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in names:
            if not name.endswith(".pyc"):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return b"link to " + os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


def changes_between(before: Path, after: Path) -> Mapping[str, bytes | None]:
    """Return what another tree holds instead; None for a file that is gone."""
    old, new = files_of(before), files_of(after)
    changed = {path: data for path, data in new.items() if old.get(path) != data}
    return changed | dict.fromkeys(old.keys() - new.keys())
