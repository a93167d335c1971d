"""A task's repository on disk: the checked source with the fault in it, as one commit."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.archives import fetch_archive, unpack
from benchmarks.repair.mutations import applied
from benchmarks.repair.tasks import Historic, Manifest, Mutant, RepairError

GIT_SECONDS = 600
GIT = ("git", "-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null")
GIT_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "benchmark",
    "GIT_AUTHOR_EMAIL": "benchmark@localhost",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "benchmark",
    "GIT_COMMITTER_EMAIL": "benchmark@localhost",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what tasks are made of is kept."""

    manifest: Manifest
    cache: Path


def materialise(task: Mutant | Historic, folder: Path, sources: Sources) -> None:
    """Make `folder`, which must not exist yet, the repository of a task."""
    if folder.exists():
        raise RepairError(f"{str(folder)!r} exists already; name a folder that does not")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(task, Mutant):
        put_mutant(task, folder, sources)
    else:
        put_history(task, folder, sources)
    git("init", "--quiet", "--template=", "--initial-branch=main", str(folder))
    # What an archive ships is its content, whatever its .gitignore says.
    git("-C", str(folder), "add", "--all", "--force")
    git("-C", str(folder), "commit", "--quiet", "--message", "Import the source")


def put_mutant(task: Mutant, folder: Path, sources: Sources) -> None:
    package = sources.manifest.package(task.package)
    unpack(fetch_archive(package, sources.cache), package.folder, folder)
    file = folder / task.file
    text = file.read_bytes().decode("utf-8")
    try:
        wrong = applied(text, task.line, task.old, task.new)
    except ValueError as error:
        raise RepairError(f"{task.id} does not fit {task.file}: {error}") from error
    file.write_bytes(wrong.encode("utf-8"))


def put_history(task: Historic, folder: Path, sources: Sources) -> None:
    mirror = mirror_of(task.repository, sources.cache)
    put_tree(mirror, task.parent, folder)
    for path in task.test_files:
        data = git("--git-dir", str(mirror), "cat-file", "blob", f"{task.fix}:{path}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def put_tree(mirror: Path, commit: str, folder: Path) -> None:
    """Write a commit's files, all of them; `git archive` would obey the tree's own export rules."""
    folder.mkdir(parents=True)
    index = folder.with_name(f"{folder.name}.index")
    try:
        git("--git-dir", str(mirror), "read-tree", commit, index=index)
        arguments = ("checkout-index", "--all", "--force", f"--prefix={folder}/")
        git("--git-dir", str(mirror), "--work-tree", str(folder), *arguments, index=index)
    finally:
        index.unlink(missing_ok=True)


def mirror_of(repository: str, cache: Path) -> Path:
    """Return a bare repository, cloned from GitHub only where the cache lacks it."""
    mirror = cache / "mirrors" / f"{repository.replace('/', '+')}.git"
    if not mirror.exists():
        mirror.parent.mkdir(parents=True, exist_ok=True)
        git("clone", "--quiet", "--bare", f"https://github.com/{repository}", str(mirror))
    return mirror


def git(*arguments: str, index: Path | None = None) -> bytes:
    """Run git without anybody's settings and hooks, and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    chosen = {"GIT_INDEX_FILE": str(index)} if index else {}
    try:
        finished = subprocess.run(
            [*GIT, *arguments],
            env=kept | GIT_ENVIRONMENT | chosen,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepairError(f"git does not run: {error}") from error
    if finished.returncode != 0:
        words = finished.stderr.decode("utf-8", "replace").strip()[-400:]
        raise RepairError(f"git {arguments[0]} failed: {words}")
    return finished.stdout
