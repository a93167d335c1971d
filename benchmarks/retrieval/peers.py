"""Peers, each in a virtual environment of its own, driven over pipes: one JSON object a line.

A driver is a small program in `drivers/` that runs with the peer's Python and is told `index`,
`update` and `query`. What cannot be had offline (a model on a hub, say) is given to it by path.
"""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.retrieval.competitor import Place

DRIVERS = Path(__file__).with_name("drivers")


class Peer:
    """A driver in a peer's own environment."""

    def __init__(self, name: str, python: Path, driver: str, **options: str) -> None:
        self.name = name
        self._command = [str(python), str(DRIVERS / f"drive_{driver}.py"), json.dumps(options)]
        self._process: subprocess.Popen[str] | None = None
        self._state = Path()

    def index(self, folder: Path, state: Path) -> None:
        self._state = state
        self._ask({"do": "index", "folder": str(folder), "state": str(state)})

    def update(self, folder: Path) -> None:
        self._ask({"do": "update", "folder": str(folder), "state": str(self._state)})

    def query(self, text: str, limit: int) -> list[Place]:
        answer = self._ask({"do": "query", "text": text, "limit": limit})
        return [(path, int(first), int(last)) for path, first, last in answer["places"]]

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            # Some peers start servers of their own.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError(f"{self.name} has no pipes")
        stdin.write(json.dumps(message) + "\n")
        stdin.flush()
        for line in stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                if "error" in answer:
                    raise RuntimeError(f"{self.name}: {answer['error']}")
                return answer
        raise RuntimeError(f"{self.name} ended without an answer")
