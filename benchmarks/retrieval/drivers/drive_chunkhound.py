"""Drive ChunkHound: `chunkhound index`, then its MCP server over pipes. Runs in its venv.

It embeds through an OpenAI-compatible endpoint only, so this process serves MiniLM on loopback from
a folder: {"model": PATH}; sentence-transformers must be in its environment for that. Its DuckDB
store fetches an extension at run time, which a closed network refuses, so LanceDB is its store;
with lancedb 0.40 it keeps no vector ("variable length vectors"), with 0.25.3 it does.
"""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pipe import keep_out, options, serve

given = options()
PROGRAM = str(Path(sys.executable).with_name("chunkhound"))
HEADING = re.compile(r"^## `([^`]+)` L(\d+)(?:–L(\d+))?", re.MULTILINE)
SECONDS = 1800


class Endpoint(BaseHTTPRequestHandler):
    """POST /v1/embeddings with a sentence-transformers model."""

    model: Any = None
    lock = threading.Lock()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        with self.lock:
            vectors = self.model.encode(texts, normalize_embeddings=True)
        data = [
            {"object": "embedding", "index": n, "embedding": v.tolist()}
            for n, v in enumerate(vectors)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        body = json.dumps(
            {"object": "list", "data": data, "model": "minilm", "usage": usage}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


class ChunkHound:
    """Semantic search, asked of the MCP server as an editor asks it."""

    def __init__(self) -> None:
        self._folder = ""
        self._server: subprocess.Popen[str] | None = None
        self._number = 0
        self._config = ""

    def index(self, folder: str, state: str) -> None:
        from sentence_transformers import SentenceTransformer

        self._folder = folder
        for name in (".chunkhound", ".chunkhound.json", ".chunkhound.db"):
            keep_out(folder, name)
        Endpoint.model = SentenceTransformer(given["model"], device="cpu")
        http = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        settings = {
            "database": {"provider": "lancedb", "path": f"{state}/db"},
            "embedding": {
                "provider": "openai",
                "model": "minilm",
                "api_key": "none",
                "base_url": f"http://127.0.0.1:{http.server_address[1]}/v1",
            },
        }
        self._config = f"{state}/chunkhound.json"
        Path(self._config).write_text(json.dumps(settings))
        os.environ |= {"HOME": state, "HF_HUB_OFFLINE": "1"}
        self._run_index()
        self._start()

    def update(self, folder: str) -> None:  # noqa: ARG002 - the folder that was indexed
        """Index again as the command does: the server lets go of the database meanwhile."""
        self._stop()
        self._run_index()
        self._start()

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        asked = {"type": "semantic", "query": text, "page_size": limit}
        answer = self._call("tools/call", {"name": "search", "arguments": asked})
        said = "".join(part.get("text", "") for part in answer["content"])
        if answer.get("isError"):
            raise RuntimeError(said[:300])
        return [
            (path.removeprefix(f"{self._folder}/"), int(first), int(last or first))
            for path, first, last in HEADING.findall(said)
        ]

    def close(self) -> None:
        self._stop()

    def _run_index(self) -> None:
        command = [PROGRAM, "index", self._folder, "--config", self._config]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode:
            raise RuntimeError((done.stderr or done.stdout)[-500:])

    def _start(self) -> None:
        command = [PROGRAM, "mcp", self._folder, "--config", self._config, "--no-daemon"]
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._folder
        )
        client = {"name": "benchmark", "version": "1"}
        hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}
        self._call("initialize", hello)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()

    def _send(self, message: dict[str, Any]) -> None:
        pipe = self._server.stdin if self._server else None
        if pipe is None:
            raise RuntimeError("ChunkHound's MCP server does not run")
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        for line in (self._server.stdout if self._server else None) or ():
            if line.startswith("{") and (answer := json.loads(line)).get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(str(answer["error"])[:300])
                return answer["result"]
        raise RuntimeError("ChunkHound's MCP server ended")


serve(ChunkHound())
