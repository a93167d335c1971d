"""Drive SeaGOAT: its server over HTTP, with MiniLM by path: {"model": PATH}. Runs in its venv."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from pipe import free_port, options, serve

given = options()
CONFIG = """server:
  chroma:
    embeddingFunction:
      name: SentenceTransformerEmbeddingFunction
      arguments:
        model_name: {}
"""


class SeaGoat:
    """A running server, asked for lines; it is asked only when all chunks are analysed."""

    def __init__(self) -> None:
        self._url = ""
        self._server: subprocess.Popen[bytes] | None = None

    def index(self, folder: str, state: str) -> None:
        place = Path(state) / "config" / "seagoat"
        place.mkdir(parents=True)
        (place / "config.yml").write_text(CONFIG.format(given["model"]))
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        environ = os.environ | {
            "XDG_CONFIG_HOME": f"{state}/config",
            "XDG_CACHE_HOME": f"{state}/cache",
            "XDG_DATA_HOME": f"{state}/data",
            "HF_HUB_OFFLINE": "1",
        }
        command = [str(Path(sys.executable).parent / "seagoat-server"), "start", folder]
        self._server = subprocess.Popen([*command, "--port", str(port)], env=environ)
        self.update(folder)

    def update(self, folder: str) -> None:  # noqa: ARG002 - the server watches its folder
        while True:
            try:
                counts = self._get("/status")["stats"]["chunks"]
            except OSError:
                if self._server is None or self._server.poll() is not None:
                    raise
                counts = {"analyzed": 0, "unanalyzed": 1}
            # Before it begins to look, nothing is left to be analysed either.
            if counts["analyzed"] and not counts["unanalyzed"]:
                return
            time.sleep(0.2)

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        asked = json.dumps({"queryText": text}).encode()
        found = self._get("/lines/query", asked)["results"][:limit]
        return [(each["path"], *_best(each["blocks"])) for each in found if each["blocks"]]

    def _get(self, path: str, data: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310 - http, ours
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def close(self) -> None:
        if self._server is not None:
            self._server.kill()


def _best(blocks: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the lines of the block that holds a file's best line (the lowest score)."""
    block = min(blocks, key=lambda each: min(line["score"] for line in each["lines"]))
    numbers = [int(line["line"]) for line in block["lines"]]
    return min(numbers), max(numbers)


serve(SeaGoat())
