"""Drive VectorCode with MiniLM by path: {"model": PATH}. Runs in its venv.

Chroma's server is started once, as VectorCode's manual advises; `vectorcode vectorise` indexes, and
questions are asked in this process, as its MCP server asks them.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pipe import free_port, keep_out, options, serve

given = options()
BIN = Path(sys.executable).parent


class VectorCode:
    """The chunks that `vectorcode query --include path chunk` lists."""

    def __init__(self) -> None:
        self._folder = ""
        self._chroma: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()

    def index(self, folder: str, state: str) -> None:
        self._folder = folder
        keep_out(folder, ".vectorcode")
        home = Path(state)
        port = free_port()
        (home / "db").mkdir()
        os.environ |= {"HOME": state, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
        command = [str(BIN / "chroma"), "run", "--host", "127.0.0.1", "--port", str(port)]
        self._chroma = subprocess.Popen([*command, "--path", str(home / "db")], cwd=state)
        settings = {
            "db_url": f"http://127.0.0.1:{port}",
            "db_path": str(home / "db"),
            "embedding_function": "SentenceTransformerEmbeddingFunction",
            "embedding_params": {"model_name": given["model"]},
        }
        place = home / ".config" / "vectorcode"
        place.mkdir(parents=True)
        (place / "config.json5").write_text(json.dumps(settings))
        time.sleep(4)  # Chroma's server is not asked whether it is up
        self.update(folder)

    def update(self, folder: str) -> None:
        command = [str(BIN / "vectorcode"), "--project_root", folder, "vectorise", "-r", folder]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        return self._loop.run_until_complete(self._query(text, limit))

    async def _query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        from vectorcode.cli_utils import Config, QueryInclude, get_project_config
        from vectorcode.common import ClientManager, get_collection
        from vectorcode.subcommands.query import build_query_results

        config = await get_project_config(self._folder)
        wanted = [QueryInclude.path, QueryInclude.chunk]
        asked = Config(n_result=limit, query=[text], include=wanted, project_root=self._folder)
        config = await config.merge_from(asked)
        async with ClientManager().get_client(config) as client:
            collection: Any = await get_collection(client, config, False)
            found = await build_query_results(collection, config)
        return [
            (str(each["path"]), int(each["start_line"] or 1), int(each["end_line"] or 1))
            for each in found
        ]

    def close(self) -> None:
        if self._chroma is not None:
            self._chroma.kill()


serve(VectorCode())
