"""The hidden check: a repair counts where all tests pass, and the tests are those that were given.

What is judged is never the tree that was worked in, which may hold anything: the changed files are
put on a fresh copy of the task, and files that decide what the tests say must not be among them.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.materialise import Sources, materialise
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import Historic, Mutant
from benchmarks.repair.trees import changes_between, is_guarded


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a task is solved, and what is wrong where it is not."""

    solved: bool
    changed: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    """Tests and test settings that were changed or deleted."""
    still_failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Tests that fail and did not before."""
    ended: str = ""


async def judge(
    task: Mutant | Historic, folder: Path, sources: Sources, runner: Runner, scratch: Path
) -> Verdict:
    """Judge what was made of a task; `scratch` is a folder to work in and keeps nothing."""
    fresh = scratch / "judged"
    materialise(task, fresh, sources)
    try:
        changes = changes_between(fresh, folder)
        changed = tuple(sorted(changes))
        # New tests are welcome, and are left out of the judgement.
        guarded = tuple(path for path in changed if is_guarded(path))
        touched = tuple(path for path in guarded if (fresh / path).exists())
        if touched or not changed:
            return Verdict(solved=False, changed=changed, touched=touched, ended="not run")
        for path, data in changes.items():
            if path not in guarded:
                _put(fresh / path, data)
        return await _tested(task, fresh, sources, runner, changed)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


async def _tested(
    task: Mutant | Historic, fresh: Path, sources: Sources, runner: Runner, changed: tuple[str, ...]
) -> Verdict:
    tests = sources.manifest.tests_of(task)
    result = await runner.run(fresh, tests, options=["--tb=no"])
    hidden = set(task.failing)
    still_failing = tuple(sorted(hidden - result.passed))
    broken = tuple(sorted(result.failed - hidden))
    # A test that vanished is broken too, which only the number of passing ones tells.
    whole = result.execution.ended == "exited" and len(result.passed) >= tests.passing
    solved = whole and not still_failing and not broken
    return Verdict(
        solved=solved,
        changed=changed,
        still_failing=still_failing,
        broken=broken,
        ended=result.execution.reason,
    )


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
