"""Drive cocoindex-code's daemon through its own client, with MiniLM by path: {"model": PATH}."""

import os
import shutil
from pathlib import Path

from pipe import keep_out, options, serve

given = options()


class CocoIndex:
    """`ccc index` and `ccc search`, as its command asks its daemon."""

    def __init__(self) -> None:
        self._folder = ""

    def index(self, folder: str, state: str) -> None:
        self._folder = folder
        keep_out(folder, ".cocoindex_code")
        os.environ |= {
            "HF_HUB_OFFLINE": "1",
            "COCOINDEX_CODE_DIR": state,
            "COCOINDEX_CODE_RUNTIME_DIR": state,
        }
        settings = "embedding:\n  provider: sentence-transformers\n  model: {}\n"
        (Path(state) / "global_settings.yml").write_text(settings.format(given["model"]))
        from cocoindex_code.settings import default_project_settings, save_project_settings

        save_project_settings(Path(folder), default_project_settings())
        self.update(folder)

    def update(self, folder: str) -> None:
        from cocoindex_code import client

        done = client.index(folder)
        if not done.success:
            raise RuntimeError(done.message)

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]:
        from cocoindex_code import client

        found = client.search(self._folder, text, limit=limit)
        return [(each.file_path, each.start_line, each.end_line) for each in found.results]

    def close(self) -> None:
        from cocoindex_code import client

        client.stop_daemon()
        shutil.rmtree(Path(self._folder) / ".cocoindex_code", ignore_errors=True)


serve(CocoIndex())
