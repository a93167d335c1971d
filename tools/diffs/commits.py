"""A snapshot of a commit, whatever the tree holds at the moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexing.secrets.paths import denied
from rooftree.confined_files import is_relative
from rooftree.errors import HistoryError, RepositoryError, UsageError
from rooftree.git.commands import Worktree, commit_id, run_git
from tools.drafts.snapshot import Snapshot, SnapshotEntry, leads_inside, tree_entries

BATCH = 256
MAX_MESSAGES, MAX_MESSAGE_LENGTH = 20, 2000
EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
SYMLINK, SUBMODULE, EXECUTABLE = "120000", "160000", "100755"


def commit_of(worktree: Worktree, name: str) -> str:
    """Return the id of the commit that a name means."""
    if worktree.common_dir is None:
        raise UsageError(f"{str(worktree.root)!r} is no git repository; give a diff instead")
    found = commit_id(worktree.root, name)
    if found is None:
        raise UsageError(
            f"{name!r} names no commit of {str(worktree.root)!r}; fetch it, or name another"
        )
    return found


def merge_base(worktree: Worktree, base: str, head: str) -> str:
    """Return the commit from which `head` went its own way.

    HistoryError where the clone holds none: a diff from anywhere else would be another change.
    """
    answer = run_git(worktree.root, "merge-base", base, head)
    if answer.code == 0:
        return answer.output.decode("ascii").strip()
    if answer.code != 1:  # 1: both were looked through, and share nothing
        raise HistoryError(
            f"git cannot tell where {head[:12]} left {base[:12]}: {answer.error or 'no reason'}; "
            "`git fetch` what is missing, or give a diff"
        )
    what = f"{base[:12]} and {head[:12]} share no commit"
    if shallow_commits(worktree):
        raise HistoryError(
            f"{what} in this clone, which is shallow, so what the change is cannot be told; run "
            "`git fetch --unshallow`, or `git fetch --deepen=1000 origin BASE` with the name of "
            "the base's branch"
        )
    raise HistoryError(
        f"{what}, so no change leads from one to the other; name a base that the head grew from, "
        "or review the difference of both with `git diff BASE HEAD` and --diff"
    )


def hidden_history(worktree: Worktree, base: str, head: str) -> str:
    """Say that a shallow clone may hide where `head` left `base`; empty where nothing is hidden.

    Where the clone is cut off at a commit that only one side has, a later common ancestor than the
    one that was found may lie behind it.
    """
    cut = shallow_commits(worktree)
    if not cut:
        return ""
    answer = run_git(worktree.root, "rev-list", f"{base}...{head}", "--")
    apart = frozenset(answer.output.decode("ascii").split())
    if answer.code == 0 and cut.isdisjoint(apart):
        return ""
    return (
        "the clone is shallow and its history ends within what was compared, so the change may "
        "have begun elsewhere; `git fetch --unshallow` brings the rest"
    )


def shallow_commits(worktree: Worktree) -> frozenset[str]:
    """Return the commits at which a shallow clone ends; none of a whole one."""
    try:
        text = ((worktree.common_dir or worktree.root) / "shallow").read_text("ascii")
    except (OSError, ValueError):
        return frozenset()
    return frozenset(text.split())


def diff_of(worktree: Worktree, base: str, head: str) -> str:
    """Return the diff between two commits, made by git without any filter of the repository's.

    As a bare repository git reads no `.gitattributes`: what is proposed cannot say that it is
    binary. Submodules are told, whatever `.gitmodules` says of them.
    """
    answer = run_git(
        worktree.common_dir or worktree.root,
        # Some versions take a bare repository's attributes from HEAD.
        *("-c", f"attr.tree={EMPTY_TREES[worktree.object_format]}"),
        *("--bare", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "-M", "-U3"),
        *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none"),
        *(base, head, "--"),
    )
    if answer.code != 0:
        raise RepositoryError(f"git cannot compare {base[:12]} and {head[:12]}: {answer.error}")
    return answer.output.decode("utf-8", "surrogateescape")


def messages_between(worktree: Worktree, base: str, head: str) -> tuple[str, ...]:
    """Return what the newest commits that `head` has and `base` has not say, each cut.

    They say what a change is meant to be; where git cannot tell them, nothing is known of that.
    """
    answer = run_git(
        worktree.root,
        *("log", f"-n{MAX_MESSAGES}", "--format=%B%x00", "--no-show-signature", f"{base}..{head}"),
        "--",
    )
    if answer.code != 0:
        return ()
    texts = answer.output.decode("utf-8", "replace").split("\0")
    return tuple(text.strip()[:MAX_MESSAGE_LENGTH] for text in texts if text.strip())


def snapshot_of(worktree: Worktree, commit: str, store: Path) -> Snapshot:
    """Return the files of a commit; what the tree does not hold as well is kept in the store."""
    snapshot = listing_of(worktree, commit, store)
    missing = [
        one.blob
        for path, one in snapshot.files.items()
        if not snapshot.current_state(path).holds(one.blob)
    ]
    _fetch(snapshot, list(dict.fromkeys(missing)))
    return snapshot


def listing_of(worktree: Worktree, commit: str, store: Path) -> Snapshot:
    """Return the names of a commit's files; each content is taken from git when it is asked for."""
    files: dict[str, SnapshotEntry] = {}
    links: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for mode, blob, path in tree_entries(worktree.root, commit):
        if mode == SUBMODULE or denied(path) or not is_relative(path):
            left_out[path] = "submodule" if mode == SUBMODULE else "denied"
        elif mode != SYMLINK:
            files[path] = SnapshotEntry(blob, mode == EXECUTABLE)
        elif (target := _target(worktree, path, blob)) is None:
            left_out[path] = "link to outside"
        else:
            links[path] = target
    form = worktree.object_format
    return Snapshot(worktree.root, commit, form, files, links, left_out, store)


def _fetch(snapshot: Snapshot, blobs: Sequence[str]) -> None:
    """Take blobs out of git's store, many at once."""
    for at in range(0, len(blobs), BATCH):
        wanted = "".join(f"{blob}\n" for blob in blobs[at : at + BATCH]).encode("ascii")
        answer = run_git(snapshot.root, "cat-file", "--batch", stdin=wanted)
        for data in _contents(answer.output):
            snapshot.store_bytes(data)


def _contents(output: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(output):
        end = output.find(b"\n", at)
        fields = output[at:end].split(b" ")
        if end < 0 or len(fields) != 3:
            at = end + 1 if end >= 0 else len(output)  # a blob that this clone lacks
            continue
        size = int(fields[2])
        yield output[end + 1 : end + 1 + size]
        at = end + 2 + size


def _target(worktree: Worktree, path: str, blob: str) -> str | None:
    """Return where a link points, if that is below the root too."""
    answer = run_git(worktree.root, "cat-file", "blob", blob)
    target = answer.output.decode("utf-8", "surrogateescape")
    inside = answer.code == 0 and "\0" not in target and leads_inside(path, target)
    return target if inside else None
