"""Real tools run a tiny project of each language in the sandbox: its failing test is seen, mended.

`make toolchains` installs what Debian has of them. C#, Kotlin and Gradle are read from recorded
output (`test_recorded_reports.py`).
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tests.tools.projects.samples import LACKING, SAMPLES, Sample
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.test_file_names import is_test_file
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

pytestmark = pytest.mark.slow
LIMITS = ExecutionLimits(seconds=300, memory_bytes=2 << 30, written_bytes=1 << 30)


MODULES = Path(__file__).parents[3] / ".toolchains" / "node_modules"


@dataclass(frozen=True)
class Opened:
    """A sample in a repository of its own, ready to be checked."""

    sample: Sample
    checks: Checks
    draft: Draft

    @property
    def mended(self) -> Draft:
        return self.draft.with_text(self.sample.source, self.sample.mended)


Open = Callable[..., tuple[Checks, Draft]]


@pytest.fixture
def open_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make a repository ready to be checked, for a user who has downloaded nothing."""
    for variable, place in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", "none")):
        monkeypatch.setenv(variable, os.environ.get(variable, str(Path.home() / place)))
    # What this machine's user has downloaded plays no part: Maven has Debian's repository.
    monkeypatch.setenv("HOME", str(tmp_path))
    workspaces: list[Workspace] = []

    def opened(files: Mapping[str, str], *, modules: bool = False) -> tuple[Checks, Draft]:
        (tmp_path / "blobs").mkdir()
        repo = git_repository(tmp_path, dict(files))
        if modules:
            shutil.copytree(MODULES, repo / "node_modules", symlinks=True)
        snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
        workspaces.append(Workspace.make(tmp_path / "copy", snapshot))
        project = detect(snapshot)
        return Checks(find_bubblewrap(), workspaces[-1], project, LIMITS), Draft(snapshot)

    yield opened
    for one in workspaces:
        one.remove()


def skip_without(programs: Sequence[str], packages: str) -> None:
    lacking = [one for one in programs if shutil.which(one) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} is not here: apt-get install {packages}")


@pytest.fixture(params=SAMPLES)
def opened(request: pytest.FixtureRequest, open_: Open) -> Opened:
    sample = SAMPLES[request.param]
    skip_without(sample.programs, sample.packages)
    if sample.module and not (MODULES / sample.module).is_dir():
        pytest.skip(f"{sample.module} is not here: make toolchains")
    return Opened(sample, *open_(sample.files, modules=bool(sample.module)))


async def test_a_failing_test_is_seen_and_passes_once_the_code_is_mended(opened: Opened) -> None:
    """And it is run alone, which is how it is proved."""
    checks, sample = opened.checks, opened.sample
    operation = checks.project.named(sample.operation)
    assert operation is not None
    assert await checks.commands.can_run(operation), checks.commands.lacks(operation)

    before = await checks.run(opened.draft, operation)
    output = before.execution.output
    assert before.outcomes.get(sample.failing) == "failed", output
    assert before.outcomes.get(sample.passing) == "passed", output
    assert before.is_reliable

    alone = await checks.run(opened.draft, operation, (sample.failing,))
    assert sample.failing in alone.failed, alone.execution.output
    assert (sample.passing in alone.succeeded) is sample.by_file
    assert alone.argv != before.argv

    files = tuple(one for one in sample.files if is_test_file(one))
    of_files = await checks.run(opened.draft, operation, files)
    assert sample.failing in of_files.failed, of_files.execution.output

    after = await checks.run(opened.mended, operation)
    assert after.succeeded >= {sample.failing, sample.passing}, after.execution.output
    assert after.passed


async def test_what_else_a_project_can_have_done_is_done(opened: Opened) -> None:
    """Of linters and builders those that are here; the samples are as they should be."""
    checks = opened.checks
    others = [one for one in checks.project.operations if one.kind in ("lint", "format", "build")]
    for one in others:
        if await checks.commands.can_run(one):
            results = await checks.run(opened.mended, one)
            assert results.execution.succeeded, (one.name, results.execution.output)


SPOILED = {
    "gofmt": ("go", "cart.go", "package shop\nfunc  Total( ) { }\n"),
    "go vet": ("go", "cart.go", "package shop\n\nfunc Total() int { return 1; return 2 }\n"),
    "cargo fmt": ("rust", "src/lib.rs", "pub fn total( ) { }\n"),
    "mix format": ("elixir", "lib/cart.ex", "defmodule Cart do\n  def  total( ), do: 1\nend\n"),
    "php -l": ("php", "src/cart.php", "<?php\nfunction (\n"),
    "cmake build": ("cmake", "src/cart.c", "int total(\n"),
}


@pytest.mark.parametrize("name", SPOILED)
async def test_what_is_spoiled_is_not_let_by(open_: Open, name: str) -> None:
    which, path, text = SPOILED[name]
    sample = SAMPLES[which]
    skip_without(sample.programs, sample.packages)
    checks, draft = open_(sample.files)
    operation = checks.project.named(name)
    assert operation is not None
    if not await checks.commands.can_run(operation):
        pytest.skip(checks.commands.lacks(operation))
    results = await checks.run(draft.with_text(path, text), operation)
    assert not results.execution.succeeded
    assert not results.passed


@pytest.mark.parametrize("name", LACKING)
async def test_a_package_that_is_nowhere_is_named(open_: Open, name: str) -> None:
    lacking = LACKING[name]
    skip_without(lacking.programs, "what `make toolchains` installs")
    checks, draft = open_(lacking.files)
    operation = checks.project.named(lacking.operation)
    assert operation is not None
    results = await checks.run(draft, operation)
    assert checks.gaps == [lacking.said], results.execution.output
    assert not results.passed
