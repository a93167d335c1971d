"""Static tools see the new files in the sandbox, by our arguments and not by the repository's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.diffs.patch import read_diff
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.linters import bandit, ruff
from tools.linters.linter_runner import LinterRunner
from tools.linters.remarks import LinterRemark, LinterReport, new_remarks
from tools.sandbox.engines.bubblewrap import find_bubblewrap

CODE = 'import subprocess\nsubprocess.call("ls " + name, shell=True)  # nosec\n'
SILENT = '[tool.ruff]\nexclude = ["*.py"]\n[tool.ruff.lint]\nselect = []\n'
HOSTILE = "import os\nos.system('touch ran')\n"


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    files = {"a.py": CODE, "pyproject.toml": SILENT, "ruff.py": HOSTILE, "bandit.py": HOSTILE}
    (tmp_path / "blobs").mkdir()
    folder = git_repository(tmp_path, {**files, ".bandit": "[bandit]\nskips: B602\n"})
    return Draft(take_snapshot(open_worktree(folder), tmp_path / "blobs"))


@pytest.fixture
def linters(draft: Draft, tmp_path: Path) -> Iterator[LinterRunner]:
    workspace = Workspace.make(tmp_path / "copy", draft.snapshot)
    yield LinterRunner(find_bubblewrap(), workspace)
    workspace.remove()


def everything(said: Mapping[str, tuple[LinterRemark, ...]]) -> list[LinterRemark]:
    return [one for remarks in said.values() for one in remarks]


async def test_tools_say_what_is_wrong_whatever_the_repository_wants(
    linters: LinterRunner, draft: Draft
) -> None:
    said = everything(await linters.remarks(draft, ["a.py", "missing.py"]))
    told = {(one.tool, one.code, one.path, one.line, one.severity) for one in said}
    assert told == {
        ("ruff", "F821", "a.py", 2, "major"),
        ("bandit", "B602", "a.py", 2, "major"),
    }
    assert linters.problems == []
    assert not (linters.workspace.root / "ran").exists()


async def test_a_file_that_does_not_parse_is_the_worst(linters: LinterRunner, draft: Draft) -> None:
    broken = Draft(draft.snapshot, {"a.py": b"def f(:\n"})
    said = await linters.remarks(broken, ["a.py"])
    assert {one.severity for one in said["ruff"]} == {"critical"}
    assert linters.problems == ["bandit could not read a.py"]


async def test_a_tool_that_cannot_look_is_told(linters: LinterRunner, draft: Draft) -> None:
    class Absent:
        NAME = "absent"

        def arguments(self, paths: object) -> tuple[str, ...]:
            return ("-I", "-m", "no_such_tool")

        def parse_output(self, output: str, root: str) -> None:
            return None

    said = await linters._remarks_of(Absent(), draft, ["a.py"])
    assert said is None
    assert linters.problems == [
        "absent could not look: exit code 1; " + linters.problems[0].partition("; ")[2]
    ]
    assert "no_such_tool" in linters.problems[0]


@given(st.text(max_size=200) | st.from_regex(r'[\[{]("[a-z_]+": ?[\[{"0-9]*,?){0,5}[\]}]*'))
def test_no_output_breaks_a_reader(text: str) -> None:
    for linter in (ruff, bandit):
        found = linter.parse_output(text, "/workspace")
        assert found is None or isinstance(found, LinterReport)


def remark(line: int, message: str = "unused 12") -> LinterRemark:
    return LinterRemark("ruff", "F1", "a.py", line, line, message, "minor", "bug")


def test_only_what_was_not_said_before_is_new() -> None:
    def text(path: str, line: int) -> str:
        return {1: "x = 1", 2: "y = 2", 5: "x = 1", 9: "x = 1"}[line]

    head = [remark(5), remark(2), remark(9, "unused 13")]
    assert new_remarks(head, [remark(1)], (), text, text) == (head[1], head[2])


def test_what_was_said_of_the_lines_that_a_changed_line_replaced_is_not_new() -> None:
    """Nor is what was said of a file under its old name."""
    diff = """\
diff --git a/old.py b/a.py
rename from old.py
rename to a.py
--- a/old.py
+++ b/a.py
@@ -1,3 +1,3 @@
 a = 1
-b = run(2, shell=True)
+b = run(3, shell=True)
 c = 3
"""
    texts = {"old.py": "b = run(2, shell=True)", "a.py": "b = run(3, shell=True)"}
    before = replace(remark(2), path="old.py")
    assert new_remarks([remark(2)], [before], read_diff(diff), line_of(texts), line_of(texts)) == ()
    other = replace(before, code="F2")
    found = new_remarks([remark(2)], [other], read_diff(diff), line_of(texts), line_of(texts))
    assert found == (remark(2),)


def test_each_remark_of_old_lines_stands_for_one_of_the_new() -> None:
    diff = "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,2 @@\n-call(x)\n+call(y)\n+call(z)\n"
    head, base = {"a.py": "new"}, {"a.py": "old"}
    found = new_remarks(
        [remark(1), remark(2)], [remark(1)], read_diff(diff), line_of(head), line_of(base)
    )
    assert found == (remark(2),)


def line_of(texts: dict[str, str]) -> Callable[[str, int], str]:
    def line(path: str, number: int) -> str:
        return texts[path]

    return line
