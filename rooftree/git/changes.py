"""What each commit of a history changed: files, renames, and ranges of lines.

One `git log` process is read while it runs. Its output comes from the history's authors, so the
reader takes fields by their NUL, counts the lines of each hunk, and trusts nothing else. Lines
are 1-based and inclusive; an empty range `(n, n - 1)` stands before line n.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.git.revision import check_revisions
from rooftree.git.stream import ByteStream, git_output

LineRange = tuple[int, int]

OPTIONS = (
    # What a repository's configuration could switch on: programs, colours, other shapes.
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-color",
    "--no-relative",
    "--no-notes",
    "--no-diff-merges",
    "--submodule=short",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--full-index",
    "--no-abbrev",
    "--encoding=UTF-8",
    # Above this many new and old files a rename is found only where the bytes are the same.
    "-l400",
    "-O/dev/null",
    "-z",
    "--format=%x01%H%x00%P%x00%at%x00%an%x00%s%x00%b%x00",
)
SETTINGS = ("-c", "log.showRoot=true", "-c", "log.mailmap=false")
SECONDS = 1800.0
"""How long one `git log` may take; who wants less time stops reading."""
PATCH = ("--raw", "-p", "-U0", "-M")
MAX_TEXT_BYTES = 1 << 18
"""Bytes of one file's changed lines that are kept."""

TIMES = (-62_135_596_800, 253_402_300_799)
"""The years 1 to 9999, in seconds of the epoch: a commit may name others, which no date can."""

_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_RAW = re.compile(rb":(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*")
_NOTHING = re.compile(r"0+")


@dataclass(slots=True)
class FileChange:
    """One file of a commit; `old_path` is `path` but for renames and copies.

    `status` is git's letter: A, M, D, R, C or T. A blob is None where the file was not there.
    `old_ranges` and `new_ranges` go together, one of each a hunk. `text` holds the changed lines,
    each after its `-` or `+`, where they were asked for.
    """

    path: str
    old_path: str
    status: str
    old_blob: str | None
    new_blob: str | None
    old_ranges: list[LineRange] = field(default_factory=list)
    new_ranges: list[LineRange] = field(default_factory=list)
    binary: bool = False
    text: bytes = b""


@dataclass(slots=True)
class Commit:
    """One commit; a merge has no files. Nothing of it is redacted yet."""

    sha: str
    parents: tuple[str, ...]
    author_time: int
    author: str
    subject: str
    body: str
    files: list[FileChange] = field(default_factory=list)


def changes(
    root: Path,
    revisions: Sequence[str] = ("HEAD",),
    limit: int | None = None,
    *,
    options: Sequence[str] = (),
    paths: Sequence[str] = (),
    texts: bool = False,
) -> Iterator[Commit]:
    """Yield the commits that `revisions` (such as `HEAD` or `v1..v2`) reach, as git orders them.

    `options` are further ones of `git log`, such as `--no-merges`: our own, never a user's text.
    """
    wanted = [*PATCH, *options, *([] if limit is None else [f"-n{limit}"])]
    yield from read_log(_log(root, wanted, revisions, paths), texts=texts)


def messages(
    root: Path,
    revisions: Sequence[str] = ("HEAD",),
    *,
    options: Sequence[str] = (),
    paths: Sequence[str] = (),
) -> Iterator[Commit]:
    """Yield commits without their files: a hundred times as fast."""
    yield from read_log(_log(root, ["--no-patch", *options], revisions, paths))


def _log(
    root: Path,
    wanted: Sequence[str],
    revisions: Sequence[str],
    paths: Sequence[str],
) -> Iterator[bytes]:
    for revision in revisions:
        check_revisions(revision)
    command = (*SETTINGS, "--literal-pathspecs", "log", *OPTIONS, *wanted)
    names = ("--end-of-options", *revisions, "--", *paths)
    return git_output(root, *command, *names, seconds=SECONDS)


def read_log(pieces: Iterable[bytes], *, texts: bool = False) -> Iterator[Commit]:
    """Read commits out of what `git log` with our options writes, whatever it is."""
    stream = ByteStream(pieces)
    commit: Commit | None = None
    patch = _Patch(texts)
    while mark := stream.peek():
        if mark == b"\x01":
            if commit is not None:
                yield commit
            commit = _header(stream)
            patch = _Patch(texts)
        elif mark == b"\0":
            stream.skip()
        elif mark == b":" and commit is not None:
            _add_file(commit, stream)
        else:
            line = stream.until(b"\n", 4096)
            if commit is not None:
                patch.take(line, commit.files, stream)
    if commit is not None:
        yield commit


def _header(stream: ByteStream) -> Commit:
    stream.skip()
    sha, parents, when, author, subject, body = (
        stream.until(b"\0").decode("utf-8", "replace") for _ in range(6)
    )
    time = int(when) if re.fullmatch(r"-?\d{1,12}", when, re.ASCII) else 0
    time = max(TIMES[0], min(time, TIMES[1]))
    return Commit(sha, tuple(parents.split()), time, author, subject, body.strip())


def _add_file(commit: Commit, stream: ByteStream) -> None:
    raw = _RAW.fullmatch(stream.until(b"\0", 4096))
    if raw is None:
        return
    status = raw[5].decode()
    old_path = path = os.fsdecode(stream.until(b"\0"))
    if status in "RC":
        path = os.fsdecode(stream.until(b"\0"))
    old_blob, new_blob = (
        None if _NOTHING.fullmatch(blob) else blob for blob in (raw[3].decode(), raw[4].decode())
    )
    commit.files.append(FileChange(path, old_path, status, old_blob, new_blob))


class _Patch:
    """The patch of one commit: its sections come in the order of the files before it."""

    def __init__(self, texts: bool) -> None:
        self._texts = texts
        self._index = -1
        self._again = False

    def take(self, line: bytes, files: Sequence[FileChange], stream: ByteStream) -> None:
        """Take one line, and what follows it where it opens a hunk."""
        if line.startswith(b"diff --git "):
            self._next(files)
            return
        file = files[self._index] if 0 <= self._index < len(files) else None
        if line.startswith(b"Binary files ") and file is not None:
            file.binary = True
        elif (hunk := _HUNK.match(line)) is not None:
            self._hunk(hunk, file, stream)

    def _next(self, files: Sequence[FileChange]) -> None:
        """Go on to the next file; what changed its type comes as a deletion and a creation."""
        if self._again:
            self._again = False
            return
        self._index += 1
        self._again = self._index < len(files) and files[self._index].status == "T"

    def _hunk(self, hunk: re.Match[bytes], file: FileChange | None, stream: ByteStream) -> None:
        old, removed, new, added = (1 if part is None else int(part) for part in hunk.groups())
        if file is not None:
            file.old_ranges.append(_range(old, removed))
            file.new_ranges.append(_range(new, added))
        left = removed + added
        most = MAX_TEXT_BYTES if self._texts and file is not None else 1
        kept: list[bytes] = []
        while left and stream.peek():
            line = stream.until(b"\n", most)
            if not line.startswith(b"\\"):  # "\ No newline at end of file"
                left -= 1
                kept.append(line)
        if file is not None and most > 1:
            file.text = b"\n".join([file.text, *kept] if file.text else kept)[:MAX_TEXT_BYTES]


def _range(start: int, count: int) -> LineRange:
    """Return a range of lines; git names an empty one by the line before it."""
    return (start + 1, start) if count == 0 else (start, start + count - 1)
