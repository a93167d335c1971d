"""Make the manifest's historic tasks: fixes that projects made, with the tests they made for them.

Usage: python -m benchmarks.mining.repair_fixes [--repositories OWNER/NAME ...] [--out OUT]

A fix is fit where it changes at most 15 lines of one function of one file, and where its tests,
put on its parent, fail in one to six places that pass with it, and nowhere else. The tuning set
ends where the reported one begins (`SPLIT`), and their repositories are different ones.
"""

import argparse
import ast
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchmarks.repair.archives import check_cache, default_cache
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.materialise import git, mirror_of, put_tree
from benchmarks.repair.mutations import functions_of
from benchmarks.repair.programs import mined
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import (
    MANIFEST,
    Entry,
    Historic,
    RepairError,
    TestRun,
    load_manifest,
    write_manifest,
)
from benchmarks.repair.trees import is_test
from benchmarks.repair.wording import shown_output
from rooftree.config import SandboxSection
from tools.sandbox.executor_choice import choose

REPOSITORIES = Path(__file__).with_name("repair_repositories.toml")
SPLIT = "2023-01-01"
MAX_LINES = 15
MAX_FAILING = 6
MAX_FAILING_ANYWAY = 20
MAX_TASKS = 3
MAX_COMMITS = 60
"""Commits of one repository that are tried, newest first."""
SECONDS = 300.0
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", re.MULTILINE)


class Repository(Entry):
    """A repository to look at."""

    set: Literal["tune", "report"]
    name: str
    paths: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class Repositories(Entry):
    """The whole of `repair_repositories.toml`."""

    repositories: tuple[Repository, ...] = Field(alias="repository")


@dataclass(frozen=True, slots=True)
class Fix:
    """A commit that may be a task."""

    commit: str
    parent: str
    date: str
    file: str
    function: str
    test_files: tuple[str, ...]
    added: tuple[str, ...]
    """The lines of the fix itself, which what is shown may not hold."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.mining.repair_fixes", description=__doc__)
    parser.add_argument("--repositories", nargs="*", help="only these")
    parser.add_argument("--out", type=Path, default=MANIFEST)
    parser.add_argument("--cache", type=Path, default=default_cache())
    return mined(mine(parser.parse_args(arguments)))


async def mine(options: argparse.Namespace) -> None:
    cache = check_cache(options.cache)
    listed = Repositories.model_validate(tomllib.loads(REPOSITORIES.read_text("utf-8")))
    manifest = load_manifest(options.out)
    environment = prepare_environment(manifest.requirements, cache)
    runner = Runner(await choose(SandboxSection()), environment)
    known = {task.repository for task in manifest.history}
    for repository in listed.repositories:
        chosen = repository.name in (options.repositories or [repository.name])
        if repository.name in known or not chosen:
            continue
        found = [task async for task in tasks_of(repository, cache, runner)]
        manifest = manifest.model_copy(update={"history": (*manifest.history, *found)})
        write_manifest(manifest, options.out)
        print(f"{repository.name}: {len(found)} tasks", file=sys.stderr, flush=True)


async def tasks_of(repository: Repository, cache: Path, runner: Runner) -> AsyncIterator[Historic]:
    """Try the newest fixes that look fit until there are enough or the time is over."""
    mirror = mirror_of(repository.name, cache)
    deadline = time.monotonic() + SECONDS
    count = 0
    for number, fix in enumerate(fixes_of(mirror, repository)):
        if count == MAX_TASKS or number == MAX_COMMITS or time.monotonic() > deadline:
            return
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            task = await tried(fix, repository, mirror, Path(scratch), runner)
        if task is not None:
            count += 1
            yield task


def fixes_of(mirror: Path, repository: Repository) -> Iterator[Fix]:
    """Yield the commits of a set's time that change one function and tests."""
    tune = repository.set == "tune"
    when = f"--before={SPLIT}" if tune else f"--since={SPLIT}"
    form = "--format=commit %H %P %cs"
    said = git("--git-dir", str(mirror), "log", "--no-merges", "--numstat", form, when, "HEAD")
    for block in said.decode("utf-8", "replace").split("commit ")[1:]:
        head, *rows = [line for line in block.splitlines() if line.strip()]
        commit, parent, date = head.split() if len(head.split()) == 3 else ("", "", "")
        fix = read_fix(mirror, (commit, parent, date), rows) if commit else None
        if fix is not None:
            yield fix


