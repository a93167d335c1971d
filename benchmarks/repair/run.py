"""Give each task of a set to each side, judge what comes back, and print a table.

Usage: python -m benchmarks.repair.run --set tune --sides baseline [--limit 10] [--resume OUT]
       [--endpoint URL --model NAME]

Results go to `--out`, one line a task and side; `--resume` goes on where that file ends. Exit
codes: 0 it ran, 2 it could not.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.archives import check_cache
from benchmarks.repair.baseline import Baseline
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.judge import Verdict, judge
from benchmarks.repair.materialise import Sources, materialise
from benchmarks.repair.model import opened_model
from benchmarks.repair.programs import add_arguments, measured, say
from benchmarks.repair.results import Result, line_of, read_results, table, write_results
from benchmarks.repair.sides import Attempt, Side, opened_rooftree
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import Historic, Manifest, Mutant, RepairError, load_manifest
from benchmarks.repair.wording import task_text
from rooftree.config import load_config
from tools.sandbox.executor_choice import choose

SIDES: Mapping[str, tuple[str, ...]] = {
    "baseline": ("baseline",),
    "rooftree": ("rooftree",),
    "both": ("baseline", "rooftree"),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What every attempt needs."""

    sources: Sources
    runner: Runner
    model: str


def main(arguments: Sequence[str] | None = None) -> int:
    return measured(measure(parse_arguments(arguments)), table)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.run", description=__doc__)
    parser.add_argument("--sides", choices=SIDES, default="baseline")
    parser.add_argument("--limit", type=int, help="only N tasks, spread over the set")
    parser.add_argument("--tasks", nargs="*", help="only these")
    add_arguments(parser, Path("repair-results.jsonl"))
    parser.add_argument(
        "--seconds", type=float, default=90.0, help="rooftree's budget for model and tests, a task"
    )
    return parser.parse_args(arguments)


async def measure(options: argparse.Namespace) -> list[Result]:
    """Make all attempts that are not in the file yet, and return all results."""
    cache = check_cache(options.cache)
    manifest = load_manifest()
    check_python(manifest)
    tasks = chosen(manifest, options)
    results = read_results(options.out) if options.resume else []
    write_results(options.out, results)
    environment = await asyncio.to_thread(prepare_environment, manifest.requirements, cache)
    runner = Runner(await choose(load_config().config.sandbox), environment)
    done = {(result.task, result.side) for result in results}
    venv = environment.python.parent.parent
    async with (
        opened_model(options.endpoint, options.model) as model,
        opened_rooftree(venv, options.endpoint, options.model, options.seconds) as rooftree,
    ):
        bench = Bench(Sources(manifest, cache), runner, model.name)
        sides: Mapping[str, Side] = {"baseline": Baseline(model), "rooftree": rooftree}
        for task in tasks:
            for name in SIDES[options.sides]:
                if (task.id, name) in done:
                    continue
                result = await attempted(task, name, sides[name], bench)
                results.append(result)
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(line_of(result))
                say(f"[{len(results)}] {task.id} {name}: {in_words(result)}")
    return results


def check_python(manifest: Manifest) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version != manifest.python:
        raise RepairError(
            f"the outcomes in the manifest are those of Python {manifest.python}, and this is "
            f"{version}; start the benchmark with that one"
        )


def chosen(manifest: Manifest, options: argparse.Namespace) -> list[Mutant | Historic]:
    """Return a set's tasks; a limit takes them evenly from the whole of it."""
    tasks = list(manifest.chosen(options.set))
    if options.tasks:
        tasks = [task for task in tasks if task.id in options.tasks]
    if options.limit and options.limit < len(tasks):
        step = len(tasks) / options.limit
        tasks = [tasks[int(number * step)] for number in range(options.limit)]
    return tasks


async def attempted(task: Mutant | Historic, name: str, side: Side, bench: Bench) -> Result:
    """Make one attempt in a fresh folder and judge it; seconds are the side's own."""
    with tempfile.TemporaryDirectory(dir=bench.sources.cache) as scratch:
        folder = Path(scratch) / "work"
        text = await asked(task, bench, Path(scratch))
        await asyncio.to_thread(materialise, task, folder, bench.sources)
        started = time.monotonic()
        attempt = await side.solve(folder, text)
        seconds = time.monotonic() - started
        verdict = await judge(task, folder, bench.sources, bench.runner, Path(scratch))
    return result_of(task, (name, bench.model), attempt, verdict, seconds)


async def asked(task: Mutant | Historic, bench: Bench, scratch: Path) -> str:
    """Run the shown test in a copy of its own, and return the text of the task."""
    copy = scratch / "shown"
    await asyncio.to_thread(materialise, task, copy, bench.sources)
    tests = bench.sources.manifest.tests_of(task)
    result = await bench.runner.run(copy, tests, [task.shown])
    shutil.rmtree(copy, ignore_errors=True)
    if task.shown not in result.failed:
        raise RepairError(
            f"{task.shown!r} of {task.id} does not fail here ({result.execution.reason}); the "
            "environment is another one than the manifest was made in"
        )
    return task_text(task.shown, result.execution)


def result_of(
    task: Mutant | Historic,
    names: tuple[str, str],
    attempt: Attempt,
    verdict: Verdict,
    seconds: float,
) -> Result:
    side, model = names
    return Result(
        task=task.id,
        set=task.set,
        kind=task.kind,
        operator=task.operator,
        side=side,
        model=model,
        solved=verdict.solved,
        claims_done=attempt.claims_done,
        prompt_tokens=attempt.prompt_tokens,
        completion_tokens=attempt.completion_tokens,
        calls=attempt.calls,
        seconds=round(seconds, 1),
        changed=verdict.changed,
        touched=verdict.touched,
        still_failing=len(verdict.still_failing),
        broken=len(verdict.broken),
        note=attempt.note,
    )


def in_words(result: Result) -> str:
    state = "solved" if result.solved else "not solved"
    false = ", though it claims so" if result.false_claim else ""
    note = f" ({result.note})" if result.note else ""
    return f"{state}{false}, {result.seconds:.0f} s{note}"


if __name__ == "__main__":
    sys.exit(main())
