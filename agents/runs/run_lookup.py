"""Find the run that a name in a repository means, and check that it belongs there.

A run is made in one worktree, and what it applies is written there. So `last` is the newest run of
the very worktree that is named, and a run of another place is refused by its name: nothing may be
written to a repository that was not named.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

from agents.runs.store import RunFolder, RunStore, StoredRun
from rooftree.errors import UsageError
from rooftree.git.commands import Worktree, open_worktree
from rooftree.text.visible import escaped_line

LAST = "last"
EVERYWHERE = "`rooftree runs list --all` shows those of every repository"


def run_command_arguments(record: StoredRun) -> str:
    """Return how a command names a run and its repository, wherever it is typed."""
    return run_arguments(record.id, record.repo)


def run_arguments(run: str, repo: str) -> str:
    """Return the same of a run's id and its repository's folder."""
    # Runs of older versions do not tell where they were made.
    return f"{run} --repo {escaped_line(shlex.quote(repo))}" if repo else run


def runs_of_repository(records: Sequence[StoredRun], worktree: Worktree) -> list[StoredRun]:
    """Return the runs of a repository, those of its other worktrees too."""
    return [one for one in records if _is_of(one, worktree)]


def find_run(store: RunStore, name: str, repo: Path, kind: str = "") -> RunFolder:
    """Return the run that a name means in a repository; UsageError where it is not one of that.

    `last` is the newest run of this worktree, and with `kind` the newest of that kind.
    """
    worktree = open_worktree(repo)
    if name == LAST:
        return _newest(store, worktree, kind)
    folder = store.open(name)
    check_place(folder.record(), worktree)
    return folder


def check_place(record: StoredRun, worktree: Worktree) -> None:
    """Refuse a run of another worktree, saying whose it is and how to name that."""
    if record.repo == str(worktree.root):
        return
    which = "another worktree of this repository" if _is_of(record, worktree) else "another one"
    raise UsageError(
        f"run {record.id} is of {record.repo!r} and not of {str(worktree.root)!r}, {which}; "
        f"nothing was done; name its repository (--repo {record.repo!r}) to go on there"
    )


def _newest(store: RunStore, worktree: Worktree, kind: str) -> RunFolder:
    records = store.all()
    for record in records:
        if record.repo == str(worktree.root) and kind in ("", record.kind):
            return store.open(record.id)
    what = f"no {kind or 'run'} of {str(worktree.root)!r} yet"
    others = runs_of_repository(records, worktree)
    if others:
        newest = others[0]
        raise UsageError(
            f"{what}; the newest run of this repository is {newest.id} in {newest.repo!r}"
        )
    raise UsageError(f"{what}; {EVERYWHERE}")


def _is_of(record: StoredRun, worktree: Worktree) -> bool:
    # Runs of older versions know no more than their folder.
    return record.repo == str(worktree.root) or record.repo_id == worktree.repo_id
