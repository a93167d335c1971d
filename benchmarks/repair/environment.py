"""The virtual environment that the packages' tests run in: pytest and a few pinned packages."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.tasks import RepairError
from tools.sandbox.process.toolchains import of_environment

INSTALL_SECONDS = 600
PLUGIN = Path(__file__).with_name("outcomes_plugin.py")
PLUGIN_NAME = "rooftree_repair_outcomes"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the interpreter of the tests is, and what the sandbox has to show for it to run."""

    python: Path
    toolchains: tuple[Path, ...]
    plugins: Path
    """The folder that holds our pytest plugin, which is none of the environment's packages."""


def prepare_environment(requirements: Sequence[str], cache: Path) -> Environment:
    """Return the environment with these requirements, made only where the cache lacks it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = "\n".join([version, *requirements])
    folder = cache / f"venv-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        _call([sys.executable, "-m", "venv", str(folder)])
        install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
        _call([*install, *requirements])
        (folder / "complete").touch()
    plugins = put_plugin(cache / "plugins")
    return Environment(python, (*of_environment(folder), plugins), plugins)


def put_plugin(folder: Path) -> Path:
    """Put our pytest plugin where contained code can import it, and nothing else of ours."""
    folder.mkdir(exist_ok=True)
    shutil.copy(PLUGIN, folder / f"{PLUGIN_NAME}.py")
    return folder


def _call(argv: Sequence[str]) -> None:
    try:
        subprocess.run(argv, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        raise RepairError(f"`{' '.join(argv[:5])} …` failed: {error.stderr[-600:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepairError(f"`{' '.join(argv[:5])} …` failed: {error}") from error
