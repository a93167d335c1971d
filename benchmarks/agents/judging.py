"""The judge: tests of ours, run on a fresh copy of a task with a side's changed files on top.

What a side claims is never asked, and the tree that it worked in is never run: that may hold
anything. Files that decide what tests say are as the task has them, whatever a side made of them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.errors import SandboxUnavailableError
from rooftree.git.commands import open_worktree
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.configuration.choice import ProjectSettings, choose_project
from tools.projects.results.reports import SuiteResults
from tools.projects.test_settings import changed_test_settings
from tools.sandbox.process.execution import MIB, ExecutionLimits, Executor

LIMITS = ExecutionLimits(seconds=600.0, memory_bytes=2048 * MIB, written_bytes=1024 * MIB)


@dataclass(frozen=True, slots=True)
class Standard:
    """By what a task is judged."""

    must_pass: tuple[str, ...] = ()
    """Ids of tests; empty where the whole run has to pass."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """Tests that are put beside the others."""
    test_command: tuple[str, ...] = ()
    """What runs the tests; empty where the files of the project tell."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a task is solved, and what is wrong where it is not."""

    solved: bool
    changed: tuple[str, ...] = ()
    why: str = ""


def snapshot_of(folder: Path, blobs: Path) -> Snapshot:
    """Return the files of a repository, without what git ignores."""
    blobs.mkdir(parents=True)
    return take_snapshot(open_worktree(folder), blobs)


def checks_of(workspace: Workspace, executor: Executor, test_command: tuple[str, ...]) -> Checks:
    """Return what runs the tests of a copy."""
    settings = ProjectSettings(None, test_command=test_command)
    project = choose_project(workspace.snapshot, settings, "").project
    return Checks(executor, workspace, project, LIMITS)


async def judge(
    fresh: Path, worked: Path, standard: Standard, executor: Executor, scratch: Path
) -> Verdict:
    """Judge what was made of a task; `scratch` is a folder to work in that keeps nothing."""
    before = await asyncio.to_thread(snapshot_of, fresh, scratch / "fresh")
    after = await asyncio.to_thread(snapshot_of, worked, scratch / "worked")
    changes = await asyncio.to_thread(changes_between, before, after)
    changed = tuple(sorted(changes))
    if not changes:
        return Verdict(solved=False, why="nothing was changed")
    decisive = set(changed_test_settings(changed, before.files))
    kept = {path: data for path, data in changes.items() if path not in decisive}
    hidden = {path: text.encode() for path, text in standard.hidden.items()}
    workspace = await asyncio.to_thread(Workspace.make, scratch / "judged", before)
    try:
        checks = checks_of(workspace, executor, standard.test_command)
        results = await checks.tests(Draft(before, kept | hidden))
    except SandboxUnavailableError as error:
        return Verdict(solved=False, changed=changed, why=str(error))
    finally:
        await asyncio.to_thread(workspace.remove)
    why = fault_of(results, standard.must_pass)
    return Verdict(solved=not why, changed=changed, why=why)


def fault_of(results: SuiteResults, must_pass: tuple[str, ...]) -> str:
    """Return what is wrong with a run of the tests, or nothing."""
    if not must_pass:
        return "" if results.passed else f"the tests: {results.execution.reason}"
    missing = [one for one in must_pass if one not in results.succeeded]
    if not missing:
        return ""
    said = "fails" if missing[0] in results.failed else "was not run"
    return f"{missing[0]} {said} ({len(missing)} of {len(must_pass)} do not pass)"


def changes_between(before: Snapshot, after: Snapshot) -> dict[str, bytes | None]:
    """Return what another moment holds instead; None for a file that is gone."""
    changes: dict[str, bytes | None] = dict.fromkeys(before.files.keys() - after.files.keys())
    for path in after.files:
        data = after.content(path)
        if data != before.content(path):
            changes[path] = data
    return changes
