"""Whoever owns the folder that a user stands in does not own the user's command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAP = """
with open({mark!r}, "w") as mark:
    mark.write(__name__)
raise SystemExit("hijacked by " + __name__)
"""
PACKAGES = ("agents", "server", "indexing", "tools", "models", "prompts", "training", "encodings")
MODULES = ("dataclasses", "re", "typer", "rooftree", "os", "sqlite3", "sitecustomize", "chromadb")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder in which every name that we import is somebody else's."""
    folder = tmp_path / "hostile"
    trap = TRAP.format(mark=str(tmp_path / "mark"))
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(trap)
        (folder / name / "cli.py").write_text(trap)
    for name in MODULES:
        (folder / f"{name}.py").write_text(trap)
    (folder / "shop.py").write_text("def settle_the_bill():\n    return 1\n")
    return folder


def run(hostile: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(hostile.parent),
        "PYTHONPATH": ".",
        "PYTHONSTARTUP": "re.py",
        "ROOFTREE_INDEX_EMBEDDER": "none",
    }
    return subprocess.run(
        command, cwd=hostile, env=environment, capture_output=True, text=True, check=False
    )


def script() -> str:
    """The command as it lies beside this interpreter: our script, which tells where it is."""
    installed = Path(sys.executable).with_name("rooftree")
    assert installed.read_bytes() == (ROOT / "scripts" / "rooftree").read_bytes()
    return str(installed)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["config", "show"]])
def test_the_command_runs_our_code(hostile: Path, arguments: list[str]) -> None:
    done = run(hostile, script(), *arguments)
    assert done.returncode == 0, done.stderr
    assert not (hostile.parent / "mark").exists()


def test_indexing_a_hostile_folder_runs_none_of_it(hostile: Path) -> None:
    """Parser processes and git are children: they must not look there either."""
    done = run(hostile, script(), "index", ".")
    assert done.returncode == 0, done.stderr
    found = run(hostile, script(), "search", "settle the bill")
    assert "shop.py:1-2" in found.stdout
    assert not (hostile.parent / "mark").exists()


def test_the_other_documented_form_runs_our_code(hostile: Path) -> None:
    done = run(hostile, sys.executable, "-I", "-m", "rooftree", "--version")
    assert done.returncode == 0, done.stderr
    assert not (hostile.parent / "mark").exists()


def test_a_link_to_the_command_runs_our_code(hostile: Path, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "rooftree"
    link.parent.mkdir()
    link.symlink_to(script())
    assert run(hostile, str(link), "--version").returncode == 0
    assert not (tmp_path / "mark").exists()


def test_the_trap_works(hostile: Path) -> None:
    """Without isolation the very same folder does take over."""
    shutil.rmtree(hostile / "encodings")  # Python could not even write the mark
    assert run(hostile, sys.executable, "-c", "import agents").returncode != 0
    assert (hostile.parent / "mark").exists()
