"""A repository as it was before its newest changes, and what those changes ask of it.

Everybody searches one checkout of one commit, without the history after it, in which the comments
that ask are blanked. Gold is files, and the lines of definitions, at that commit.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from indexing.ranking.index_view import IndexView
from indexing.store.manifest import open_manifest
from rooftree.git.commands import open_worktree, run_git
from training.retrieval import history
from training.retrieval.cases import RetrievalCase
from training.retrieval.history import MiningLimits
from training.retrieval.replay import ReplaySettings, mine_definitions, replay, view_at

CHANGES = 40
MADE = 12
"""Questions made from definitions, of each kind."""
IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.test")


@dataclass(frozen=True, slots=True)
class Question:
    """One question: right are these files, and these (path, first line, last line)."""

    source: str
    text: str
    files: tuple[str, ...]
    places: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder to search, and what is asked of it."""

    name: str
    folder: Path
    questions: tuple[Question, ...]


def make_checkout(clone: Path, cache: Path) -> Checkout:
    """Make the checkout of a clone, or find it in the cache."""
    home = cache / clone.name
    kept = home / "questions.json"
    if not kept.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        found = _made(clone, home)
        kept.write_text(json.dumps([asdict(each) for each in found]), "utf-8")
    questions = tuple(
        Question(
            item["source"],
            item["text"],
            tuple(item["files"]),
            tuple((path, first, last) for path, first, last in item["places"]),
        )
        for item in json.loads(kept.read_text("utf-8"))
    )
    return Checkout(clone.name, home / "code", questions)


def _made(clone: Path, home: Path) -> list[Question]:
    commit = open_worktree(clone).commit
    if commit is None:
        raise SystemExit(f"{clone} has no commits")
    (home / "past").mkdir()
    manifest = open_manifest(home / "past")
    try:
        setting = ReplaySettings(clone, manifest, None)
        changes = history.mine(clone, MiningLimits(CHANGES, 8_000), commit).cases
        base = changes[0].commit
        asked = [each.case for each in replay(setting, changes) if each is not None]
        made = mine_definitions(setting, base, MADE)
        view = view_at(setting, base)
        cases = [*asked, *made.plain, *made.documented]
        questions = [each for case in cases if (each := _question(case, view)) is not None]
    finally:
        manifest.close()
    code = home / "code"
    _export(clone, base, code)
    for path in made.blanked:
        file = code / path
        file.write_text(
            made.edit(path, file.read_text("utf-8", "surrogateescape")), "utf-8", "surrogateescape"
        )
    commit_all(code, "as it was")
    return questions


def _question(case: RetrievalCase, view: IndexView) -> Question | None:
    """Find a case's gold in the checkout; None where it is not there yet."""
    numbers = {path: number for number, path in enumerate(view.paths)}
    files = tuple(path for path in case.files if path in numbers)
    wanted = set(case.symbols)
    places = [
        (view.paths[number], int(view.starts[row]), int(view.ends[row]))
        for row, number in enumerate(view.document.tolist())
        if (view.paths[number], view.symbols[row]) in wanted
    ]
    return Question(case.source, case.query, files, tuple(places)) if files else None


def _export(clone: Path, commit: str, target: Path) -> None:
    archive = run_git(clone, "archive", "--format=tar", commit)
    target.mkdir()
    subprocess.run(["tar", "-x", "-C", target], input=archive.output, check=True)


def commit_all(folder: Path, message: str) -> None:
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def git(folder: Path, *arguments: str) -> None:
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *IDENTITY, "-C", folder, *arguments], env=environ, check=True)


def code_files(folder: Path) -> Iterable[tuple[str, str]]:
    """Yield (path, text) of the text files that git does not ignore."""
    wanted = ("--cached", "--others", "--exclude-standard")
    listing = run_git(folder, "ls-files", "-z", *wanted).output.decode("utf-8", "surrogateescape")
    for path in listing.split("\0"):
        file = folder / path
        if path and file.is_file() and not file.is_symlink() and file.stat().st_size < 1_048_576:
            data = file.read_bytes()
            if b"\0" not in data:
                yield path, data.decode("utf-8", "replace")
