"""Query-independent signals of files: stored with the index, read once."""

from pathlib import Path

from indexing.ranking import recency as activity
from indexing.ranking.features import RepositorySignals
from indexing.store.manifest import Generation, Manifest
from rooftree.errors import RepositoryError
from rooftree.telemetry.logs import logger


def store_signals(manifest: Manifest, root: Path, generation: Generation) -> None:
    """Store what the history behind a generation says, unless it is there already.

    A history that cannot be read (a partial clone, say) costs the search a hint and nothing else.
    """
    commit = generation.commit
    if commit is None or activity.is_stored(manifest.database, commit):
        return
    try:
        found = activity.read_activity(root, commit)
    except RepositoryError as error:
        logger("signals").warning("no activity of %s: %s", commit, error)
        return
    with manifest.transaction():
        activity.store_activity(manifest.database, commit, found)


def stored_signals(manifest: Manifest, generation: Generation) -> RepositorySignals:
    """Return the stored signals of a generation; a process reads those of one commit once."""
    if generation.commit is None:
        return RepositorySignals()
    return RepositorySignals(activity.stored_activity(manifest.database, generation.commit))
