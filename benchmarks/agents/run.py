"""Give each task of a set to each side, judge what comes back, and print a table.

Usage: python -m benchmarks.agents.run TASKS --endpoint URL --model NAME --window N --wall SECONDS
       [--peer mini-swe-agent --peer-venv DIR] --out DIR

TASKS is `agents` (the tasks of benchmarks/agents/tasks), `repair` (those of benchmarks/repair) or a
file with one task a line (`sets.Line`). Results go to `results.jsonl` in `--out`, one line a task
and side; started again with the same folder it goes on where it was. An endpoint's key is taken
from ROOFTREE_MODEL_API_KEY, for both sides. Exit codes: 0 it ran, 2 it could not.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.agents.judging import Verdict
from benchmarks.agents.peer import MiniSweAgent
from benchmarks.agents.results import AgentResult, table
from benchmarks.agents.sets import BenchTask, TaskSet, task_set
from benchmarks.agents.sides import Attempt, Means, Side, opened_rooftree
from benchmarks.repair.programs import measured, say
from benchmarks.repair.results import line_of, read_lines, write_results
from benchmarks.repair.tasks import SETS, RepairError
from rooftree.config import load_config
from tools.sandbox.executor_choice import choose
from tools.sandbox.process.execution import Executor

PEER = "mini-swe-agent"


def main(arguments: Sequence[str] | None = None) -> int:
    return measured(measure(parse_arguments(arguments)), table)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.agents.run", description=__doc__)
    parser.add_argument("tasks", help="agents, repair, or a file with one task a line")
    parser.add_argument("--endpoint", required=True, help="base URL, ending in /v1")
    parser.add_argument("--model", required=True, help="a model's id")
    parser.add_argument("--window", type=int, required=True, help="tokens that the model holds")
    parser.add_argument("--wall", type=float, required=True, help="seconds a task and side")
    parser.add_argument("--peer", choices=(PEER,), help="also try this one")
    parser.add_argument("--peer-venv", type=Path, help="the virtual environment that it is in")
    parser.add_argument("--out", type=Path, required=True, help="a folder for results and state")
    parser.add_argument("--only", nargs="*", help="only these tasks")
    parser.add_argument("--limit", type=int, help="only the first N tasks")
    parser.add_argument("--set", choices=SETS, default="tune", help="of the repairs")
    return parser.parse_args(arguments)


async def measure(options: argparse.Namespace) -> list[AgentResult]:
    """Make all attempts that are not in the file yet, and return all results."""
    means = Means(options.endpoint, options.model, options.window, options.wall)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "results.jsonl"
    results = read_lines(file, AgentResult)
    check_alike(results, means)
    write_results(file, results)
    executor = await choose(load_config().config.sandbox)
    given = await task_set(options.tasks, options.set, executor)
    done = {(one.task, one.side) for one in results}
    async with opened_sides(options, means, given, executor) as sides:
        for task in chosen(given.tasks, options.only, options.limit):
            for side in sides:
                if (task.id, side.name) in done:
                    continue
                result = await attempted(task, side, means, options)
                results.append(result)
                with file.open("a", encoding="utf-8") as handle:
                    handle.write(line_of(result))
                say(f"[{len(results)}] {task.id} {side.name}: {in_words(result)}")
    return results


def check_alike(results: Sequence[AgentResult], means: Means) -> None:
    """Refuse to go on with another model, window or time: one table compares like with like."""
    wanted = (means.model, means.window, means.wall_seconds)
    for one in results:
        if (one.model, one.window, one.wall) != wanted:
            raise RepairError(
                f"the results in --out were made with {one.model!r}, a window of {one.window} and "
                f"{one.wall:g} s; name another folder"
            )


@asynccontextmanager
async def opened_sides(
    options: argparse.Namespace, means: Means, given: TaskSet, executor: Executor
) -> AsyncIterator[list[Side]]:
    """Yield rooftree, and the peer where one is wanted."""
    async with opened_rooftree(means, options.out / "state", given.environment) as rooftree:
        sides: list[Side] = [rooftree]
        if options.peer:
            sides.append(MiniSweAgent(peer_python(options.peer_venv), means, executor))
        yield sides


def peer_python(venv: Path | None) -> Path:
    """Return the Python of the peer's environment; RepairError where there is none."""
    python = venv / "bin" / "python" if venv is not None else None
    if python is None or not python.exists():
        raise RepairError(
            f"{PEER} is not in {str(venv)!r}: python -m venv DIR && DIR/bin/pip install {PEER}, "
            "then --peer-venv DIR"
        )
    return python.absolute()


def chosen(
    tasks: Sequence[BenchTask], only: Sequence[str] | None, limit: int | None
) -> list[BenchTask]:
    """Return the tasks that are wanted; RepairError where one of them is not in the set."""
    unknown = set(only or ()) - {one.id for one in tasks}
    if unknown:
        raise RepairError(f"there is no task {min(unknown)!r} in this set")
    wanted = [one for one in tasks if not only or one.id in only]
    return wanted[:limit]


async def attempted(
    task: BenchTask, side: Side, means: Means, options: argparse.Namespace
) -> AgentResult:
    """Make one attempt in a fresh folder and judge it; seconds are the side's own."""
    with tempfile.TemporaryDirectory(prefix="rooftree-agents-") as name:
        scratch = Path(name)
        for part in ("asked", "side", "judge"):
            (scratch / part).mkdir()
        text = await task.text(scratch / "asked")
        folder = scratch / "work"
        await task.put(folder)
        started = time.monotonic()
        attempt = await side.solve(folder, text, task.test_command, scratch / "side")
        seconds = time.monotonic() - started
        verdict = await task.judged(folder, scratch / "judge")
    return result_of(task.id, side.name, means, (attempt, verdict, seconds), options.tasks)


def result_of(
    task: str, side: str, means: Means, tried: tuple[Attempt, Verdict, float], name: str
) -> AgentResult:
    attempt, verdict, seconds = tried
    return AgentResult(
        task=task,
        set=name,
        side=side,
        model=means.model,
        window=means.window,
        wall=means.wall_seconds,
        solved=verdict.solved,
        claims_done=attempt.claims_done,
        exit=attempt.exit,
        calls=attempt.calls,
        prompt_tokens=attempt.prompt_tokens,
        completion_tokens=attempt.completion_tokens,
        seconds=round(seconds, 1),
        changed=verdict.changed,
        why=verdict.why,
        note=attempt.note,
    )


def in_words(result: AgentResult) -> str:
    state = "solved" if result.solved else f"not solved: {result.why}"
    false = ", though it claims so" if result.false_done else ""
    return f"{state}{false}; {result.exit}, {result.calls} calls, {result.seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
