"""What linters newly find in files that are edited, compared with what the files were at first.

The project's own linter looks where it can be told single files and may run unasked: a person is
not asked because of an edit. Else, for Python, it is ruff with rooftree's own rules. A linter that
takes long is not run after each edit but once before the model finishes. One that cannot look says
nothing in an edit's result, which is not to pass for a clean file: what was not linted is noted.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from indexing.secrets.redact import redact
from rooftree.errors import RooftreeError, SandboxUnavailableError
from tools.diffs.patch import FileDiff, Hunk
from tools.drafts.draft import Draft
from tools.drafts.matching import matched
from tools.linters import ruff
from tools.linters.linter_runner import last_words, linter_command
from tools.linters.project_linters import linter_for, narrowed_to_files, read_remarks
from tools.linters.remarks import SEVERITIES, LinterRemark, new_remarks
from tools.model_tools.working_draft import LintFinding, WorkingDraft
from tools.once import Memo
from tools.projects.checks import Checks
from tools.projects.draft_runs import DraftRuns, key_of
from tools.projects.operations import ProjectOperation
from tools.sandbox.process.execution import WORKSPACE

HasApproved = Callable[[ProjectOperation], bool]
"""Says whether an operation may run as things stand, without asking anybody."""
NEVER_LOOKED = "the work ended before it was looked at"
OWN = "ruff, with rooftree's rules"
PYTHON = (".py", ".pyi")
MAX_MESSAGE = 160
MAX_NAMED = 3


def nothing_approved(_operation: ProjectOperation) -> bool:
    """Say of every operation that nobody has approved it."""
    return False


@dataclass(frozen=True, slots=True)
class LintTimes:
    """Seconds that linters may take."""

    is_slow: float = 3.0
    """A linter that took longer is not waited for after each edit."""
    edit: float = 6.0
    finish: float = 60.0


@dataclass(frozen=True, slots=True)
class _Look:
    """One linter and what it is to look at."""

    name: str
    operation: ProjectOperation | None
    """None is our own."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of one look."""

    remarks: tuple[LinterRemark, ...] = ()
    seconds: float = 0.0
    problem: str = ""
    is_there: bool = True
    is_late: bool = False


