"""The tool `run`: the project's tests, or a command, in the sandbox on the draft.

Tests and the exact commands of named operations run unasked once a person has approved the
operation; a fixed list of reading commands runs unasked; any other string is shown to a person, as
it is, and runs only where that person says so. The whole output of each run is kept as `log:N`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from indexing.files.decode import sendable
from indexing.secrets.redact import redact
from rooftree.errors import SandboxUnavailableError, ToolRefusedError, ToolRetryError
from rooftree.text.shortened import shortened
from tools.drafts.draft import Draft
from tools.model_tools.arguments import Arguments, Text, Texts
from tools.model_tools.running.free_commands import NamedRun, named_run, only_reads, plain_words
from tools.model_tools.running.history import GIT, read_history
from tools.model_tools.running.shell import ProjectShell, ShellRun, shell_run_json, shell_run_of
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, relative_path
from tools.once import Memo
from tools.projects.checks import Checks
from tools.projects.operations import ProjectOperation
from tools.projects.results.failures import failures_text
from tools.sandbox.process.execution import CANCELLED_CODE, Execution

MayRun = Callable[[ProjectOperation], Awaitable[bool]]
MayShell = Callable[[str], Awaitable[bool]]
"""Asks a person for one command, shown as it is."""
IsHidden = Callable[[str], bool]

MAX_SECONDS = 600
MAX_OUTPUT_LENGTH = 10_000
HEAD_SHARE = 0.3
"""The end of an output tells most."""
MAX_BACKGROUND = 2
POLL_SECONDS = 5.0
SHOWING = frozenset({"-p", "-u", "--patch", "--stat", "--oneline", "-s"})
"""Options of git that say how much is shown: how much that is here, is always the same."""
_COUNT = re.compile(r"-n?\d{1,6}")
MAX_TOUCHED = 8


class RunArguments(Arguments):
    command: Text = Field(default="", description="empty runs the project's tests")
    tests: Texts = Field(default=(), description="only these, such as tests/test_a.py::test_b")
    timeout: int = Field(default=120, ge=1, le=MAX_SECONDS, description="seconds")
    wait: bool = Field(default=True, description="false starts it and returns an id")
    id: Text = Field(default="", description="look at a command that was started before")
    stop: bool = Field(default=False, description="end that command")


def run_tool(run: Callable[[RunArguments], Awaitable[str]], kept: str) -> Tool:
    """Return the tool as it is offered; `kept` says what becomes of what is written."""
    return Tool(
        "run",
        "Run the project's tests, or a command, in a sandbox without network. Tests are best "
        f"run without `command`. {kept}",
        RunArguments,
        run,
        kind="run",
    )


@dataclass(slots=True)
class BackgroundRun:
    """A command that was started and not waited for."""

    command: str
    draft: Draft
    seconds: float
    work: asyncio.Task[ShellRun] | None = None
    ended: ShellRun | None = None


@dataclass(slots=True)
class RunTool:
    """The tool over one agent's draft, with what may be run without asking and who is asked."""

    working: WorkingDraft
    checks: Checks
    memo: Memo
    may_run: MayRun
    may_shell: MayShell
    hidden: IsHidden
    known_failing: frozenset[str] = frozenset()
    """Tests that failed before the change."""
    background: dict[str, BackgroundRun] = field(default_factory=dict, init=False)
    last_tests: str = field(default="", init=False)
    """What the last run of tests came to."""

    def tool(self) -> Tool:
        return run_tool(self.run, "Files that a command writes are not kept: edit with `edit`.")

    async def run(self, arguments: RunArguments) -> str:
        try:
            return await self._run(arguments)
        except SandboxUnavailableError as error:
            raise ToolRefusedError(str(error)) from error

    async def close(self) -> None:
        """End whatever still runs."""
        working = [one.work for one in self.background.values() if one.work is not None]
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    async def _run(self, arguments: RunArguments) -> str:
        if arguments.id:
            return await self._polled(arguments)
        if not arguments.command.strip():
            return await self._tested(await self._operation(), arguments.tests, arguments.timeout)
        words = plain_words(arguments.command)
        if words is not None:
            named = named_run(self.checks.project, words)
            if named is not None:
                return await self._named(named, arguments)
            if words[0] == "git":
                return await self._history(words)
            if only_reads(words):
                return await self._command(words, arguments, writable=False)
        await self._ask(arguments.command)
        argv = ("/bin/sh", "-c", arguments.command)
        if not arguments.wait:
            return await self._started(arguments)
        return await self._command(argv, arguments, writable=True)

    async def _operation(self) -> ProjectOperation:
        operation = await self.checks.operation()
        if operation is None:
            why = self.checks.refused or self.checks.commands.why_none(
                self.checks.project.operations
            )
            raise ToolRefusedError(f"{why}; go on without running tests")
        return operation

    async def _named(self, named: NamedRun, arguments: RunArguments) -> str:
        operation = named.operation
        usual = await self.checks.operations()
        if usual and operation.needs_python and operation.kind == "test":
            operation = usual[0]  # which of Python's runners it is, is decided in one place
        if operation not in usual and not await self.may_run(operation):
            raise ToolRefusedError(f"{operation.name} may not run here; nobody approved it")
        return await self._tested(operation, (*named.tests, *arguments.tests), arguments.timeout)

    async def _tested(
        self, operation: ProjectOperation, tests: tuple[str, ...], seconds: float
    ) -> str:
        for name in tests:
            if name.startswith("-"):
                raise ToolRetryError(f"{name!r} is not the name of a test")
            relative_path(name.partition("::")[0])
        if tests and operation.command(tests) == operation.command(()):
            raise ToolRetryError(f"{operation.name} runs all tests; leave `tests` empty")
        results = await self.checks.run(self.working.draft, operation, tests, seconds)
        log = await self._logged(results.execution.output)
        if operation.kind == "test":
            self.working.edits_since_run = 0
        told = failures_text(results, self.known_failing)
        self.last_tests = f"{operation.name}: {results.summary}\n{told}".rstrip()
        if operation.kind != "test":
            told = await asyncio.to_thread(redact, results.execution.output)
        head = f"{operation.name}: {results.summary} [{log}]"
        return shortened(f"{head}\n{told}".rstrip(), self._length, HEAD_SHARE)

    async def _history(self, words: tuple[str, ...]) -> str:
        """Answer what git tells of the history: it is read outside, by commands of our own."""
        what, *rest = words[1:] or ("",)
        if what in ("diff", "status"):
            raise ToolRetryError("use the tool `diff`: the copy in which commands run is no git's")
        if what not in GIT:
            raise ToolRetryError(
                f"git {what} does nothing here; there are git log, git show and git blame"
            )
        commit, path = self._commit_and_path(rest)
        root = self.working.draft.snapshot.root

        async def read() -> str:
            told = await asyncio.to_thread(read_history, root, what, path, commit, self.hidden)
            return redact(sendable(told))

        told = str(await self.memo.once("history", f"{what} {path} {commit}", read))
        return shortened(told, self._length, 1 - HEAD_SHARE)

    def _commit_and_path(self, words: Sequence[str]) -> tuple[str, str]:
        """Return what git is asked about; options but those of how much is shown are not taken."""
        operands = [one for one in words if one not in SHOWING and not _COUNT.fullmatch(one)]
        option = next((one for one in operands if one.startswith("-") and one != "--"), "")
        names = [one for one in operands if one != "--"]
        if option or len(names) > 2:
            raise ToolRetryError(
                f"write git log, show or blame with a commit and a path alone, without {option!r}"
                if option
                else "write git log, show or blame with one commit and one path"
            )
        is_path = "--" in operands or "/" in names[-1] or "." in names[-1] if names else False
        if len(names) == 1 and (is_path or self.working.exists(names[0])):
            return "HEAD", relative_path(names[0])
        commit, path = [*names, "", ""][:2]
        return commit or "HEAD", relative_path(path)

    async def _ask(self, command: str) -> None:
        if not await self.may_shell(command):
            raise ToolRefusedError(
                "this command was not approved, and is not asked for again; run the project's "
                "tests (run without `command`), or look with read, find and plain commands such "
                "as `ls -l`"
            )

    async def _command(
        self, argv: tuple[str, ...], arguments: RunArguments, *, writable: bool
    ) -> str:
        shell = ProjectShell(self.checks)
        done = await shell.run(self.working.draft, argv, arguments.timeout, writable=writable)
        return await self._ended(done)

    async def _ended(self, done: ShellRun) -> str:
        log = await self._logged(done.execution.output)
        lines = [f"{done.execution.reason} [{log}]", done.execution.output.strip("\n")]
        if done.touched:
            names = ", ".join(done.touched[:MAX_TOUCHED])
            more = f" and {len(done.touched) - MAX_TOUCHED} more" * (
                len(done.touched) > MAX_TOUCHED
            )
            lines.append(f"written by the command and not kept: {names}{more}")
        return shortened("\n".join(filter(None, lines)), self._length, HEAD_SHARE)

    async def _logged(self, output: str) -> str:
        """Keep the whole output, and return its name."""
        self.working.logs.append(await asyncio.to_thread(redact, output))
        return f"whole output: log:{len(self.working.logs)}"

    @property
    def _length(self) -> int:
        return min(MAX_OUTPUT_LENGTH, self.working.limits.characters)

    async def _started(self, arguments: RunArguments) -> str:
        running = [one for one in self.background.values() if one.ended is None]
        if len(running) >= MAX_BACKGROUND:
            raise ToolRetryError(
                f"{len(running)} commands run already; stop one with run(id=…, stop=true)"
            )
        name = f"job{len(self.background) + 1}"
        self.background[name] = BackgroundRun(
            arguments.command, self.working.draft, arguments.timeout
        )

        async def begin() -> None:
            self._begin(self.background[name])

        # A run that goes on after a crash has what came of it in its log, or begins it when asked.
        await self.memo.once("job", f"{name} begins", begin)
        return f"started as {name}, in a copy of its own; look at it with run(id='{name}')"

    def _begin(self, job: BackgroundRun) -> None:
        place = self.checks.workspace.root
        folder = place.with_name(f"{place.name}-{len(self.background)}")
        argv = ("/bin/sh", "-c", job.command)
        work = ProjectShell(self.checks).apart(job.draft, argv, job.seconds, folder)
        job.work = asyncio.ensure_future(work)

    async def _polled(self, arguments: RunArguments) -> str:
        job = self.background.get(arguments.id)
        if job is None:
            known = ", ".join(self.background) or "none"
            raise ToolRetryError(f"there is no {arguments.id!r}; there are: {known}")

        async def look() -> Any:
            return await self._look(job, stop=arguments.stop)

        told = await self.memo.once("job", f"{arguments.id} {arguments.stop}", look)
        if told is None:
            return f"{arguments.id} is still running"
        job.ended = shell_run_of(told)
        return await self._ended(job.ended)

    async def _look(self, job: BackgroundRun, *, stop: bool) -> dict[str, Any] | None:
        """Return how a job ended, or None while it runs; one that a crash ended begins again."""
        if job.ended is not None:
            return shell_run_json(job.ended)
        if job.work is None:
            self._begin(job)
        assert job.work is not None  # noqa: S101 - it has just begun
        if stop:
            job.work.cancel()
            await asyncio.gather(job.work, return_exceptions=True)
            return shell_run_json(ShellRun(Execution(CANCELLED_CODE, "", 0.0, "cancelled")))
        done, _ = await asyncio.wait({job.work}, timeout=POLL_SECONDS)
        return shell_run_json(job.work.result()) if done else None
