"""The parts of a monorepo are tested from their own folders, by their own settings."""

from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.detection.python_settings import read_settings
from tools.sandbox.engines.bubblewrap import find_bubblewrap

TEST = "from part import value\n\n\ndef test_value():\n    assert value() == {}\n"
FILES: dict[str, str | bytes] = {
    "one/pyproject.toml": '[project]\nname = "one"\n\n[tool.pytest.ini_options]\n'
    'pythonpath = ["code"]\n',
    "one/code/part.py": "def value():\n    return 1\n",
    "one/tests/test_part.py": TEST.format(1),
    "two/setup.cfg": "[metadata]\nname = two\n\n[options]\npackage_dir =\n    = lib\n",
    "two/lib/part.py": "def value():\n    return 2\n",
    "two/tests/test_part.py": TEST.format(3),
}


def snapshot_of(tmp_path: Path, files: dict[str, str | bytes]) -> Snapshot:
    (tmp_path / "blobs").mkdir()
    return take_snapshot(open_worktree(git_repository(tmp_path, files)), tmp_path / "blobs")


async def test_each_part_is_run_from_its_folder_and_named_from_the_root(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, FILES)
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    checks = Checks(find_bubblewrap(), workspace, detect(snapshot))
    results = await checks.tests(Draft(snapshot))
    assert results.outcomes == {
        "one/tests/test_part.py::test_value": "passed",
        "two/tests/test_part.py::test_value": "failed",
    }
    assert results.is_reliable
    failing = ("two/tests/test_part.py::test_value",)
    again = await checks.tests(Draft(snapshot), failing)
    assert again.failed == set(failing)
    trace = await checks.trace(Draft(snapshot), failing)
    assert trace is not None
    assert ("two/lib/part.py", 2) in trace.failing
    assert [note.partition(" run by ")[0] for note in checks.notes] == [
        "tests in one",
        "tests in two",
    ]


def test_a_part_that_the_root_tests_is_none(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, {**FILES, "pytest.ini": "[pytest]\n"})
    assert [suite.folder for suite in detect(snapshot).suites] == ["", "one"]


def test_samples_beside_tests_are_no_parts(tmp_path: Path) -> None:
    sample = {f"tests/samples/{path}": text for path, text in FILES.items()}
    assert [suite.folder for suite in detect(snapshot_of(tmp_path, sample)).suites] == [""]


@pytest.mark.parametrize(
    ("name", "text", "imports"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "a b"\n', ("a", "b")),
        ("pytest.ini", "[pytest]\npythonpath = ./a\n", ("a",)),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n', ("lib",)),
        ("pyproject.toml", '[tool.setuptools.package-dir]\n"" = "lib"\n', ("lib",)),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["p/shop"]\n', ("p",)),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n", ("lib",)),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["../x", "/etc"]\n', ()),
        ("pyproject.toml", "[tool.pytest.ini_options\n", ()),
        ("tox.ini", "no section\n", ()),
    ],
)
def test_where_packages_are_is_read_from_the_settings(
    tmp_path: Path, name: str, text: str, imports: tuple[str, ...]
) -> None:
    assert read_settings(snapshot_of(tmp_path, {name: text}), "").imports == imports


def test_of_the_variables_of_tox_none_decides_how_programs_begin(tmp_path: Path) -> None:
    text = "[testenv]\nsetenv =\n    SHOP_RATE = 2\n    PYTHONPATH = /x\n    LD_PRELOAD = /y\n"
    text += "    PATH = /z\n    HERE = {toxinidir}/data\n    OTHER = {env:HOME}\n"
    read = read_settings(snapshot_of(tmp_path, {"tox.ini": text}), "")
    assert read.variables == {"SHOP_RATE": "2", "HERE": "/workspace/data"}
