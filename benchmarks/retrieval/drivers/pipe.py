"""What every driver does: read one JSON object a line, act, and answer with one line of JSON.

Drivers run with a peer's Python, so this knows nothing of rooftree. Whatever the peer itself prints
goes to standard error, because standard output is the pipe.
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, Protocol


class Search(Protocol):
    """One peer, driven the way its users use it."""

    def index(self, folder: str, state: str) -> None: ...

    def update(self, folder: str) -> None: ...

    def query(self, text: str, limit: int) -> list[tuple[str, int, int]]: ...

    def close(self) -> None: ...


def options() -> dict[str, str]:
    """Return what the benchmark gave this driver."""
    found: dict[str, str] = json.loads(sys.argv[1])
    return found


def serve(search: Search) -> None:
    """Answer until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        for line in sys.stdin:
            try:
                answer = _act(search, json.loads(line))
            except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
                answer = {"error": f"{type(error).__name__}: {error}"[-600:]}
            print(json.dumps(answer), file=answers, flush=True)
    finally:
        search.close()


def _act(search: Search, asked: dict[str, Any]) -> dict[str, Any]:
    if asked["do"] == "query":
        return {"places": search.query(asked["text"], asked["limit"])}
    if asked["do"] == "index":
        search.index(asked["folder"], asked["state"])
    else:
        search.update(asked["folder"])
    return {}


def keep_out(folder: str, name: str) -> None:
    """Let git ignore what a peer leaves in the folder that it searches."""
    with (Path(folder) / ".git" / "info" / "exclude").open("a") as exclude:
        exclude.write(f"{name}\n")


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
