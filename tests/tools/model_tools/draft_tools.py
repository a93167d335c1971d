"""The tools of an agent over a real repository, called as a model calls them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexing.repository.repository import Repository
from rooftree.git.commands import open_worktree
from tests.support import config_in, git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.model_tools.arguments import parse_arguments
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import ToolLimits, WorkingDraft
from tools.once import Memo, NoMemo
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

Files = Mapping[str, str | bytes]


@dataclass(slots=True)
class DraftTools:
    """All tools over one draft, and who was asked for what."""

    root: Path
    toolbox: Toolbox
    approves: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def working(self) -> WorkingDraft:
        return self.toolbox.working

    async def call(self, tool: str, /, **arguments: Any) -> str:
        """Call a tool with arguments as a model writes them."""
        [found] = [one for one in self.toolbox.for_change() if one.name == tool]
        parsed = parse_arguments(tool, found.arguments, json.dumps(arguments))
        return await found.call(parsed.value)

    def text(self, path: str) -> str:
        return self.working.draft.text(path)


@contextmanager
def draft_tools(
    tmp_path: Path,
    files: Files,
    *,
    sandbox: bool = False,
    is_small: bool = True,
    limits: ToolLimits | None = None,
    more: tuple[ProjectOperation, ...] = (),
    memo: Memo | None = None,
) -> Iterator[DraftTools]:
    """Yield the tools; nobody approves anything until `approves` is set."""
    (tmp_path / "blobs").mkdir()
    root = git_repository(tmp_path, files)
    snapshot = take_snapshot(open_worktree(root), tmp_path / "blobs")
    working = WorkingDraft(Draft(snapshot, {}), limits or ToolLimits())
    workspace = Workspace.make(tmp_path / "copy", snapshot) if sandbox else None
    checks = None
    if workspace is not None:
        project = detect(snapshot)
        project = type(project)((*project.operations, *more), project.test_files, project.suites)
        limited = ExecutionLimits(seconds=60)
        checks = Checks(find_bubblewrap(), workspace, project, limited)

    async def may(asked: object) -> bool:
        tools.asked.append(asked.name if isinstance(asked, ProjectOperation) else str(asked))
        return tools.approves

    repository = Repository(root, config_in(tmp_path), None)
    toolbox = Toolbox(
        working,
        checks,
        repository,
        memo or NoMemo(),
        may,
        may,
        is_small=is_small,
        has_approved=lambda _: tools.approves,
    )
    tools = DraftTools(root, toolbox)
    try:
        yield tools
    finally:
        if workspace is not None:
            workspace.remove()
