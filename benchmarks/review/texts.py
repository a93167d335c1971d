"""How two texts of one file differ, as git sees it, for texts that are in no repository."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.repair.materialise import GIT
from benchmarks.review.diffs import Hunk, hunks_of


def hunks_between(path: str, before: str, after: str) -> tuple[Hunk, ...]:
    """Return the hunks, without context, between two texts of a file."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in (("before", before), ("after", after)):
            (Path(scratch) / name).write_bytes(text.encode("utf-8"))
        options = ("diff", "--no-index", "-U0", "--no-color", "--no-ext-diff")
        # git exits with 1 where they differ.
        said = subprocess.run(
            [*GIT, *options, "before", "after"], cwd=scratch, capture_output=True, check=False
        ).stdout.decode("utf-8", "replace")
    return tuple(
        Hunk(path, one.old_start, one.old_count, one.new_start, one.new_count, one.body)
        for one in hunks_of(said)
    )
