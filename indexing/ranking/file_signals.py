"""What a repository says of its own files, whatever is asked: kept with its index, read once."""

from pathlib import Path

from indexing.ranking import recency as activity
from indexing.ranking.features import Signals
from indexing.store.manifest import Generation, Manifest
from rooftree.errors import RepositoryError
from rooftree.telemetry.logs import logger


def keep(manifest: Manifest, root: Path, generation: Generation) -> None:
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
        activity.store(manifest.database, commit, found)


def kept(manifest: Manifest, generation: Generation) -> Signals:
    """Return the stored signals of a generation; a process reads those of one commit once."""
    if generation.commit is None:
        return Signals()
    return Signals(activity.stored(manifest.database, generation.commit))
