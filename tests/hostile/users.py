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
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


@contextmanager
def public_folder() -> Iterator[Path]:
    """Make a folder that everybody can enter, below one that everybody can."""
    with tempfile.TemporaryDirectory(prefix="rooftree-hostile-ground-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everybody can read what an attack needs."""

    folder: Path
    python: str

    @classmethod
    def lay(cls, folder: Path) -> "Ground":
        """Copy the parts and the packages to a folder."""
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

    def attacker(self, executor: str, *, as_nobody: bool) -> "Attacker":
        """Start a program that makes attacks."""
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
        command = [self.python, "-m", "tests.hostile.attempt", executor]
        return Attacker([*(become_nobody() if as_nobody else ()), *command], environment)


class Attacker:
    """A program that makes one attack after the other, and is started again where it fails."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def attempt(self, attack: str) -> Outcome:
        """Make one attack; AssertionError where it could not be made."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(SECONDS, process.kill)
        watchdog.start()
        try:
            process.stdin.write(f"{attack}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self.close()
            raise AssertionError(f"the attack {attack!r} could not be made; see the errors above")
        return Outcome(**json.loads(line))

    def close(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                env=dict(self._environment),
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process


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
    assert found is not None
    origin = Path(found.origin or "")
    if origin.name == "__init__.py":
        shutil.copytree(origin.parent, packages / name, ignore=skip)
    else:
        shutil.copy(origin, packages)
