"""The draft that an agent's tools read and change, and what they have to remember of it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from indexing.secrets.redact import redact
from rooftree.confined_files import check_relative
from rooftree.errors import ToolRetryError
from rooftree.text.unknown_names import near_names
from tools.drafts.draft import Draft
from tools.sandbox.process.execution import WORKSPACE

MAX_NEAR = 3
MAX_KEPT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """How much one call of a tool tells a model."""

    characters: int = 16_000
    lines: int = 400
    line_characters: int = 500
    hits: int = 40


@dataclass(frozen=True, slots=True)
class LintFinding:
    """What a linter says of a file of the draft, and did not say of it before."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(slots=True)
class WorkingDraft:
    """One agent's draft; `draft` is the value that anybody else is given."""

    draft: Draft
    limits: ToolLimits = field(default_factory=ToolLimits)
    edits: int = 0
    edits_since_run: int = 0
    """Edits that no run of tests has seen."""
    unparsed: dict[str, str] = field(default_factory=dict)
    """Files that were stored although they do not parse, and where."""
    syntax_refused: set[str] = field(default_factory=set)
    """Files of which the last edit was refused because it did not parse."""
    refusals: Counter[str] = field(default_factory=Counter)
    """How often edits of a file were refused one after another."""
    lint: dict[str, tuple[LintFinding, ...]] = field(default_factory=dict)
    """What linters newly find in a file, as it was when they looked; the worst first."""
    moved_from: dict[str, str] = field(default_factory=dict)
    """What files were called before they were moved."""
    task: str = ""
    """The whole task, where the prompt has only its beginning."""
    logs: list[str] = field(default_factory=list)
    """The whole output of each run, redacted; `log:1` is the first."""
    _seen: dict[str, str] = field(default_factory=dict)
    _read: dict[str, bytes] = field(default_factory=dict)
    _read_bytes: int = 0

    def paths(self) -> list[str]:
        """Return the names of all files, as they are with the draft."""
        changes = self.draft.changes
        there = (name for name in self.draft.snapshot.files if changes.get(name, b"") is not None)
        return sorted({*there, *(name for name, data in changes.items() if data is not None)})

    def exists(self, path: str) -> bool:
        if path in self.draft.changes:
            return self.draft.changes[path] is not None
        return path in self.draft.snapshot.files

    def content(self, path: str) -> bytes:
        """Return what a file holds; files are kept in memory, since each search looks at all."""
        if path in self.draft.changes:
            return self.draft.changes[path] or b""
        if path not in self._read:
            data = self.draft.snapshot.content(path) or b""
            if self._read_bytes + len(data) > MAX_KEPT_BYTES:
                return data
            self._read[path] = data
            self._read_bytes += len(data)
        return self._read[path]

    def shown_lines(self, path: str) -> list[str]:
        """Return a file's lines as a model may see them; ToolRetryError names files like it."""
        if not self.exists(path):
            raise self.missing(path)
        return redact(self.draft.text(path).replace("\r\n", "\n")).split("\n")

    def missing(self, path: str) -> ToolRetryError:
        """Return the error for a path that is no file: it names those that may be meant."""
        left_out = self.draft.snapshot.left_out
        reason = left_out.get(path) or left_out.get(f"{path}/")
        if reason is not None:
            return ToolRetryError(f"{path!r} was left out ({reason}); go on without it")
        near = self.near(path)
        told = f"; did you mean {' or '.join(map(repr, near))}?" if near else "; use `find` for it"
        return ToolRetryError(f"there is no file {path!r}{told}")

    def near(self, path: str) -> list[str]:
        names, last = self.paths(), path.rpartition("/")[2]
        same = [name for name in names if name.rpartition("/")[2] == last]
        if same:
            return near_names(path, same)[:MAX_NEAR] or same[:MAX_NEAR]
        by_name = {name.rpartition("/")[2]: name for name in names}
        return [by_name[one] for one in near_names(last, by_name)][:MAX_NEAR]

    def folders(self) -> set[str]:
        return {
            name[:at] for name in self.paths() for at, letter in enumerate(name) if letter == "/"
        }

    def note_seen(self, path: str) -> None:
        """Remember that the model has seen a file as it is now."""
        self._seen[path] = self._digest(path)

    def is_seen(self, path: str) -> bool:
        """Say whether the model has read a file, or has itself made it what it is."""
        return self._seen.get(path) == self._digest(path)

    def seen_paths(self) -> list[str]:
        """Return the files of which the model has read lines, as they are now."""
        return [path for path in self._seen if self.is_seen(path)]

    def take(self, draft: Draft, path: str) -> None:
        """Take an edit of a file."""
        self.draft = draft
        self.edits += 1
        self.edits_since_run += 1
        self.refusals.pop(path, None)
        self.note_seen(path)

    def changed_since(self, base: Draft) -> Iterator[str]:
        """Yield the files that hold something else than in an earlier draft."""
        names = {*self.draft.changes, *base.changes}
        yield from sorted(one for one in names if self.draft.content(one) != base.content(one))

    def _digest(self, path: str) -> str:
        return hashlib.sha256(self.draft.content(path) or b"").hexdigest()


def relative_path(path: str) -> str:
    """Return a path as the repository has it; what a sandbox shows of it begins elsewhere."""
    bare = path.strip()
    if bare == WORKSPACE or bare.startswith(f"{WORKSPACE}/"):
        bare = bare.removeprefix(WORKSPACE)
        bare = bare.lstrip("/")
    while bare.startswith("./"):
        bare = bare[2:]
    bare = bare.rstrip("/")
    if bare in ("", "."):
        return ""
    check_relative(bare)
    return bare


def clipped(line: str, length: int) -> str:
    """Return a line that is not too long, saying how long it was."""
    return line if len(line) <= length else f"{line[:length]}… ({len(line)} characters)"


def counted(names: Mapping[str, int], most: int) -> str:
    """Return names with their counts, the largest first."""
    largest = sorted(names.items(), key=lambda one: (-one[1], one[0]))[:most]
    return ", ".join(f"{name} ({count})" for name, count in largest)
