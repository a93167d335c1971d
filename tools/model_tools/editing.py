"""The tools of an agent that changes code: they see and make a draft, and never the user's tree.

Six at most, plain async methods with typed arguments; what they say is redacted and cut. Errors
tell the model what to do instead.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from indexing.files.decode import sendable
from indexing.repository.repository import Repository
from indexing.secrets.paths import denied
from indexing.secrets.redact import redact
from models.chat.edit_formats import EditFormat
from rooftree.confined_files import check_relative
from rooftree.errors import SandboxUnavailableError, ToolRefusedError, ToolRetryError
from rooftree.text.shortened import shortened
from tools.drafts.draft import Draft
from tools.drafts.syntax import syntax_problem
from tools.edits.answer_parser import fenced, replace_seen, with_hidden
from tools.edits.blocks import SearchReplaceBlock, hunks_of
from tools.edits.whole_definitions import definition, with_definition
from tools.model_tools.history import read_history
from tools.model_tools.search import MAX_OUTPUT_LENGTH, SearchTool
from tools.projects.checks import Checks
from tools.projects.operations import ProjectOperation

Tool = Callable[..., Awaitable[str]]
MayRun = Callable[[ProjectOperation], Awaitable[bool]]

MAX_LINES = 200
MAX_USES = 30


@dataclass(slots=True)
class EditingTools:
    """The tools of one agent; `draft` is what it has made so far."""

    draft: Draft
    checks: Checks | None
    repository: Repository | None
    edit_format: EditFormat = "replace"
    may_run: MayRun | None = None
    """Asks whether an operation besides the project's tests may run; without it none may."""
    edits: int = field(default=0, init=False)

    def all(self) -> dict[str, Tool]:
        """Return the tools that there are here; without a sandbox there is no `run`."""
        editing: dict[EditFormat, Tool] = {
            "unit": self.edit_definition,
            "replace": self.edit_lines,
            "diff": self.edit_diff,
        }
        found: dict[str, Tool] = {"read": self.read, "edit": editing[self.edit_format]}
        if self.repository is not None:
            found["search"] = SearchTool(self.repository).search
            found["references"] = self.references
            if self.repository.worktree.common_dir is not None:
                found["git"] = self.git
        if self.checks is not None:
            found["run"] = self.run
        return found

    async def read(self, path: str, start: int = 1, end: int = MAX_LINES) -> str:
        """Read lines `start` to `end` of a file, with the edits made so far."""
        lines = redact(self.draft.text(path)).split("\n")
        if start < 1 or end < start or start > len(lines):
            raise ToolRetryError(f"{path!r} has {len(lines)} lines; {start}-{end} is no part of it")
        last = min(end, len(lines), start + MAX_LINES - 1)
        numbered = [f"{number}: {lines[number - 1]}" for number in range(start, last + 1)]
        return shortened("\n".join([f"{path}:{start}-{last}", *numbered]), MAX_OUTPUT_LENGTH)

    async def edit_lines(self, path: str, old: str, new: str) -> str:
        """Replace the lines `old` of a file by `new`; copy `old` exactly, without line numbers.

        An empty `old` makes a new file.
        """
        if not old.strip():
            if self.draft.content(path) is not None:
                raise ToolRetryError(f"{path!r} exists; give the lines that are to be replaced")
            return self._take(self.draft.with_text(path, with_hidden("", new)), path)
        return self._replace(path, [SearchReplaceBlock(old, new)])

    async def edit_definition(self, path: str, name: str, code: str) -> str:
        """Replace the definition `name` of a file by `code`, the whole new definition."""
        text = self.draft.text(path)
        symbol = definition(path, text, name)
        written = with_hidden(text, fenced(code))
        return self._take(
            self.draft.with_text(path, with_definition(path, text, symbol, written)), path
        )

    async def edit_diff(self, path: str, diff: str) -> str:
        """Apply the hunks of a unified diff to a file; line numbers are not needed."""
        return self._replace(path, hunks_of(fenced(diff)))

    async def run(self, operation: str = "", tests: str = "") -> str:
        """Run the project's tests (or those named, separated by spaces) or another operation."""
        checks = self.checks
        if checks is None:
            raise ToolRefusedError("nothing can be executed here")
        found = checks.project.named(operation) if operation else await checks.operation()
        if found is None:
            names = ", ".join(one.name for one in checks.project.operations) or "none"
            raise ToolRetryError(f"there is no operation {operation!r}; there are: {names}")
        usual = await checks.operations()
        if usual and found.needs_python and found.kind == "test":
            found = usual[0]  # which of Python's runners it is, is decided in one place
        if found not in usual and (self.may_run is None or not await self.may_run(found)):
            raise ToolRefusedError(f"{found.name} may not run here; nobody approved it")
        wanted = tuple(_names(tests))
        if wanted and not found.selects:
            raise ToolRetryError(f"{found.name} runs all tests; leave `tests` empty")
        try:
            results = await checks.run(self.draft, found, wanted)
        except SandboxUnavailableError as error:
            raise ToolRefusedError(str(error)) from error
        output = await asyncio.to_thread(redact, results.execution.output)
        return shortened(f"{found.name}: {results.summary}\n{output}", MAX_OUTPUT_LENGTH)

    async def references(self, name: str) -> str:
        """List where a function, method or class is defined and used."""
        return await asyncio.to_thread(self._references, name)

    def _references(self, name: str) -> str:
        assert self.repository is not None  # noqa: S101 - else it is not among the tools
        with self.repository.symbols() as (symbols, _):
            found = symbols.find(name, None, 8)
            if not found.symbols:
                raise ToolRetryError(f"nothing is called {name!r}; search for it")
            uses = symbols.uses([one.definition for one in found.symbols])
            lines = [f"defined: {one.path}:{one.start} {one.name}" for one in found.symbols]
            for used in uses.resolved.values():
                edges = [symbols.edge(use, "resolved") for use in used[:MAX_USES]]
                lines += [f"used: {edge.path}:{edge.line} in {edge.within}" for edge in edges]
            unsure = [symbols.edge(use, "name-match") for use in uses.unresolved[:MAX_USES]]
            lines += [f"perhaps used: {edge.path}:{edge.line}" for edge in unsure]
        return shortened(redact("\n".join(lines)), MAX_OUTPUT_LENGTH)

    async def git(self, command: str, path: str = "", commit: str = "HEAD") -> str:
        """Read the history: `log` of a path, `show` a commit, or `blame` a path."""
        assert self.repository is not None  # noqa: S101 - else it is not among the tools
        if path:
            check_relative(path)
        root = self.repository.worktree.root
        told = await asyncio.to_thread(read_history, root, command, path, commit, self._hidden)
        return shortened(await asyncio.to_thread(redact, sendable(told)), MAX_OUTPUT_LENGTH)

    def _hidden(self, path: str) -> bool:
        """Say whether a path of the history may not be looked into: what holds now, held then."""
        left_out = self.draft.snapshot.left_out
        above = [f"{parent}/" for parent in PurePosixPath(path).parents[:-1]]
        return denied(path) or path in left_out or any(parent in left_out for parent in above)

    def _replace(self, path: str, blocks: list[SearchReplaceBlock]) -> str:
        """Replace blocks of a file, which the model has seen as `read` shows it."""
        text = self.draft.text(path)
        return self._take(self.draft.with_text(path, replace_seen(text, blocks)), path)

    def _take(self, draft: Draft, path: str) -> str:
        """Take an edit if the file still parses, and say what it changed."""
        problem = syntax_problem(draft, path)
        if problem is not None:
            raise ToolRetryError(f"the edit was not made: {problem}; correct it")
        if draft.digest == self.draft.digest:
            raise ToolRetryError("the edit changes nothing")
        self.draft = draft
        self.edits += 1
        return shortened(f"edited. The change so far:\n{redact(draft.diff())}", MAX_OUTPUT_LENGTH)


def _names(tests: str) -> list[str]:
    """Split test names; none may look like an option of the runner."""
    try:
        names = shlex.split(tests)
    except ValueError as error:
        raise ToolRetryError(f"tests are names separated by spaces: {error}") from error
    for name in names:
        if name.startswith("-"):
            raise ToolRetryError(f"{name!r} is not the name of a test")
        check_relative(name.partition("::")[0])
    return names
