"""The sets of tasks: ours, the repairs of `benchmarks/repair`, and files of lines of JSON.

A line of such a file is one task, as SWE-bench has them: a repository on this machine, a commit,
what is asked, the command that runs its tests, and the tests that have to pass.
"""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import Field, ValidationError

from benchmarks.agents.judging import Standard, Verdict, judge
from benchmarks.agents.tasks import ALL
from benchmarks.agents.tasks.task import MODULES, AgentTask
from benchmarks.repair.archives import check_cache, default_cache
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.judge import judge as judge_repair
from benchmarks.repair.materialise import Sources, git, materialise
from benchmarks.repair.programs import say
from benchmarks.repair.run import Bench, asked
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import Entry, Historic, Mutant, RepairError, load_manifest
from tools.sandbox.process.execution import Executor

REPAIR, OWN = "repair", "agents"


class BenchTask(Protocol):
    """One task of any set."""

    @property
    def id(self) -> str: ...

    @property
    def test_command(self) -> tuple[str, ...]: ...

    async def text(self, scratch: Path) -> str:
        """Return what is asked."""
        ...

    async def put(self, folder: Path) -> None:
        """Make `folder`, which must not exist yet, the repository of the task."""
        ...

    async def judged(self, worked: Path, scratch: Path) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A task of ours."""

    task: AgentTask
    executor: Executor
    test_command: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.task.id

    async def text(self, scratch: Path) -> str:  # noqa: ARG002 - others need one
        return self.task.text

    async def put(self, folder: Path) -> None:
        await asyncio.to_thread(self._put, folder)

    async def judged(self, worked: Path, scratch: Path) -> Verdict:
        fresh = scratch / "given"
        await self.put(fresh)
        standard = Standard(self.task.must_pass, self.task.hidden)
        return await judge(fresh, worked, standard, self.executor, scratch)

    def _put(self, folder: Path) -> None:
        for name, text in self.task.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        git("init", "--quiet", "--template=", "--initial-branch=main", str(folder))
        git("-C", str(folder), "add", "--all")
        git("-C", str(folder), "commit", "--quiet", "--message", "Import the source")
        if self.task.module:
            shutil.copytree(MODULES, folder / "node_modules", symlinks=True)


class Line(Entry):
    """A task as a file of lines holds it."""

    id: str
    repository: Path
    commit: str
    text: str
    test_command: tuple[str, ...] = ()
    must_pass: tuple[str, ...] = ()
    hidden: Mapping[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task of a file."""

    line: Line
    executor: Executor

    @property
    def id(self) -> str:
        return self.line.id

    @property
    def test_command(self) -> tuple[str, ...]:
        return self.line.test_command

    async def text(self, scratch: Path) -> str:  # noqa: ARG002 - others need one
        return self.line.text

    async def put(self, folder: Path) -> None:
        await asyncio.to_thread(self._put, folder)

    async def judged(self, worked: Path, scratch: Path) -> Verdict:
        fresh, line = scratch / "given", self.line
        await self.put(fresh)
        standard = Standard(line.must_pass, line.hidden, line.test_command)
        return await judge(fresh, worked, standard, self.executor, scratch)

    def _put(self, folder: Path) -> None:
        """Take the files of one commit, and nothing of the history that came after it."""
        repository, commit = str(self.line.repository.resolve()), self.line.commit
        git("init", "--quiet", "--template=", "--initial-branch=main", str(folder))
        git("-C", str(folder), "fetch", "--quiet", "--depth=1", f"file://{repository}", commit)
        git("-C", str(folder), "checkout", "--quiet", "-B", "main", "FETCH_HEAD")


@dataclass(frozen=True, slots=True)
class RepairTask:
    """A task of `benchmarks/repair`, judged as it is there."""

    task: Mutant | Historic
    bench: Bench
    test_command: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.task.id

    async def text(self, scratch: Path) -> str:
        return await asked(self.task, self.bench, scratch)

    async def put(self, folder: Path) -> None:
        await asyncio.to_thread(materialise, self.task, folder, self.bench.sources)

    async def judged(self, worked: Path, scratch: Path) -> Verdict:
        bench = self.bench
        verdict = await judge_repair(self.task, worked, bench.sources, bench.runner, scratch)
        wrong = (*verdict.touched, *verdict.still_failing, *verdict.broken)
        why = "" if verdict.solved else f"{verdict.ended}: {', '.join(wrong[:3])}"
        return Verdict(verdict.solved, verdict.changed, why)


@dataclass(frozen=True, slots=True)
class TaskSet:
    """The tasks of a run."""

    tasks: Sequence[BenchTask]
    environment: Path | None = None
    """The virtual environment that Python's tests run in; None where the machine's own do."""


async def task_set(name: str, repair_set: str, executor: Executor) -> TaskSet:
    """Return a set by its name, or the tasks of a file."""
    if name == OWN:
        for one in ALL:
            if one.lacks:
                say(f"{one.id} is left out: {one.lacks}")
        return TaskSet([OwnTask(one, executor) for one in ALL if not one.lacks])
    if name == REPAIR:
        return await asyncio.to_thread(_repairs, repair_set, executor)
    return TaskSet([ListedTask(line, executor) for line in read_lines(Path(name))])


def read_lines(path: Path) -> list[Line]:
    """Read a file of tasks; RepairError names the line that is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise RepairError(
            f"{str(path)!r} cannot be read ({error.strerror}); name {OWN}, {REPAIR} or a file"
        ) from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Line.model_validate_json(line))
        except ValidationError as error:
            raise RepairError(f"{path}:{number} is no task: {error}") from error
    return found


def _repairs(name: str, executor: Executor) -> TaskSet:
    cache = check_cache(default_cache())
    manifest = load_manifest()
    environment = prepare_environment(manifest.requirements, cache)
    bench = Bench(Sources(manifest, cache), Runner(executor, environment), "")
    tasks = [RepairTask(one, bench) for one in manifest.chosen(name)]
    return TaskSet(tasks, environment.python.parent.parent)
