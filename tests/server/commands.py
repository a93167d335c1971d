"""The command line as its users run it: as real processes with a state folder of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.fork_server import can_be_forked, run_forked

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-I", "-m", "rooftree")
SECONDS = 120.0


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @classmethod
    def of(cls, done: "subprocess.CompletedProcess[bytes]") -> "Done":
        return cls(done.returncode, done.stdout.decode(), done.stderr.decode())

    def json(self) -> Any:
        return json.loads(self.out)

    def assert_one_line(self) -> None:
        """Check that an error is one line that no programmer wrote for himself.

        A command that was asked for JSON gives the same line in it.
        """
        assert "Traceback" not in self.err
        [line] = self.err.splitlines()
        assert line.startswith("rooftree: ")
        if self.out:
            error = self.json()["error"]
            assert error["message"] in line
            assert error["exit_code"] == self.code


@dataclass(frozen=True)
class Commands:
    """Runs commands with the state, and the settings, of one made-up user."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    python: str = PROGRAM[0]
    """The interpreter that it runs in."""

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "VIRTUAL_ENV") or name.startswith("COVERAGE_")
        }
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "ROOFTREE_INDEX_EMBEDDER": "none",
            "ROOFTREE_INDEX_WORKERS": "1",
            "ROOFTREE_MODEL_PROBE": "false",
            "COLUMNS": "100",
            **self.settings,
            **more,
        }

    @property
    def state(self) -> Path:
        return self.home / "state" / "rooftree"

    def run(
        self,
        *arguments: str | Path | bytes,
        cwd: Path | None = None,
        stdin: str | None = None,
        **environ: str,
    ) -> Done:
        words = [os.fsencode(one) for one in arguments]
        given = None if stdin is None else stdin.encode()
        environment = self.environment(**environ)
        if self.python == PROGRAM[0] and can_be_forked(environment):
            done = run_forked(words, environment, cwd or ROOT, given, SECONDS)
        else:
            done = subprocess.run(
                [self.python, *PROGRAM[1:], *words],
                cwd=cwd or ROOT,
                env=environment,
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        return Done.of(done)

    def start(self, *arguments: str | Path, **environ: str) -> "subprocess.Popen[bytes]":
        """Start a command in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [self.python, *PROGRAM[1:], *arguments],
            cwd=ROOT,
            env=self.environment(**environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
