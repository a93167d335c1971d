"""The wheel holds one package and all our folders inside it, and nothing else."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from rooftree import __version__
from tests.support import git

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("prompts", "models", "indexing", "tools", "agents", "server"),
    *("training/__init__.py", "training/retrieval"),
)
"""What the product calls: of `training`, what `rooftree eval` and `tune` do."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], capture_output=True, check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh venv with the wheel, in which our dependencies are those of this interpreter."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    packages = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
    subprocess.run(
        [*command, "--no-index", "--disable-pip-version-check", str(wheel)],
        capture_output=True,
        check=True,
    )
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # Another distribution with a top-level `agents`, as openai-agents has.
    (packages / "agents").mkdir()
    (packages / "agents" / "__init__.py").write_text("NAME = 'another distribution'\n")
    return folder


def run(environment: Path, *command: str) -> str:
    done = subprocess.run(
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": str(environment.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked() -> set[str]:
    """What git holds or would hold of our folders: build and tree must not differ by a file."""
    asked = ("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--")
    names = git(ROOT, "-c", f"safe.directory={ROOT}", *asked, "rooftree", *FOLDERS).split("\0")
    found = {name for name in names if name and (ROOT / name).exists()}
    return {name if name.startswith("rooftree/") else f"rooftree/_app/{name}" for name in found}


def test_the_wheel_holds_what_git_holds_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    version = f"rooftree-{__version__}"
    metadata = {name for name in names if name.startswith(f"{version}.dist-info/")}
    assert {name.partition("/")[2] for name in metadata} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "licenses/LICENSE",
    }
    scripts = {f"{version}.data/scripts/rooftree"}
    assert names - metadata == tracked() | scripts


def test_the_wheel_holds_no_weights_but_the_static_embedders(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            assert not name.startswith(("tests/", "benchmarks/", "docs/"))
            assert "__pycache__" not in name
            assert not name.endswith((".pyc", ".gguf", ".sqlite", ".bin"))
            assert not name.endswith(".safetensors") or "/static_weights/" in name
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        shipped = sum(size for name, size in sizes.items() if "/static_weights/" in name)
        assert 0 < shipped <= 8_100_000
        assert sum(sizes.values()) - shipped < 6_000_000


def test_the_installed_command_works_from_anywhere(environment: Path) -> None:
    assert __version__ in run(environment, "rooftree", "--version")
    assert "ask" in run(environment, "rooftree", "--help")


def test_our_code_comes_from_the_wheel(environment: Path) -> None:
    code = (
        "import sys, rooftree.__main__ as m; sys.path.insert(0, m.application_root());"
        "import agents, server.cli; print(agents.__file__, server.cli.__file__)"
    )
    for path in run(environment, "python", "-I", "-c", code).split():
        assert f"{environment}/" in path
        assert "/rooftree/_app/" in path


def test_another_distribution_of_the_same_name_works_beside_it(environment: Path) -> None:
    code = "import agents; print(agents.NAME)"
    assert run(environment, "python", "-c", code).strip() == "another distribution"
    assert __version__ in run(environment, "rooftree", "--version")
