"""What is proposed: the files before and after a diff, over one snapshot.

A diff is applied strictly: every line that it shows as unchanged or taken away must stand where it
says. One that fits neither before nor after what the tree holds is refused, since nothing that was
said of it would be true.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from indexing.files.decode import decode
from rooftree.errors import UsageError
from rooftree.git.commands import Worktree
from tools.diffs.commits import (
    commit_of,
    diff_of,
    hidden_history,
    listing_of,
    merge_base,
    messages_between,
    snapshot_of,
)
from tools.diffs.diff_input import ANEW, possible_diffs
from tools.diffs.patch import ChangedBlock, FileDiff, Hunk, read_diff
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change under review."""

    head: Draft
    """The files with the change."""
    base: Draft
    """The files without it."""
    files: tuple[FileDiff, ...]
    base_name: str
    head_name: str
    doubts: tuple[str, ...] = ()
    """Why this may not be the whole change, a sentence each."""
    messages: tuple[str, ...] = ()
    """Of its commits, the newest first; none of a diff."""

    @property
    def snapshot(self) -> Snapshot:
        return self.head.snapshot

    def text(self, path: str) -> str | None:
        """Return a file's text with the change; None where there is no such text."""
        return _text(self.head.content(path))

    def base_text(self, path: str) -> str | None:
        return _text(self.base.content(path))

    def text_of(self, diff: FileDiff, *, old: bool) -> str | None:
        """Return the text of one side of a changed file."""
        return self.base_text(diff.old_path) if old else self.text(diff.path)

    def file(self, path: str) -> FileDiff | None:
        return next((one for one in self.files if one.path == path), None)

    def without(self, taken: Mapping[str, Iterable[ChangedBlock]]) -> Draft:
        """Return the files with the change, but for some blocks of them, by their paths."""
        changes = dict(self.head.changes)
        for path, blocks in taken.items():
            text = self.text(path)
            if text is None:
                if self.head.content(path) is None and self.base.content(path) is not None:
                    changes[path] = self.base.content(path)  # taken away whole: one block
                continue
            lines = text.split("\n")
            for block in sorted(blocks, key=lambda one: -one.new_start):
                at = block.new_start - 1
                lines[at : at + len(block.new)] = block.old
            changes[path] = "\n".join(lines).encode("utf-8", "surrogateescape")
        return Draft(self.snapshot, changes)


def between(worktree: Worktree, base: str, head: str, store: Path) -> Proposal:
    """Return what `head` proposes since it left `base`; HistoryError where that cannot be told."""
    newest, from_base = commit_of(worktree, head), commit_of(worktree, base)
    oldest = merge_base(worktree, from_base, newest)
    files = read_diff(diff_of(worktree, oldest, newest))
    snapshot = snapshot_of(worktree, newest, store)
    before = listing_of(worktree, oldest, store)
    changes: dict[str, bytes | None] = {}
    for one in files:
        changes[one.path] = before.content(one.path)
        if one.old_path != one.path:
            changes[one.old_path] = before.content(one.old_path)
    kept = {path: data for path, data in changes.items() if data != snapshot.content(path)}
    doubt = hidden_history(worktree, from_base, newest)
    doubts = (doubt,) if doubt else ()
    said = messages_between(worktree, oldest, newest)
    return Proposal(Draft(snapshot, {}), Draft(snapshot, kept), files, oldest, newest, doubts, said)


def of_diff(worktree: Worktree, text: str, store: Path) -> Proposal:
    """Return what a diff proposes, which the tree holds already or which fits it."""
    snapshot: Snapshot | None = None
    for reading in possible_diffs(text):
        files = read_diff(reading)
        snapshot = snapshot or take_snapshot(worktree, store)
        proposal = _fitting(snapshot, files)
        if proposal is not None:
            return proposal
    raise UsageError(
        f"the diff fits neither before nor after what {str(worktree.root)!r} holds; check out the "
        "commit that it was made for, or give --base and --head; if its names have prefixes that "
        f"do not end in /, {ANEW}"
    )


def _fitting(snapshot: Snapshot, files: tuple[FileDiff, ...]) -> Proposal | None:
    """Return what files of a diff propose over a snapshot; None where they do not fit it."""
    patchable = [one for one in files if one.kind != "binary" and not one.is_submodule]
    for forwards in (False, True):
        changes = _applied(snapshot, patchable, forwards=forwards)
        if changes is not None:
            other = Draft(snapshot, changes)
            tree = Draft(snapshot, {})
            base, head = (tree, other) if forwards else (other, tree)
            names = ("tree", "diff") if forwards else ("diff", "tree")
            return Proposal(head, base, files, *names)
    return None


def _applied(
    snapshot: Snapshot, files: Iterable[FileDiff], *, forwards: bool
) -> Mapping[str, bytes | None] | None:
    """Return what files become by the diff, or by its opposite; None where it does not fit."""
    changes: dict[str, bytes | None] = {}
    for one in files:
        source, target = (one.old_path, one.path) if forwards else (one.path, one.old_path)
        begins = one.kind == ("added" if forwards else "deleted")
        ends = one.kind == ("deleted" if forwards else "added")
        content = snapshot.content(source)
        if begins:
            if content is not None:
                return None
            content = b""
        after = None if content is None else _patched(content, one.hunks, forwards=forwards)
        if after is None:
            return None
        if source != target:
            changes[source] = None
        changes[target] = None if ends else after
    return changes


def _patched(content: bytes, hunks: Iterable[Hunk], *, forwards: bool) -> bytes | None:
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    for hunk in sorted(hunks, key=lambda one: -one.new_start):
        old, new = (hunk.old, hunk.new) if forwards else (hunk.new, hunk.old)
        at = (hunk.old_start if forwards else hunk.new_start) - 1
        if tuple(lines[at : at + len(old)]) != old:
            return None
        lines[at : at + len(old)] = new
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _text(data: bytes | None) -> str | None:
    decoded = None if data is None else decode(data)
    if data is None or decoded is None or decoded.note not in ("", "utf-8 bom"):
        return None
    return data.decode("utf-8")
