"""Drive semble (its Python API) with a model2vec folder: {"model": PATH}. Runs in semble's venv."""

import os
from typing import Any

from pipe import options, serve

given = options()


class Semble:
    """An index held in this process, as semble's MCP server holds it."""

    def __init__(self) -> None:
        self._index: Any = None

    def index(self, folder: str, state: str) -> None:
        os.environ |= {
            "HF_HUB_OFFLINE": "1",
            "XDG_CACHE_HOME": state,
            "SEMBLE_CACHE_LOCATION": state,
        }
        self.update(folder)

    def update(self, folder: str) -> None:
        from semble import SembleIndex

        self._index = SembleIndex.from_path(folder, model_path=given["model"])

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        found = (each.chunk for each in self._index.search(text, top_k=limit))
        return [(chunk.file_path, chunk.start_line, chunk.end_line) for chunk in found]

    def close(self) -> None:
        """Nothing outlives the process."""


serve(Semble())
