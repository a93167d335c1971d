"""Drive semble (its Python API) with a model2vec folder: {"model": PATH}. Runs in semble's venv."""

import json
import os
import sys
from pathlib import Path

options = json.loads(sys.argv[1])
os.environ |= {"HF_HUB_OFFLINE": "1", "XDG_CACHE_HOME": options["cache"]}

from semble import SembleIndex  # noqa: E402 - after its settings

index = None
folder = ""
for line in sys.stdin:
    asked = json.loads(line)
    answer: dict[str, object] = {}
    try:
        if asked["do"] == "query":
            found = index.search(asked["text"], top_k=asked["limit"])
            answer["places"] = [
                (
                    os.path.relpath(Path(folder) / each.chunk.file_path, folder),
                    each.chunk.start_line,
                    each.chunk.end_line,
                )
                for each in found
            ]
        else:
            folder = asked["folder"]
            index = SembleIndex.from_path(folder, model_path=options["model"])
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
