"""rooftree itself, as its users have it: the real command, and a running server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.retrieval.competitor import Place
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event
from server.cli.terminal.remote import RemoteServer
from server.operations.find.search import SEARCH, SearchRequest
from server.operations.index.index import INDEX, IndexRequest

PROGRAM = (sys.executable, "-I", "-m", "rooftree")
START_SECONDS = 60.0
READY_SECONDS = 900.0


class Rooftree:
    """`rooftree index`, then questions to `rooftree serve`."""

    def __init__(self, embedder: str, models: Path) -> None:
        self.name = f"rooftree ({embedder})" if embedder != "none" else "rooftree (words alone)"
        self._embedder = embedder
        self._models = models
        self._folder = Path()
        self._environ: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._server: RemoteServer | None = None

    def first_answer(self, text: str, folder: Path, state: Path) -> list[Place]:
        """Search a repository that nobody has indexed: words and symbols first, vectors later."""
        self._settle(folder, state)
        found = self._run("search", text, "--repo", folder)
        return [(hit["path"], hit["start"], hit["end"]) for hit in found["hits"]]

    def index(self, folder: Path, state: Path) -> None:
        self._settle(folder, state)
        self._run("index", folder)

    def _settle(self, folder: Path, state: Path) -> None:
        self._folder = folder
        root = state / "state" / "rooftree"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._models.is_dir() and not (root / "models").exists():
            (root / "models").symlink_to(self._models)
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "XDG_STATE_HOME": str(state / "state"),
            "ROOFTREE_INDEX_EMBEDDER": self._embedder,
        }

    def update(self, folder: Path) -> None:
        if self._server is not None:
            self._server.call(INDEX, IndexRequest(repo=str(folder)), _ignore)
        else:
            self._run("index", folder)

    def query(self, text: str, limit: int) -> list[Place]:
        request = SearchRequest.of(query=text, repo=str(self._folder), limit=limit)
        found = self._serving().call(SEARCH, request, _ignore)
        return [(hit.path, hit.start, hit.end) for hit in found.hits]

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
        self._server = self._process = None

    def _run(self, *arguments: str | Path) -> Any:
        command: Sequence[str | Path] = [*PROGRAM, *arguments, "--json"]
        done = subprocess.run(command, env=self._environ, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr.decode()[-600:])
        return json.loads(done.stdout)

    def _serving(self) -> RemoteServer:
        if self._server is not None:
            return self._server
        self._process = subprocess.Popen(
            [*PROGRAM, "serve", "--repo", self._folder, "--port", "0"],
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        state = StateFolder(Path(self._environ["XDG_STATE_HOME"]) / "rooftree")
        deadline = time.monotonic() + START_SECONDS
        server = None
        while server is None and time.monotonic() < deadline:
            time.sleep(0.2)
            server = RemoteServer.find(state)
        if server is None:
            raise RuntimeError("rooftree serve did not start")
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            request = SearchRequest(query="warm up", repo=str(self._folder), limit=1)
            coverage = server.call(SEARCH, request, _ignore).coverage
            if self._embedder == "none" or (coverage is not None and not coverage.notes):
                break
            time.sleep(1)
        self._server = server
        return server


def _ignore(_: Event) -> None:
    """Nobody watches."""
