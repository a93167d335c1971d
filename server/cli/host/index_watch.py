"""`rooftree index --watch`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.cli.terminal.common import print_line
from server.cli.terminal.output import note

if TYPE_CHECKING:
    from indexing.repository.index_refresher import RefreshResult
    from rooftree.config import Config


def watch_index(config: "Config", path: Path, poll_seconds: float, as_json: bool) -> None:
    """Keep an index fresh until Ctrl-C, and say each time that it has caught up."""
    import asyncio

    from indexing.repository.index_refresher import IndexRefresher
    from server.services.host import Host

    def show(caught_up: "RefreshResult") -> None:
        result = caught_up.as_json()
        print_line(json.dumps(result) if as_json else line(result))

    def warn(problem: str) -> None:
        note(f"rooftree: {problem}")

    host = Host(config)
    try:
        keeper = IndexRefresher(host.open(path).repository, show, warn, poll_seconds=poll_seconds)
        if not as_json:
            note(f"watching {path.absolute()} by {keeper.watch.how}; Ctrl-C ends it")
        keeper.run()
    finally:
        asyncio.run(host.aclose())


def line(result: dict[str, Any]) -> str:
    """Return one catch-up as a person reads it."""
    parsed = "1 file" if result["parsed"] == 1 else f"{result['parsed']} files"
    moment = result["searchable_at"].partition("T")[2].partition("+")[0]
    return (
        f"{moment} UTC searchable: {parsed} parsed of {result['files']}, "
        f"{result['seconds']:.2f} s, commit {(result['commit'] or '(none)')[:12]}"
    )
