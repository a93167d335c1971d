"""What prepares a command is run before it, in the same copy, and what fails first is the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

TAP = "echo 'TAP version 13'; cat made"


@pytest.fixture
def checks(tmp_path: Path) -> Iterator[Checks]:
    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, {"a.txt": "x\n"})
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    yield Checks(find_bubblewrap(), workspace, detect(snapshot), ExecutionLimits(seconds=30))
    workspace.remove()


def operation(*before: str) -> ProjectOperation:
    ready = tuple(("sh", "-c", one) for one in before)
    return ProjectOperation("x", "test", ("sh", "-c", TAP), before=ready)


async def test_commands_are_run_in_the_same_copy(checks: Checks) -> None:
    draft = Draft(checks.workspace.snapshot)
    made = operation("echo 'ok 1 - first' > made", "echo 'not ok 2 - second' >> made")
    results = await checks.run(draft, made)
    assert dict(results.outcomes) == {"first": "passed", "second": "failed"}
    assert not (checks.workspace.root / "made").exists(), "the copy is put back"


async def test_what_fails_first_is_the_end(checks: Checks) -> None:
    draft = Draft(checks.workspace.snapshot)
    results = await checks.run(draft, operation("echo no compiler; exit 3", "echo 'ok 1' > made"))
    assert (results.execution.exit_code, results.execution.output) == (3, "no compiler\n")
    assert not results.ran


async def test_a_command_that_lists_faults_has_failed(checks: Checks) -> None:
    draft = Draft(checks.workspace.snapshot)
    for says, code in (("echo bad.go", 1), ("true", 0)):
        quiet = ProjectOperation("gofmt", "format", ("sh", "-c", says), is_quiet=True)
        results = await checks.run(draft, quiet)
        assert results.execution.exit_code == code
