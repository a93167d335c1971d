"""Real tools run a tiny project of each language in the sandbox: its failing test is seen, mended.

`make toolchains` installs what Debian has of them. C#, Kotlin and Gradle are read from recorded
output (`test_recorded_reports.py`).
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tests.tools.projects.samples import SAMPLES, Sample
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

pytestmark = pytest.mark.slow
LIMITS = ExecutionLimits(seconds=300, memory_bytes=2 << 30, written_bytes=1 << 30)


@dataclass(frozen=True)
class Opened:
    """A sample in a repository of its own, ready to be checked."""

    sample: Sample
    checks: Checks
    draft: Draft

    @property
    def mended(self) -> Draft:
        return self.draft.with_text(self.sample.source, self.sample.mended)


@pytest.fixture(params=SAMPLES)
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opened]:
    sample = SAMPLES[request.param]
    for variable, place in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")):
        monkeypatch.setenv(variable, os.environ.get(variable, str(Path.home() / place)))
    # What this machine's user has downloaded plays no part: Maven has Debian's repository.
    monkeypatch.setenv("HOME", str(tmp_path))
    lacking = [one for one in sample.programs if shutil.which(one) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} is not here: apt-get install {sample.packages}")
    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, dict(sample.files))
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    yield Opened(
        sample, Checks(find_bubblewrap(), workspace, detect(snapshot), LIMITS), Draft(snapshot)
    )
    workspace.remove()


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

    after = await checks.run(opened.mended, operation)
    assert after.succeeded >= {sample.failing, sample.passing}, after.execution.output
    assert after.passed
