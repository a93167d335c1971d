"""What a repository says of its own files, whatever is asked: read once for a view."""

from pathlib import Path

from indexing import activity
from indexing.calls import centrality
from indexing.features import Signals
from indexing.manifest import Manifest
from indexing.view import View


def signals_of(manifest: Manifest, root: Path, view: View) -> Signals:
    """Collect the signals of a view; ask git where the manifest has not kept them."""
    commit = view.generation.commit
    found = None
    if commit is not None:
        found = activity.stored(manifest.database, commit) or activity.read_activity(root, commit)
    return Signals(found, centrality(manifest.database, view))
