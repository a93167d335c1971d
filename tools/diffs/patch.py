"""A unified diff, read into files, hunks and blocks of changed lines."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ReadHunk
from unidiff.patch import PatchedFile, PatchSet

from rooftree.confined_files import check_relative
from rooftree.errors import ToolRefusedError, UsageError
from tools.diffs.diff_input import DiffPrefixes, named_by_git, prefixes_of

FileChangeKind = Literal["added", "deleted", "modified", "renamed", "binary"]
MAX_DIFF_LENGTH = 8 << 20
_SUBMODULE = re.compile(r"Subproject commit [0-9a-f]{40,64}(?:-dirty)?")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class ChangedBlock:
    """Changed lines that stand together: `old` gave way to `new`, either may be empty."""

    old_start: int
    """The 1-based line of the old file where `old` stands, or before which nothing stood."""
    old: tuple[str, ...]
    new_start: int
    """The same of the new file."""
    new: tuple[str, ...]

    @property
    def new_lines(self) -> range:
        """The numbers of the new lines; empty where lines were only taken away."""
        return range(self.new_start, self.new_start + len(self.new))


@dataclass(frozen=True, slots=True)
class Hunk:
    """Blocks with the unchanged lines around and between them."""

    old_start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]
    """Each line with its mark: a space, `-` or `+`; without the line's end."""

    @property
    def old(self) -> tuple[str, ...]:
        return tuple(text for mark, text in self.lines if mark != "+")

    @property
    def new(self) -> tuple[str, ...]:
        return tuple(text for mark, text in self.lines if mark != "-")

    @property
    def new_lines(self) -> range:
        """The numbers of all its lines in the new file."""
        return range(self.new_start, self.new_start + len(self.new))

    def blocks(self) -> Iterator[ChangedBlock]:
        """Yield the runs of changed lines."""
        old_at, new_at = self.old_start, self.new_start
        old: list[str] = []
        new: list[str] = []
        for mark, text in (*self.lines, (" ", "")):
            if mark == " ":
                if old or new:
                    starts = (old_at - len(old), new_at - len(new))
                    yield ChangedBlock(starts[0], tuple(old), starts[1], tuple(new))
                old, new = [], []
            elif mark == "-":
                old.append(text)
            else:
                new.append(text)
            old_at += mark != "+"
            new_at += mark != "-"

    def text(self) -> str:
        """Return it as a diff shows it, without the line that begins with @@."""
        return "\n".join(mark + text for mark, text in self.lines)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What a diff does to one file."""

    path: str
    """Its name afterwards, or before where it was deleted."""
    old_path: str
    kind: FileChangeKind
    hunks: tuple[Hunk, ...] = ()

    @property
    def is_submodule(self) -> bool:
        """Say whether it only names another commit of another repository."""
        lines = [text for hunk in self.hunks for _, text in hunk.lines]
        return bool(lines) and len(lines) <= 2 and all(map(_SUBMODULE.fullmatch, lines))

    def blocks(self) -> Iterator[ChangedBlock]:
        for hunk in self.hunks:
            yield from hunk.blocks()

    @property
    def added(self) -> frozenset[int]:
        """The numbers of lines that are new."""
        return frozenset(number for block in self.blocks() for number in block.new_lines)

    @property
    def removed(self) -> frozenset[int]:
        """The numbers that lines had which are gone."""
        return frozenset(
            number
            for block in self.blocks()
            for number in range(block.old_start, block.old_start + len(block.old))
        )

    def shows(self, start: int, end: int) -> bool:
        """Say whether lines of the new file can be commented on: one hunk holds them all."""
        return any(start in hunk.new_lines and end in hunk.new_lines for hunk in self.hunks)

    @property
    def changed_lines(self) -> int:
        return sum(len(block.old) + len(block.new) for block in self.blocks())


def read_diff(text: str) -> tuple[FileDiff, ...]:
    """Read a diff; a UsageError says what is wrong with it."""
    if len(text) > MAX_DIFF_LENGTH:
        raise UsageError(f"the diff has {len(text)} characters; at most {MAX_DIFF_LENGTH}")
    try:
        read = PatchSet(text)
        prefixes = prefixes_of(_pairs(read))
        files = tuple(_file(one, prefixes) for one in read)
    except (UnidiffParseError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"this is no unified diff: {error}; make one with `git diff BASE...HEAD`"
        ) from error
    if not files and text.strip():
        raise UsageError("this is no unified diff; make one with `git diff BASE...HEAD`")
    twice = [path for path, count in Counter(one.path for one in files).items() if count > 1]
    if twice:
        raise UsageError(
            f"the diff names {twice[0]!r} twice, as patches of several commits do; make one of the "
            "whole change with `git diff BASE...HEAD`"
        )
    return files


def _pairs(read: PatchSet) -> Iterator[tuple[str, str]]:
    """Yield the two names of every file that was not renamed, as the diff tells them."""
    for one in read:
        info = str(one.patch_info or "")
        old, new = _name(one.source_file, ""), _name(one.target_file, "")
        if "rename from " in info or "copy from " in info:
            continue
        if old is None and new is not None:
            old = named_by_git(info, new, old=False) or None
        elif new is None and old is not None:
            new = named_by_git(info, old, old=True) or None
        if old is not None and new is not None:
            yield old, new


def _file(read: PatchedFile, prefixes: DiffPrefixes) -> FileDiff:
    source, target = _name(read.source_file, prefixes[0]), _name(read.target_file, prefixes[1])
    path = target if target is not None else source
    if path is None:
        raise UsageError("the diff has a part that names no file")
    for name in (path, source or path):
        try:
            check_relative(name)
        except ToolRefusedError as error:
            raise UsageError(f"the diff names {name!r}: {error}") from error
    return FileDiff(path, source or path, _kind(read), tuple(_hunk(hunk) for hunk in read))


def _kind(read: PatchedFile) -> FileChangeKind:
    if read.is_binary_file:
        return "binary"
    if read.is_added_file and not _only_empty(read, read.source_file):
        return "added"
    if read.is_removed_file and not _only_empty(read, read.target_file):
        return "deleted"
    return "renamed" if read.is_rename else "modified"


def _only_empty(read: PatchedFile, name: str | None) -> bool:
    """Say whether a side without lines is an empty file: git names a file that is not there so."""
    by_git = "diff --git " in str(read.patch_info or "")
    return by_git and _name(name, "") is not None


def _hunk(read: ReadHunk) -> Hunk:
    lines = tuple(
        (str(line.line_type), str(line.value).removesuffix("\n"))
        for line in read
        if line.line_type in ("+", "-", " ")
    )
    # A side without lines is told to start one line before where it would.
    old_start = read.source_start + (read.source_length == 0)
    return Hunk(int(old_start), int(read.target_start + (read.target_length == 0)), lines)


def _name(told: str | None, prefix: str) -> str | None:
    """Return a file's name as a diff tells it; None for /dev/null."""
    name = _unquoted((told or "").split("\t")[0])
    if name in ("/dev/null", ""):
        return None
    return name.removeprefix(prefix)


def _unquoted(name: str) -> str:
    """Undo git's quoting of names with special characters."""
    if len(name) < 2 or not (name.startswith('"') and name.endswith('"')):
        return name
    raw = name[1:-1].encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(_escaped, raw).decode("utf-8", "surrogateescape")


def _escaped(match: re.Match[bytes]) -> bytes:
    told = match[1]
    return bytes([int(told, 8) & 0xFF]) if len(told) == 3 else _ESCAPES.get(told, told)