def read_fix(mirror: Path, head: tuple[str, str, str], rows: Sequence[str]) -> Fix | None:
    """Return a commit as a fix, where its list of changed files looks like one."""
    commit, parent, date = head
    changed = {path: counts for *counts, path in (row.split("\t") for row in rows)}
    code = [path for path in changed if path.endswith(".py")]
    sources = [path for path in code if not is_test(path)]
    tests = tuple(path for path in changed if is_test(path) and "=>" not in path)
    if len(sources) != 1 or not any(path in code for path in tests):
        return None
    added, deleted = changed[sources[0]]
    if not (added.isdigit() and 0 < int(added) + int(deleted) <= MAX_LINES):
        return None
    try:
        function = changed_function(mirror, commit, parent, sources[0])
        exists = [path for path in tests if _blob(mirror, commit, path) is not None]
    except (RepairError, SyntaxError, UnicodeDecodeError):
        return None
    if function is None:
        return None
    name, lines = function
    return Fix(commit, parent, date, sources[0], name, tuple(exists), lines)


def changed_function(
    mirror: Path, commit: str, parent: str, path: str
) -> tuple[str, tuple[str, ...]] | None:
    """Return the one function that a commit changes in a file, and the lines it adds there."""
    where = ("--git-dir", str(mirror))
    difference = git(*where, "diff", "-U0", parent, commit, "--", path).decode("utf-8")
    tree = ast.parse(git(*where, "cat-file", "blob", f"{parent}:{path}"))
    spans = {name: (node.lineno, node.end_lineno or 0) for name, node in functions_of(tree)}
    names = set()
    for start, count in _HUNK.findall(difference):
        first, last = int(start), int(start) + max(int(count or 1), 1) - 1
        inside = [name for name, (top, end) in spans.items() if top <= first and last <= end]
        names.add(inside[0] if inside else "")
    added = [line[1:].strip() for line in difference.splitlines() if re.match(r"\+(?!\+\+ )", line)]
    name = names.pop() if len(names) == 1 else ""
    return (name, tuple(line for line in added if len(line) > 12)) if name else None


async def tried(
    fix: Fix, repository: Repository, mirror: Path, scratch: Path, runner: Runner
) -> Historic | None:
    """Return a fix as a task where its tests tell it from its parent in this environment."""
    right = scratch / "right"
    put_tree(mirror, fix.commit, right)
    tests = TestRun(
        paths=tuple(path for path in repository.paths if (right / path).exists()),
        import_path="src" if (right / "src").is_dir() else "",
        ignore=repository.ignore,
        passing=0,
    )
    new = [path for path in fix.test_files if path.endswith(".py")]
    near = tests.model_copy(update={"paths": tuple(new)})
    good = await runner.run(right, near, options=["--tb=no"])
    wrong = scratch / "wrong"
    shutil.copytree(right, wrong, symlinks=True)
    before = _blob(mirror, fix.parent, fix.file)
    if before is None or not good.passed:
        return None
    (wrong / fix.file).write_bytes(before)
    bad = await runner.run(wrong, near, options=["--tb=no"])
    if not 1 <= len(bad.failed & good.passed) <= MAX_FAILING:
        return None
    return await confirmed(fix, repository, (right, wrong), tests, runner)


async def confirmed(
    fix: Fix, repository: Repository, trees: tuple[Path, Path], tests: TestRun, runner: Runner
) -> Historic | None:
    """Run all tests on both trees, twice on the correct one."""
    right, wrong = trees
    good = await runner.run(right, tests, options=["--tb=no"])
    again = await runner.run(right, tests, options=["--tb=no"])
    anyway = good.failed | (good.passed ^ again.passed)
    if not good.passed or len(anyway) > MAX_FAILING_ANYWAY:
        return None
    passing = good.passed - anyway
    update = {"passing": len(passing), "deselect": tuple(sorted(anyway))}
    tests = tests.model_copy(update=update)
    bad = await runner.run(wrong, tests, options=["--tb=no"])
    failing = sorted(bad.failed, key=lambda test: (len(test), test))
    fit = 1 <= len(failing) <= MAX_FAILING and bad.failed <= passing
    if not fit or len(bad.passed) + len(failing) != len(passing):
        return None
    shown = await runner.run(wrong, tests, failing[:1])
    output = shown_output(shown.execution)
    if shown.failed != {failing[0]} or any(line in output for line in fix.added):
        return None
    return Historic(
        id=f"{repository.name.replace('/', '-')}-{fix.commit[:8]}",
        set=repository.set,
        file=fix.file,
        function=fix.function,
        operator="history",
        shown=failing[0],
        failing=tuple(failing),
        repository=repository.name,
        fix=fix.commit,
        parent=fix.parent,
        date=fix.date,
        test_files=fix.test_files,
        tests=tests,
    )


def _blob(mirror: Path, commit: str, path: str) -> bytes | None:
    try:
        return git("--git-dir", str(mirror), "cat-file", "blob", f"{commit}:{path}")
    except RepairError:
        return None


if __name__ == "__main__":
    sys.exit(main())
