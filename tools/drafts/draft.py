"""A change that is not applied yet: the new content of files, on top of a snapshot.

A draft is a value that only the host holds; what contained code writes never gets into one. Every
path is checked when it is put in, and the digest names exactly this change of exactly these files.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from indexing.secrets.paths import denied
from rooftree.confined_files import check_relative
from rooftree.errors import StorageError, ToolRefusedError, ToolRetryError
from rooftree.text.visible import invisible
from tools.drafts.difference import file_difference
from tools.drafts.encoding import FileEncoding, encoding_of
from tools.drafts.line_ends import with_ends_of
from tools.drafts.protected import protection
from tools.drafts.snapshot import Snapshot, read_json, write_json

DRAFT = "draft.json"
"""A draft on disk, in the folder of the run that made it; it may be applied later."""
MAX_FILE_BYTES = 1 << 20
WINDOWS = re.compile(r"\\|^[A-Za-z]:")
"""What no name of a new file holds: models and diffs of other systems write paths so."""


@dataclass(frozen=True, slots=True)
class Draft:
    """New contents by path; None deletes a file."""

    snapshot: Snapshot
    changes: Mapping[str, bytes | None] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    """Guarded paths that a person has named."""

    def content(self, path: str) -> bytes | None:
        """Return what a file holds with this change; None where there is no such file."""
        return self.changes[path] if path in self.changes else self.snapshot.content(path)

    def text(self, path: str) -> str:
        """Return a file's text; a ToolError where it is none that can be edited."""
        data = self.content(path)
        if data is None:
            self._check_left_out(path)
            raise ToolRetryError(f"there is no file {path!r}; search for the right path")
        return self._encoding(path).text(data)

    def with_text(self, path: str, text: str) -> "Draft":
        """Return the draft with a file's new text, in the encoding and with the line ends it had.

        A byte order mark that the file began with is no part of its text, and stays.
        """
        before = self.content(path)
        encoding = self._encoding(path)
        there = "" if before is None else encoding.text(before)
        _check_visible(path, text, there)
        if before is not None:
            text = with_ends_of(path, there, text)
        return self.with_content(path, encoding.data(path, text, there))

    def _encoding(self, path: str) -> FileEncoding:
        """Return the encoding of a file, by what it held before the change; refuse what has none.

        A change that takes away the last letter beyond ASCII leaves the file's encoding as it is.
        """
        for data in (self.snapshot.content(path), self.content(path)):
            if data is not None:
                encoding = encoding_of(data)
                if encoding is None:
                    raise ToolRefusedError(
                        f"{path!r} is neither UTF-8 nor other text whose bytes an edit would "
                        "leave as they are, so nothing in it is changed; edit it by hand"
                    )
                return encoding
        return FileEncoding()

    def with_content(self, path: str, data: bytes | None) -> "Draft":
        """Return the draft with a file's new content; ToolRefusedError where it may not change."""
        self._check(path, data)
        changes = {**self.changes, path: data}
        if data == self.snapshot.content(path):
            del changes[path]
        return replace(self, changes=changes)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.changes))

    def diff(self) -> str:
        """Return the change as a unified diff; `git apply` takes it where all is UTF-8."""
        return "".join(
            file_difference(
                path, self.snapshot.content(path), self.changes[path], self.snapshot.mode(path)
            )
            for path in self.paths
        )

    @property
    def digest(self) -> str:
        """Name this change: its diff, and the blobs that it is made for."""
        digest = hashlib.sha256()
        for path in self.paths:
            entry = self.snapshot.files.get(path)
            data = self.changes[path]
            for part in (path, entry.blob if entry else "-", "-" if data is None else "+"):
                digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
            digest.update(hashlib.sha256(data or b"").digest())
        return digest.hexdigest()

    def _check(self, path: str, data: bytes | None) -> None:
        check_relative(path)
        if path not in self.snapshot.files and WINDOWS.search(path):
            raise ToolRefusedError(
                f"{path!r} is written as Windows writes paths; write a new file's with slashes"
            )
        guard = protection(path)
        if guard == "never" or (guard == "guarded" and path not in self.allowed):
            advice = "" if guard == "never" else f"; a person may allow it (--allow {path})"
            raise ToolRefusedError(f"{path!r} is protected and may not be changed{advice}")
        if denied(path) or path in self.snapshot.links:
            raise ToolRefusedError(f"{path!r} holds secrets or is a link and may not be changed")
        above = [str(parent) for parent in PurePosixPath(path).parents[:-1]]
        if any(folder in self.snapshot.links for folder in above):
            raise ToolRefusedError(f"{path!r} lies behind a link and may not be changed")
        # A link that leads outside was left out as a file, a folder that is ignored as a folder.
        reasons = {self.snapshot.left_out.get(one) for name in above for one in (name, f"{name}/")}
        if reasons - {None}:
            raise ToolRefusedError(f"{path!r} lies in what was left out and may not be changed")
        self._check_left_out(path)
        if data is not None and len(data) > MAX_FILE_BYTES:
            raise ToolRefusedError(
                f"{path!r} would have {len(data)} bytes; at most {MAX_FILE_BYTES}"
            )
        if data is not None:
            self._check_room(path)

    def _check_left_out(self, path: str) -> None:
        """Refuse what is there and was not read: it is not to be taken for a new file."""
        reason = self.snapshot.left_out.get(path) or self.snapshot.left_out.get(f"{path}/")
        if reason is not None:
            raise ToolRefusedError(f"{path!r} was left out ({reason}) and may not be changed")

    def _check_room(self, path: str) -> None:
        """Refuse a file where a folder is, and a folder where a file is."""
        names = {*self.snapshot.files, *self.changes}
        above = path.split("/")
        is_file_above = any("/".join(above[:end]) in names for end in range(1, len(above)))
        if is_file_above or any(name.startswith(f"{path}/") for name in names):
            raise ToolRetryError(f"{path!r} cannot be a file: a file or folder is in the way")


def _check_visible(path: str, text: str, before: str) -> None:
    """Refuse new invisible characters: an approver must see everything."""
    added = sorted(Counter(invisible(text)) - Counter(invisible(before)))
    if added:
        raise ToolRetryError(
            f"the new text of {path!r} holds U+{ord(added[0]):04X}, which nobody sees; "
            "write it as an escape"
        )


def save_draft(draft: Draft, folder: Path) -> None:
    """Keep a draft, so that it can be applied later."""
    snapshot = draft.snapshot
    told = {
        "digest": draft.digest,
        "allowed": sorted(draft.allowed),
        "changes": {
            path: None if data is None else snapshot.store_bytes(data)
            for path, data in draft.changes.items()
        },
    }
    write_json(folder / DRAFT, told)


def load_draft(snapshot: Snapshot, folder: Path) -> Draft:
    """Return the draft of a run; StorageError where there is none, or another than was kept."""
    try:
        told = read_json(folder / DRAFT)
        draft = Draft(snapshot, {}, frozenset(told["allowed"]))
        for path, blob in told["changes"].items():
            data = None if blob is None else snapshot.stored_bytes(blob)
            if blob is not None and data is None:
                raise StorageError(f"the new content of {path!r} is no longer kept")
            draft = draft.with_content(path, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"the run in {str(folder)!r} has no change to apply: {error}") from error
    if draft.digest != told["digest"]:
        raise StorageError(f"the change in {str(folder)!r} is not the one that was kept")
    return draft
