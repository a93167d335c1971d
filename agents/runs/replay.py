"""Do a recorded run again with another model: the same files, and the same answers of the tests.

What the sandbox said of a draft does not depend on who wrote it, so it is taken from the record;
only drafts that were never run are run.
"""

import json
import shutil
from typing import Any

from agents.runs.step_log import records
from agents.runs.store import RunFolder

SHARED = frozenset({"execution", "lint", "setup", "trace", "search"})


def share(before: RunFolder, folder: RunFolder) -> None:
    """Give a new run the snapshot of another, and what was measured in it."""
    shutil.copy(before.path / "snapshot.json", folder.path / "snapshot.json")
    for blob in before.blobs.iterdir():
        shutil.copy(blob, folder.blobs / blob.name)
    with folder.steps.open("w", encoding="ascii") as handle:
        for record in records(before.steps):
            if record["kind"] in SHARED:
                handle.write(json.dumps(record) + "\n")


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return how two runs of one task differ in what came of them."""
    return {
        "before": _short(before),
        "after": _short(after),
        "same_status": before.get("status") == after.get("status"),
        "same_diff": before.get("digest") == after.get("digest"),
    }


def _short(told: dict[str, Any]) -> dict[str, Any]:
    names = ("run", "status", "summary", "diff", "view", "digest", "spending")
    return {name: told.get(name) for name in names}
