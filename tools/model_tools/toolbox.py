"""The tools that there are for a draft: which of them, depends on what they are for and on what is
there: without an index nothing is searched, without a sandbox nothing is run.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field

from indexing.repository.repository import Repository
from indexing.secrets.paths import denied
from indexing.secrets.redact import redact
from rooftree.text.shortened import shortened
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.edit import EditTools
from tools.model_tools.find import find_tool
from tools.model_tools.history import history_tool
from tools.model_tools.lint_edit import EditLint, HasApproved, nothing_approved
from tools.model_tools.look_up import look_up_tool
from tools.model_tools.read_draft import read_tool
from tools.model_tools.running.run import MayRun, MayShell, RunTool
from tools.model_tools.search import SearchTool
from tools.model_tools.show_diff import diff_tool, drafted_diff
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft
from tools.once import Memo
from tools.projects.checks import Checks
from tools.projects.operations import ProjectOperation

EditToolName = Literal["edit", "apply_patch", "definition"]
"""A whole definition is written by `edit` as well: it is text that is replaced."""
MAX_HITS = 8


class SearchArguments(Arguments):
    question: Text = Field(description="words, names, or a question about the code")


async def _nobody(_asked: ProjectOperation | str) -> bool:
    return False


@dataclass(slots=True)
class Toolbox:
    """Makes the tools of one agent over its draft."""

    working: WorkingDraft
    checks: Checks | None
    repository: Repository | None
    memo: Memo
    may_run: MayRun | None = None
    may_shell: MayShell | None = None
    known_failing: frozenset[str] = frozenset()
    is_small: bool = False
    edit_tool: EditToolName = "edit"
    has_approved: HasApproved = nothing_approved
    runs: RunTool | None = field(default=None, init=False)
    lint: EditLint | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.checks is None:
            return
        self.runs = RunTool(
            self.working,
            self.checks,
            self.memo,
            self.may_run or _nobody,
            self.may_shell or _nobody,
            self._hidden,
            self.known_failing,
        )
        self.lint = EditLint(
            self.working, self.working.draft, self.checks, self.memo, self.has_approved
        )

    @property
    def can_run(self) -> bool:
        """Whether there are tests that can be run."""
        return self.checks is not None and self.checks.project.has_tests

    def for_change(self) -> tuple[Tool, ...]:
        """Return the tools of an agent that changes code."""
        edits = EditTools(
            self.working,
            read_first=not self.is_small,
            lint=self.lint.after_edit if self.lint is not None else None,
            can_run=self.can_run,
            by_patch=self.edit_tool == "apply_patch",
        )
        run = (self.runs.tool(),) if self.runs is not None else ()
        diff = () if self.is_small else (diff_tool(self.working),)
        return (*self.for_reading(), *edits.tools(), *run, *diff)

    def for_review(self) -> tuple[Tool, ...]:
        """Return the tools of an agent that judges a draft: it may run tests, and edits nothing."""
        run = (self.runs.tool(),) if self.runs is not None else ()
        return (*self.for_reading(), diff_tool(self.working), *run)

    def for_reading(self) -> tuple[Tool, ...]:
        """Return the tools of an agent that looks and changes nothing."""
        found: list[Tool] = [read_tool(self.working), find_tool(self.working)]
        if self.repository is not None:
            found.append(self._search(self.repository))
            if not self.is_small:
                found.append(look_up_tool(self.working, self.repository))
        return tuple(found)

    def for_question(self) -> tuple[Tool, ...]:
        """Return the tools of an agent that answers: it reads, and looks into the history.

        An agent that changes code has no room for one more, and reads the history by `run`.
        """
        if self.repository is None:
            return self.for_reading()
        history = history_tool(self.working, self.repository, self._hidden)
        return (*self.for_reading(), history)

    def work_so_far(self) -> tuple[str, str]:
        """Return the diff of the draft, and what the last run of tests came to."""
        length = self.working.limits.characters
        return drafted_diff(self.working, "", length), self.runs.last_tests if self.runs else ""

    async def before_finish(self) -> None:
        """Look at what only then is looked at, so that a finish can be judged."""
        if self.lint is not None:
            await self.lint.before_finish()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person has to know of what could not be looked at."""
        return self.lint.all_notes() if self.lint is not None else ()

    async def close(self) -> None:
        """End what still runs."""
        if self.runs is not None:
            await self.runs.close()

    def _search(self, repository: Repository) -> Tool:
        searching = SearchTool(repository)

        async def search(arguments: SearchArguments) -> str:
            told = await searching.search(arguments.question, MAX_HITS)
            return shortened(await asyncio.to_thread(redact, told), self.working.limits.characters)

        return Tool(
            "search",
            "Search the indexed code by words, names and meaning; returns ranked places.",
            SearchArguments,
            search,
            recorded=True,
        )

    def _hidden(self, path: str) -> bool:
        """Say whether a path of the history may not be looked into: what holds now, held then."""
        left_out = self.working.draft.snapshot.left_out
        above = [f"{parent}/" for parent in PurePosixPath(path).parents[:-1]]
        return denied(path) or path in left_out or any(parent in left_out for parent in above)
