"""Make attacks in a program of their own, as the user of the tests or as an ordinary one.

An ordinary user can often not read where the tests lie, nor their interpreter, so what an attack
needs is copied to where everybody can read it and runs with the system's Python.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hostile.attack import Outcome
from tests.hostile.scene import CANARY

ROOT = Path(__file__).parents[2]
PARTS = ("rooftree", "indexing", "tools", "tests/hostile")
PACKAGES = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
SYSTEM_PYTHON = Path("/usr/bin/python3")
NOBODY = 65534
SECONDS = 90.0
NEWEST_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everybody can read what an attack needs."""

    folder: Path
    python: str

    @classmethod
    def lay(cls, folder: Path) -> "Ground":
        """Copy the parts and the packages to a folder."""
        folder.chmod(0o755)
        skip = shutil.ignore_patterns("__pycache__", "*.gguf", "weights")
        for part in PARTS:
            shutil.copytree(ROOT / part, folder / "code" / part, ignore=skip)
        packages = folder / "packages"
        packages.mkdir()
        for name in PACKAGES:
            _copy_package(name, packages, skip)
        python = _python()
        subprocess.run([python, "-m", "compileall", "-qq", folder], check=True, timeout=SECONDS)
        return cls(folder, python)

    def attempt(self, executor: str, attack: str, *, as_nobody: bool) -> Outcome:
        """Make one attack in a program of its own."""
        # The variables of a user, secrets among them: all that an attack may find.
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "/nonexistent" if as_nobody else os.environ.get("HOME", "/"),
            "PYTHONPATH": str(self.folder / "code"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ROOFTREE_HOSTILE_PACKAGES": str(self.folder / "packages"),
            CANARY: f"canary-{secrets.token_hex(12)}",
        }
        for name in ("ROOFTREE_TEST_IMAGE", "XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINER_HOST"):
            if name in os.environ:
                environment[name] = os.environ[name]
        command = [self.python, "-m", "tests.hostile.attempt", executor, attack]
        done = subprocess.run(
            [*(become_nobody() if as_nobody else ()), *command],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode != 0:
            raise AssertionError(f"the attack could not be made:\n{done.stderr[-3000:]}")
        told: dict[str, Any] = json.loads(done.stdout)
        return Outcome(**told)


def become_nobody() -> Sequence[str]:
    identity = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return ("setpriv", *identity, "--inh-caps=-all", "--bounding-set=-all")


def _python() -> str:
    """Return a Python that everybody can run, or else the one that runs the tests."""
    if SYSTEM_PYTHON.exists():
        new = subprocess.run([SYSTEM_PYTHON, "-c", NEWEST_ENOUGH], check=False).returncode == 0
        if new:
            return str(SYSTEM_PYTHON)
    return sys.executable


def everybody_can_run(python: str) -> bool:
    """Say whether an ordinary user can run a Python."""
    command = [*become_nobody(), python, "-c", "pass"]
    return subprocess.run(command, check=False, capture_output=True, cwd="/").returncode == 0


def _copy_package(name: str, packages: Path, skip: Any) -> None:
    from importlib.util import find_spec

    found = find_spec(name)
    assert found is not None and found.origin is not None
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        shutil.copytree(origin.parent, packages / name, ignore=skip)
    else:
        shutil.copy(origin, packages)
