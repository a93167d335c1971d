"""Check the tasks: each fault shows as the manifest says, and the right code is judged so.

Usage: python -m benchmarks.repair.check [--set tune] [--tasks ID ...]

Asks no model. Exit codes: 0 every task is sound, 1 one is not, 2 it could not be checked.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.repair.archives import check_cache, default_cache
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.judge import judge
from benchmarks.repair.materialise import Sources, git, materialise, mirror_of
from benchmarks.repair.mutations import applied
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import SETS, Historic, Mutant, RepairError, load_manifest
from rooftree.config import load_config
from rooftree.errors import RooftreeError
from tools.sandbox.executor_choice import choose


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.check", description=__doc__)
    parser.add_argument("--set", choices=SETS, help="only this set")
    parser.add_argument("--tasks", nargs="*", help="only these")
    parser.add_argument("--cache", type=Path, default=default_cache())
    try:
        faults = asyncio.run(check_all(parser.parse_args(arguments)))
    except (RepairError, RooftreeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return int(faults > 0)


async def check_all(options: argparse.Namespace) -> int:
    """Say what is wrong with each task, and return with how many something is."""
    manifest = load_manifest()
    cache = check_cache(options.cache)
    sources = Sources(manifest, cache)
    environment = prepare_environment(manifest.requirements, cache)
    runner = Runner(await choose(load_config().config.sandbox), environment)
    faults = 0
    tasks: tuple[Mutant | Historic, ...] = (*manifest.mutants, *manifest.history)
    for task in tasks:
        if options.set not in (None, task.set) or task.id not in (options.tasks or [task.id]):
            continue
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            fault = await fault_of(task, sources, runner, Path(scratch))
        faults += bool(fault)
        print(f"{task.id}: {fault or 'sound'}", flush=True)
    return faults


async def fault_of(task: Mutant | Historic, sources: Sources, runner: Runner, scratch: Path) -> str:
    """Return what is wrong with a task, or nothing."""
    folder = scratch / "work"
    materialise(task, folder, sources)
    tests = sources.manifest.tests_of(task)
    result = await runner.run(folder, tests, options=["--tb=no"])
    if result.failed != set(task.failing):
        return f"{sorted(result.failed ^ set(task.failing))[:3]} do not fail as they should"
    put_right(task, folder, sources)
    verdict = await judge(task, folder, sources, runner, scratch)
    return "" if verdict.solved else f"the right code is judged wrong: {verdict}"


def put_right(task: Mutant | Historic, folder: Path, sources: Sources) -> None:
    """Repair a task as its manifest knows how to."""
    file = folder / task.file
    if isinstance(task, Historic):
        mirror = mirror_of(task.repository, sources.cache)
        file.write_bytes(
            git("--git-dir", str(mirror), "cat-file", "blob", f"{task.fix}:{task.file}")
        )
        return
    text = file.read_bytes().decode("utf-8")
    if task.new:
        right = applied(text, task.line, task.new, task.old)
    else:
        lines = text.split("\n")
        lines[task.line - 1 : task.line - 1] = task.old.split("\n")
        right = "\n".join(lines)
    file.write_bytes(right.encode("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
