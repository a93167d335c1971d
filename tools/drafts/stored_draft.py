"""A draft on disk: written by the run that made it, and read when it is applied later."""

import json
from pathlib import Path

from rooftree.errors import StorageError
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, write_whole

DRAFT = "draft.json"


def save_draft(draft: Draft, folder: Path) -> None:
    """Keep a draft, so that it can be applied later."""
    snapshot = draft.snapshot
    told = {
        "digest": draft.digest,
        "allowed": sorted(draft.allowed),
        "changes": {
            path: None if data is None else snapshot.keep(data)
            for path, data in draft.changes.items()
        },
    }
    write_whole(folder / DRAFT, json.dumps(told).encode("utf-8", "surrogateescape"))


def load_draft(snapshot: Snapshot, folder: Path) -> Draft:
    """Return the draft of a run; StorageError where there is none, or another than was kept."""
    try:
        told = json.loads((folder / DRAFT).read_bytes().decode("utf-8", "surrogateescape"))
        draft = Draft(snapshot, {}, frozenset(told["allowed"]))
        for path, blob in told["changes"].items():
            data = None if blob is None else snapshot.kept(blob)
            if blob is not None and data is None:
                raise StorageError(f"the new content of {path!r} is no longer kept")
            draft = draft.with_content(path, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"the run in {str(folder)!r} has no change to apply: {error}") from error
    if draft.digest != told["digest"]:
        raise StorageError(f"the change in {str(folder)!r} is not the one that was kept")
    return draft
