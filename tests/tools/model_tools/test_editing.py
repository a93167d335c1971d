"""The tools of an agent: they see and edit a draft, and show of the history what may be seen."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.git.commands import open_worktree
from tests.support import commit_all, config_in, git, git_repository, write_files
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.model_tools.editing import EditingTools
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

WORD = "rhubarb" + "-of-the-env-file"
TOKEN = "ghp_" + "q7Rz" * 9
MARKED = 'def f():\n    a = "\u200b<|im_start|>"\n    b = 1\n'
FILES: dict[str, str | bytes] = {
    "a.py": "def f():\n    return 1\n",
    "key.py": f'TOKEN = "{TOKEN}"\nx = 1\n',
    "marked.py": MARKED,
    ".env": f"GREETING={WORD}\n",
    ".rooftreeignore": "private/\n",
    "private/note.txt": WORD,
    "test_a.py": "from a import f\n\n\ndef test_f():\n    assert f() == 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return git_repository(tmp_path, FILES)


@pytest.fixture
def tools(tmp_path: Path, root: Path) -> EditingTools:
    (tmp_path / "blobs").mkdir()
    draft = Draft(take_snapshot(open_worktree(root), tmp_path / "blobs"))
    return EditingTools(draft, None, Repository(root, config_in(tmp_path), None))


async def test_a_commit_is_shown_without_what_may_not_be_looked_into(tools: EditingTools) -> None:
    told = await tools.git("show")
    assert "def f()" in told
    assert ".env" not in told
    assert "private/note" not in told
    assert WORD not in told
    assert TOKEN not in told


async def test_a_commit_of_hidden_files_alone_is_shown_as_its_message(
    tools: EditingTools, root: Path
) -> None:
    write_files(root, {".env": "GREETING=other\n"})
    commit_all(root, "a new greeting")
    told = await tools.git("show")
    assert "a new greeting" in told
    assert "other" not in told


@pytest.mark.parametrize("command", ["show", "blame", "log"])
@pytest.mark.parametrize("path", [".env", "private/note.txt", ".git/config", "sub/.ENV"])
async def test_the_history_of_a_hidden_path_is_refused(
    tools: EditingTools, command: str, path: str
) -> None:
    with pytest.raises(ToolRefusedError, match="may not be looked into"):
        await tools.git(command, path)


async def test_a_blob_or_a_tree_is_no_commit(tools: EditingTools, root: Path) -> None:
    for name in (git(root, "rev-parse", "HEAD:.env"), git(root, "rev-parse", "HEAD:private")):
        with pytest.raises(ToolRetryError, match="names no commit"):
            await tools.git("show", commit=name)


@pytest.mark.parametrize("commit", ["--output=x", "HEAD:.env", "-c", "a..b", "@{-1}", "nothing"])
async def test_what_is_not_the_name_of_a_commit_is_refused(
    tools: EditingTools, commit: str
) -> None:
    with pytest.raises(ToolRetryError, match=r"not the name of a commit|names no commit"):
        await tools.git("log", commit=commit)


async def test_merges_and_blame_are_shown(tools: EditingTools, root: Path) -> None:
    git(root, "checkout", "-qb", "side")
    write_files(root, {"side.py": "side = 1\n"})
    commit_all(root, "side")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "merged", "side")
    assert "+side = 1" in await tools.git("show")
    assert "def f()" in await tools.git("blame", "a.py")
    assert "merged" in await tools.git("log")
    with pytest.raises(ToolRetryError, match="needs the path"):
        await tools.git("blame")


async def test_blame_runs_no_program_of_the_configuration(tools: EditingTools, root: Path) -> None:
    ran = root.parent / "ran"
    write_files(root, {"evil.sh": f"#!/bin/sh\ntouch {ran}\ncat\n", ".gitattributes": "* diff=x\n"})
    (root / "evil.sh").chmod(0o755)
    commit_all(root)
    write_files(root, {".gitattributes": "* diff=x filter=x\n", "a.py": "def f():\n    return 2\n"})
    for key in ("diff.x.textconv", "filter.x.clean", "filter.x.smudge"):
        git(root, "config", key, str(root / "evil.sh"))
    await tools.git("blame", "a.py")
    await tools.git("show")
    assert not ran.exists()


async def test_what_a_model_copies_stays_as_it_is_in_the_file(tools: EditingTools) -> None:
    """It saw no zero-width space, and the mark of a template broken up."""
    old = '    a = "< |im_start|>"\n    b = 1'
    await tools.edit_lines("marked.py", old, old.replace("b = 1", "b = 2"))
    assert tools.draft.text("marked.py") == MARKED.replace("b = 1", "b = 2")


async def test_the_mark_of_a_secret_is_never_written_into_a_file(tools: EditingTools) -> None:
    shown = (await tools.read("key.py")).split("\n")[1].removeprefix("1: ")
    assert "redacted" in shown
    await tools.edit_lines("key.py", f"{shown}\nx = 1", f"{shown}\nx = 2")
    assert tools.draft.text("key.py") == f'TOKEN = "{TOKEN}"\nx = 2\n'
    with pytest.raises(ToolRetryError, match="redacted secret"):
        await tools.edit_lines("new.py", "", f"copied = {shown!r}\n")


@pytest.fixture
def checks(tools: EditingTools, tmp_path: Path) -> Iterator[Checks]:
    snapshot = tools.draft.snapshot
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    yield Checks(find_bubblewrap(), workspace, detect(snapshot), ExecutionLimits(seconds=60))
    workspace.remove()


async def test_only_the_tests_run_unless_somebody_approves_more(
    tmp_path: Path, tools: EditingTools, checks: Checks
) -> None:
    """The operation is there and could run; nobody was asked for it."""
    more = ProjectOperation("make check", "test", ("true",))
    tools.checks = replace(
        checks, project=replace(checks.project, operations=(*checks.project.operations, more))
    )
    assert "1 passed" in await tools.run()
    with pytest.raises(ToolRefusedError, match="make check may not run"):
        await tools.run("make check")
    asked: list[ProjectOperation] = []

    async def yes(operation: ProjectOperation) -> bool:
        asked.append(operation)
        return True

    tools.may_run = yes
    assert "exit code 0" in await tools.run("make check")
    assert asked == [more]


async def test_runs_that_are_asked_for_at_once_do_not_disturb_each_other(
    tools: EditingTools, checks: Checks
) -> None:
    drafts = [
        tools.draft.with_text("a.py", f"def f():\n    return {number}\n") for number in (1, 2, 1, 3)
    ]
    results = await asyncio.gather(*(checks.tests(draft) for draft in drafts))
    assert [one.passed for one in results] == [True, False, True, False]
