"""A project's history in a bare mirror: its commits, its files, and how two commits differ."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.materialise import git, mirror_of
from benchmarks.repair.tasks import RepairError
from benchmarks.repair.trees import is_test
from benchmarks.review.diffs import Hunk, hunks_of

FORM = "--format=%x01%H%x00%P%x00%cs%x00%s%x00%b%x02"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit with one parent."""

    sha: str
    parent: str
    date: str
    subject: str
    body: str
    changed: Mapping[str, int]
    """How many lines it adds and deletes, by path; 0 for what is not text."""

    @property
    def lines(self) -> int:
        return sum(self.changed.values())

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(path for path in self.changed if is_source(path))


@dataclass(frozen=True, slots=True)
class History:
    """A mirror and how it is read."""

    repository: str
    mirror: Path

    def git(self, *arguments: str) -> str:
        return git("--git-dir", str(self.mirror), *arguments).decode("utf-8", "replace")

    def blob(self, commit: str, path: str) -> bytes | None:
        """Return a file's content; None where there is no such file."""
        try:
            return git("--git-dir", str(self.mirror), "cat-file", "blob", f"{commit}:{path}")
        except RepairError:
            return None

    def text(self, commit: str, path: str) -> str | None:
        """Return a file's text; None where it is missing or not UTF-8."""
        data = self.blob(commit, path)
        try:
            return None if data is None else data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def hunks(self, base: str, head: str, paths: Sequence[str] = ()) -> tuple[Hunk, ...]:
        """Return what differs between two trees, without context."""
        options = ("-U0", "--no-renames", "--no-color", "--no-ext-diff")
        return hunks_of(self.git("diff", *options, base, head, "--", *paths))

    def commits(self, *arguments: str) -> Iterator[Commit]:
        """Yield the commits that `git log` lists with these arguments, without merges and roots."""
        said = self.git("log", "--no-merges", "--no-renames", "--numstat", FORM, *arguments)
        for block in said.split("\x01")[1:]:
            head, _, numbers = block.partition("\x02")
            sha, parents, date, subject, body = head.split("\0")
            if len(parents.split()) == 1:
                yield Commit(sha, parents, date, subject, body, _changed(numbers))

    def commit(self, sha: str) -> Commit | None:
        return next(self.commits("-1", sha), None)

    def last_date(self) -> str:
        return self.git("log", "-1", "--format=%cs", "HEAD").strip()


def opened_history(repository: str, cache: Path) -> History:
    """Return a repository's history, fetched only where the cache lacks it."""
    return History(repository, mirror_of(repository, cache))


def is_source(path: str) -> bool:
    """Say whether a path is Python code of the project itself."""
    *folders, name = path.split("/")
    aside = {"docs", "doc", "examples", "example", "benchmarks", "scripts", "tools", "artwork"}
    apart = name in {"setup.py", "conf.py", "noxfile.py", "tasks.py"} or "_vendor" in folders
    return path.endswith(".py") and not is_test(path) and not aside & set(folders) and not apart


def without_fix(history: History, tree: str, fix: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return files of a tree with a fix reverted in them; RepairError where it does not fit."""
    options = ("-U3", "--no-renames", "--no-color", "--no-ext-diff", "--full-index")
    arguments = ("diff", *options, f"{fix}^", fix, "--", *paths)
    patch = git("--git-dir", str(history.mirror), *arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for path in paths:
            data = history.blob(tree, path)
            if data is None:
                raise RepairError(f"{path} is not in {tree[:10]} any more")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        (folder / ".patch").write_bytes(patch)
        git("-C", scratch, "apply", "-R", "--whitespace=nowarn", ".patch")
        return {path: (folder / path).read_bytes() for path in paths}


def _changed(numbers: str) -> dict[str, int]:
    rows = [line.split("\t") for line in numbers.splitlines() if line.count("\t") == 2]
    return {
        path: int(added) + int(deleted) if added.isdigit() else 0 for added, deleted, path in rows
    }
