"""Say what the tests of projects come to, in the interpreter that this is run with.

`python verdicts.py PROJECT…` prints JSON: by project how its tests were run, what is not run of
them, and the outcome of each with and without the change.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from rooftree.errors import SandboxUnavailableError
from rooftree.git.commands import open_worktree
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap


async def told_of(root: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        blobs = Path(folder, "blobs")
        blobs.mkdir()  # noqa: ASYNC240 - nothing else runs here
        snapshot = take_snapshot(open_worktree(root), blobs)
        workspace = Workspace.make(Path(folder, "copy"), snapshot)
        checks = Checks(find_bubblewrap(), workspace, detect(snapshot))
        try:
            results = await checks.tests(Draft(snapshot))
        except SandboxUnavailableError as error:
            return {"refused": str(error)}
        failing = tuple(sorted(results.failed))
        trace = await checks.trace(Draft(snapshot), failing) if failing else None
        return {
            "notes": checks.notes,
            "gaps": checks.gaps,
            "outcomes": dict(results.outcomes),
            "believed": results.is_reliable,
            "traced": sorted({path for path, _ in trace.failing}) if trace else [],
        }


def main(roots: list[str]) -> None:
    print(json.dumps({root: asyncio.run(told_of(Path(root))) for root in roots}))


if __name__ == "__main__":
    main(sys.argv[1:])
