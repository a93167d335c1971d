"""The history as an agent may read it: log, show and blame, without what no tool may look into.

A commit keeps files that are denied now, and tells their blobs' names; so what is shown is chosen
by path before git is asked for it. What the commands print is configured nowhere but here: a
repository's own configuration could have git run a program.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from rooftree.errors import ToolRefusedError, ToolRetryError, UsageError
from rooftree.git.commands import commit_id, run_git

SHOW = ("show", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--first-parent")
GIT: Mapping[str, tuple[str, ...]] = {
    "log": ("log", "--no-color", "-n", "15", "--format=%h %ad %s", "--date=short"),
    "show": (*SHOW, "-m", "--format=medium", "--stat", "--patch"),
    "blame": ("blame", "--date=short", "-s", "--no-textconv"),
}
MAX_PATHS = 200
"""Of one commit that are shown."""

IsHidden = Callable[[str], bool]
"""Says whether a path may not be looked into."""


def read_history(root: Path, command: str, path: str, commit: str, hidden: IsHidden) -> str:
    """Return what git says; ToolRetryError where that is nothing, and why."""
    if command not in GIT:
        raise ToolRetryError(f"there is no {command!r}; there are log, show and blame")
    if path and hidden(path):
        raise ToolRefusedError(f"{path!r} may not be looked into")
    name = _commit(root, commit)
    paths = [path] if path else []
    arguments = GIT[command]
    if command == "show":
        paths = [one for one in _changed(root, name, paths) if not hidden(one)][:MAX_PATHS]
        if not paths:
            arguments = (*SHOW, "--format=medium", "--no-patch")
    elif command == "blame" and not path:
        raise ToolRetryError("blame needs the path of a file")
    # Blame of the tree itself would run the filters of the repository's configuration.
    return _git_output(root, *arguments, name, "--", *paths)


def _commit(root: Path, commit: str) -> str:
    """Return the id of a commit: a blob or a tree is none, and could be of a hidden path."""
    try:
        found = commit_id(root, commit)
    except UsageError as error:
        raise ToolRetryError(str(error)) from error
    if found is None:
        raise ToolRetryError(f"{commit[:80]!r} names no commit of this repository")
    return found


def _changed(root: Path, commit: str, paths: list[str]) -> list[str]:
    options = ("-m", "--format=", "--name-only", "-z")
    output = _git_output(root, *SHOW, *options, commit, "--", *paths)
    return [name for name in output.split("\0") if name]


def _git_output(root: Path, *arguments: str) -> str:
    answer = run_git(root, "--literal-pathspecs", *arguments)
    if answer.code != 0:
        raise ToolRetryError(f"git {arguments[0]}: {answer.error[:300]}")
    return os.fsdecode(answer.output)
