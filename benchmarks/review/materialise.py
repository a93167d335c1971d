"""An instance's repository on disk: two commits, `base` and `head`, whose trees are real.

Only what the two trees need is copied out of the mirror, so that no later fix lies about in it.
"""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.mining.review_mutants import mutated
from benchmarks.repair.materialise import git
from benchmarks.repair.tasks import RepairError
from benchmarks.review.histories import History, opened_history, without_fix
from benchmarks.review.instances import Instance


def materialise(instance: Instance, folder: Path, cache: Path) -> None:
    """Make `folder`, which must not exist yet, the repository of an instance, at its head."""
    if folder.exists():
        raise RepairError(f"{str(folder)!r} exists already; name a folder that does not")
    history = opened_history(instance.repository, cache)
    git("init", "--quiet", "--template=", "--initial-branch=main", str(folder))
    alternates = folder / ".git" / "objects" / "info" / "alternates"
    alternates.parent.mkdir(parents=True, exist_ok=True)
    alternates.write_text(f"{(history.mirror / 'objects').resolve()}\n", "utf-8")
    base = commit_of(folder, f"{instance.base}^{{tree}}", "Import the source")
    tree = head_tree(folder, instance.carrier, changed_files(instance, history))
    head = commit_of(folder, tree, title_of(instance, history), base)
    for name, commit in (("base", base), ("head", head), ("main", head)):
        git("-C", str(folder), "update-ref", f"refs/heads/{name}", commit)
    git("-C", str(folder), "repack", "-a", "-d", "--quiet")
    alternates.unlink()
    git("-C", str(folder), "reset", "--hard", "--quiet", "main")


def changed_files(instance: Instance, history: History) -> Mapping[str, bytes]:
    """Return the files that the head holds and its carrier does not."""
    try:
        if instance.edit is not None:
            return mutated(history, instance.carrier, instance.edit)
        if instance.kind == "reintroduced" and instance.fix is not None:
            return without_fix(history, instance.carrier, instance.fix, instance.paths)
    except ValueError as error:
        raise RepairError(f"{instance.id} does not fit: {error}") from error
    return {}


def head_tree(folder: Path, carrier: str, files: Mapping[str, bytes]) -> str:
    """Return the tree of a commit with some files replaced, each with the mode that it has."""
    index = folder / ".git" / "head.index"
    git("-C", str(folder), "read-tree", carrier, index=index)
    for path, data in files.items():
        listed = git("-C", str(folder), "ls-files", "--stage", "--", path, index=index)
        scratch = folder / ".git" / "blob"
        scratch.write_bytes(data)
        hashed = git("-C", str(folder), "hash-object", "-w", "--no-filters", str(scratch))
        entry = f"{listed.split()[0].decode()},{hashed.decode().strip()},{path}"
        git("-C", str(folder), "update-index", "--cacheinfo", entry, index=index)
        scratch.unlink()
    tree = git("-C", str(folder), "write-tree", index=index).decode().strip()
    index.unlink()
    return tree


def commit_of(folder: Path, tree: str, message: str, *parents: str) -> str:
    options = [word for parent in parents for word in ("-p", parent)]
    made = git("-C", str(folder), "commit-tree", tree, *options, "-m", message)
    return made.decode().strip()


def title_of(instance: Instance, history: History) -> str:
    """Return a title that says nothing: the module that the change touches most."""
    commit = history.commit(instance.carrier)
    changed = commit.changed if commit else {}
    main = max(commit.sources if commit else (), key=lambda path: changed[path], default="code")
    return f"Update {main.rpartition('/')[2].removesuffix('.py')}"
