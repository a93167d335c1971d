"""Whether a project's own tests, those nearest to a change, notice the fault in it.

Only the tests near the change are run, so that "no" means "not by these".
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.repair.materialise import git, put_tree
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import TestRun
from benchmarks.repair.trees import is_test
from benchmarks.review.histories import History
from benchmarks.review.instances import Instance
from benchmarks.review.materialise import changed_files

QUIET = ["--tb=no"]


async def killing_tests(
    instance: Instance, history: History, paths: Sequence[str], runner: Runner, scratch: Path
) -> tuple[str, ...] | None:
    """Return the tests that pass on the carrier and fail on the head; None where none pass."""
    right, wrong = scratch / "right", scratch / "wrong"
    put_tree(history.mirror, instance.carrier, right)
    put_tree(history.mirror, instance.carrier, wrong)
    for path, data in changed_files(instance, history).items():
        (wrong / path).write_bytes(data)
    run = TestRun(
        paths=near_tests(instance, history, right, paths),
        import_path="src" if (right / "src").is_dir() else "",
        passing=0,
    )
    if not run.paths:
        return None
    good = await runner.run(right, run, options=QUIET)
    bad = await runner.run(wrong, run, options=QUIET)
    if not good.passed:
        return None
    # Where the module cannot even be imported, no test has an outcome.
    lost = good.passed - bad.passed
    return tuple(sorted(lost, key=lambda test: (len(test), test)))


def near_tests(
    instance: Instance, history: History, tree: Path, paths: Sequence[str]
) -> tuple[str, ...]:
    """Return the test files that the change or the fix touches or that are named like a module."""
    touched: set[str] = set()
    stems: set[str] = set()
    for sha in (instance.carrier, instance.fix):
        commit = history.commit(sha) if sha else None
        touched |= set(commit.changed) if commit else set()
        stems |= {Path(path).stem.strip("_") for path in (commit.sources if commit else ())}
    listed = git("--git-dir", str(history.mirror), "ls-tree", "-r", "--name-only", instance.carrier)
    tests = [path for path in listed.decode().splitlines() if is_test(path)]
    near = [
        path
        for path in tests
        if path.endswith(".py")
        and path.rpartition("/")[2].startswith("test")
        and (path in touched or any(stem in Path(path).stem for stem in stems))
    ]
    whole = tuple(path for path in paths if (tree / path).exists())
    return tuple(path for path in near if (tree / path).is_file()) or whole