@dataclass(slots=True)
class EditLint:
    """Looks at the files of one agent's draft; `working.lint` has what is new in them."""

    working: WorkingDraft
    base: Draft
    checks: Checks
    memo: Memo
    has_approved: HasApproved
    times: LintTimes = field(default_factory=LintTimes)
    notes: list[str] = field(default_factory=list, init=False)
    """What could not be linted, a sentence each."""
    _slow: set[str] = field(default_factory=set, init=False)
    _failed: set[str] = field(default_factory=set, init=False)
    _looked: dict[str, bytes | None] = field(default_factory=dict, init=False)
    """What each file held when it was last looked at."""
    _before: dict[tuple[str, str], tuple[LinterRemark, ...]] = field(
        default_factory=dict, init=False
    )

    async def after_edit(self, path: str) -> tuple[LintFinding, ...]:
        """Look at a file that was edited, if that is quick; return what is new in it."""
        await self._look_at([path], self.times.edit)
        return self.working.lint.get(path, ())

    async def before_finish(self) -> None:
        """Look at all that was changed and has not been looked at as it is now."""
        await self._look_at(self._left(), self.times.finish, is_last=True)

    def all_notes(self) -> tuple[str, ...]:
        """Return the notes, with what nobody looked at because the work ended before."""
        left = [one for one in self._left() if self._first_look(one) is not None]
        told = [f"not linted: {_names(left)} ({NEVER_LOOKED})"] if left else []
        return (*self.notes, *told)

    def _left(self) -> list[str]:
        """Return what was changed and was not looked at as it is now; what parses, that is."""
        working = self.working
        changed = [one for one in working.changed_since(self.base) if working.exists(one)]
        left = [one for one in changed if self._looked.get(one) != working.content(one)]
        return [one for one in left if one not in working.unparsed]

    async def _look_at(
        self, paths: Sequence[str], seconds: float, *, is_last: bool = False
    ) -> None:
        waiting = list(paths)
        for path in paths:
            self.working.lint.pop(path, None)
        while waiting:
            look = self._first_look(waiting[0])
            if look is None:
                del waiting[0]
                continue
            mine = [one for one in waiting if self._first_look(one) == look]
            is_put_off = look.name in self._slow and not is_last
            if is_put_off or await self._look(look, mine, seconds, is_last=is_last):
                waiting = [one for one in waiting if one not in mine]

    def _first_look(self, path: str) -> _Look | None:
        """Return the linter for a file that may look at it and has not failed; None without one."""
        operations = self.checks.project.operations
        fitting = [one for one in operations if linter_for(one, path) is not None]
        for one in sorted(fitting, key=lambda one: -len(one.folder)):
            if one.name in self._failed:
                continue
            if self.has_approved(one):
                return _Look(one.name, one)
            if not path.endswith(PYTHON):
                self._note(
                    f"not linted: {one.name} was not approved, and nobody is asked because of an "
                    "edit"
                )
        is_ours = path.endswith(PYTHON) and OWN not in self._failed
        return _Look(OWN, None) if is_ours else None

    async def _look(
        self, look: _Look, paths: Sequence[str], seconds: float, *, is_last: bool
    ) -> bool:
        """Look at files with one linter; say whether no other is to look at them."""
        seen = await self._seen(look, self.working.draft, paths, seconds)
        if seen.remarks:
            seen = await self._compared(look, seen, paths, seconds)
        if seen.seconds > self.times.is_slow or seen.is_late:
            self._slow.add(look.name)
        if seen.is_late and not is_last:
            return True
        if seen.problem:
            return self._is_told_of(look, seen, paths)
        for path in paths:
            self._looked[path] = self.working.draft.content(path)
            mine = [one for one in seen.remarks if one.path == path]
            if mine:
                mine.sort(key=lambda one: (SEVERITIES.index(one.severity), one.line))
                self.working.lint[path] = tuple(map(_finding, mine))
        return True

    def _is_told_of(self, look: _Look, seen: _Seen, paths: Sequence[str]) -> bool:
        """Note that a linter could not look, unless it is not there and another one is."""
        self._failed.add(look.name)
        if not seen.is_there and paths[0].endswith(PYTHON) and look.operation is not None:
            return False
        self._note(f"not linted: {_names(paths)} ({look.name}: {seen.problem})")
        return True

    async def _compared(
        self, look: _Look, after: _Seen, paths: Sequence[str], seconds: float
    ) -> _Seen:
        """Keep of what was said what was not said of the files as they were at first."""
        was = {path: self.working.moved_from.get(path, path) for path in paths}
        there = [path for path in was.values() if self.base.content(path) is not None]
        unknown = [one for one in there if (look.name, one) not in self._before]
        took = 0.0
        if unknown:
            before = await self._seen(look, self.base, unknown, seconds)
            if before.problem:
                return before
            took = before.seconds
            for one in unknown:
                said = tuple(remark for remark in before.remarks if remark.path == one)
                self._before[look.name, one] = said
        draft, base = self.working.draft, self.base
        old = [remark for one in there for remark in self._before[look.name, one]]

        def compare() -> tuple[LinterRemark, ...]:
            files = [_difference(draft, base, path, was[path]) for path in paths]
            return new_remarks(after.remarks, old, files, _line_in(draft), _line_in(base))

        # What is waited for after an edit is the look at the draft: the other is made once.
        return _Seen(await asyncio.to_thread(compare), max(after.seconds, took))

    async def _seen(self, look: _Look, draft: Draft, paths: Sequence[str], seconds: float) -> _Seen:
        """Return what a linter says of files, remembered by the run, time and all."""

        async def work() -> dict[str, Any]:
            began = time.monotonic()
            try:
                seen = await self._ran(look, draft, paths, seconds)
            except SandboxUnavailableError as error:
                seen = _Seen(problem=str(error), is_there=False)
            except RooftreeError as error:
                seen = _Seen(problem=str(error))
            told = await asyncio.to_thread(_kept, seen)
            return {**told, "seconds": round(time.monotonic() - began, 3)}

        key = key_of(draft, (look.name, *paths, f"{seconds:g} s"))
        told: Mapping[str, Any] = await self.memo.once("lint", key, work)
        remarks = tuple(LinterRemark(**one) for one in told["remarks"])
        return _Seen(**{**told, "remarks": remarks})

    async def _ran(self, look: _Look, draft: Draft, paths: Sequence[str], seconds: float) -> _Seen:
        checks, operation = self.checks, look.operation
        if operation is None:
            command = linter_command(checks.executor, checks.workspace, ruff, paths, seconds)
            async with DraftRuns(checks.workspace, checks.memo, checks.turn).holding(draft):
                execution = await checks.executor.run(command)
            report = ruff.parse_output(execution.output, WORKSPACE)
            works = execution.succeeded
        else:
            linter = linter_for(operation, paths[0])
            assert linter is not None  # noqa: S101 - it was chosen by that
            argv = narrowed_to_files(linter, operation, paths)
            execution = await checks.with_arguments(draft, operation, argv, seconds)
            report = read_remarks(linter, operation, execution.output, WORKSPACE)
            works = execution.ended == "exited"
            works = works and (execution.succeeded or bool(report and report.remarks))
        if report is None or not works:
            return _Seen(problem=last_words(execution), is_late=execution.ended == "timeout")
        return _Seen(tuple(one for one in report.remarks if one.path in paths))

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MAX_NAMED} more" * (len(paths) > MAX_NAMED)
    return f"{', '.join(paths[:MAX_NAMED])}{more}"


def _kept(seen: _Seen) -> dict[str, Any]:
    """Return it as it may be kept: what foreign code says may hold secrets."""
    told = asdict(seen)
    for remark in told["remarks"]:
        remark["message"] = redact(remark["message"])
    return {**told, "problem": redact(seen.problem)}


def _finding(remark: LinterRemark) -> LintFinding:
    message = " ".join(remark.message.split())[:MAX_MESSAGE]
    return LintFinding(remark.path, remark.line, f"{remark.code} {message}")


def _difference(draft: Draft, base: Draft, path: str, was: str) -> FileDiff:
    old, new = _lines(base, was), _lines(draft, path)

    def marked() -> Iterator[tuple[str, str]]:
        for kind, old_at, old_end, new_at, new_end in matched(old, new).get_opcodes():
            if kind == "equal":
                yield from ((" ", line) for line in old[old_at:old_end])
            else:
                yield from (("-", line) for line in old[old_at:old_end])
                yield from (("+", line) for line in new[new_at:new_end])

    return FileDiff(path, was, "modified", (Hunk(1, 1, tuple(marked())),))


def _line_in(draft: Draft) -> Callable[[str, int], str]:
    known: dict[str, list[str]] = {}

    def line(path: str, number: int) -> str:
        lines = known.setdefault(path, _lines(draft, path))
        return lines[number - 1] if 1 <= number <= len(lines) else ""

    return line


def _lines(draft: Draft, path: str) -> list[str]:
    return (draft.content(path) or b"").decode("utf-8", "replace").split("\n")
