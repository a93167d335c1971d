"""The command line in a world where something is missing: modules, rights, room, answers.

Everything is a real process. A missing or broken module is a file of that name which comes first
on the module path, for the process and for the parsers that it starts.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.server.commands import ROOT, SECONDS, Commands, Done
from tests.support.replies import Body, Json, Reply
from tests.support.scripted_model import ScriptedServer, vector_of

LAUNCHER = """
import sys

if __name__ == "__main__":
    sys.path[:0] = sys.argv[1].split(":")
    sys.argv[1:] = sys.argv[2:]
    from server.cli import run

    run()
"""
MISSING = "raise ImportError('no such package')\n"
HOLDER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from indexing.repository.lock import repository_lock
with repository_lock(Path(sys.argv[2]), "a long run", wait_seconds=0):
    print("held", flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Faulty(Commands):
    """Commands with some modules replaced, and with a program run before them."""

    modules: Mapping[str, str] | None = None
    before: Sequence[str] = ()

    def program(self) -> list[str]:
        shadows = self.home / "shadows"
        shadows.mkdir(exist_ok=True)
        for name, content in (self.modules or {}).items():
            (shadows / f"{name}.py").write_text(content)
        launcher = self.home / "launcher.py"
        launcher.write_text(LAUNCHER)
        return [*self.before, sys.executable, "-I", str(launcher), f"{shadows}:{ROOT}"]

    def run(self, *arguments: Any, cwd: Path | None = None, stdin: str | None = None,
            **environ: str) -> Done:  # fmt: skip
        done = subprocess.run(
            [*self.program(), *arguments],
            cwd=cwd or ROOT,
            env=self.environment(**environ),
            input=None if stdin is None else stdin.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: Any, **environ: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*self.program(), *arguments],
            cwd=ROOT,
            env=self.environment(**environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def folder(self) -> Path:
        """Return the folder of the one index that there is."""
        [folder] = (self.state / "repos").iterdir()
        return folder


def without_rights() -> Sequence[str]:
    """Return what makes permissions count, even where the tests run as root."""
    if os.geteuid() != 0:
        return ()
    program = shutil.which("setpriv")
    assert program, "as root these tests need setpriv"
    return (program, "--bounding-set=-all", "--inh-caps=-all")


def endpoint_settings(server: ScriptedServer) -> dict[str, str]:
    """Return the settings of an embedding endpoint."""
    return {
        "ROOFTREE_INDEX_EMBEDDER": "endpoint",
        "ROOFTREE_INDEX_EMBEDDING_URL": server.base_url,
        "ROOFTREE_INDEX_EMBEDDING_MODEL": "toy",
        "ROOFTREE_INDEX_EMBEDDING_SECONDS": "5",
    }


def vectors(body: Body) -> Reply:
    """Answer a request for vectors as a sound endpoint does."""
    data = [{"index": n, "embedding": vector_of(text)} for n, text in enumerate(body["input"])]
    return Json({"data": data})


@contextmanager
def held_lock(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Have another process write the index in `folder`, until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(ROOT), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    try:
        yield process
    finally:
        process.communicate(timeout=SECONDS)


def notes_of(done: Done) -> str:
    """Return the coverage notes of a search with `--json` that found something."""
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["hits"], "an empty success"
    return "\n".join(result["coverage"]["notes"])
