"""After an edit it is told what linters newly find in the file, and of nothing else."""

from dataclasses import dataclass
from pathlib import Path

from agents.runs.step_log import StepLog
from tests.tools.drafts.material import TOKEN
from tests.tools.model_tools.draft_tools import DraftTools, draft_tools
from tests.tools.model_tools.lint_projects import CODE, ESLINT, SCRIPTS, CountingMemo
from tools.model_tools.lint_edit import EditLint, LintTimes
from tools.model_tools.working_draft import ToolLimits
from tools.sandbox.process.execution import Command, Execution

NEW = "new lint finding: "
UNHURRIED = LintTimes(is_slow=60.0, edit=60.0, finish=60.0)


def linted(tools: DraftTools, times: LintTimes = UNHURRIED) -> EditLint:
    """Return the linters of these tools, after giving them so much time."""
    lint = tools.toolbox.lint
    assert lint is not None
    lint.times = times
    return lint


def findings(told: str) -> list[str]:
    lines = told.split("\n")
    return [line.removeprefix(NEW) for line in lines if line.startswith(NEW)]


async def test_a_new_finding_is_told_with_its_place_and_an_old_one_is_not(tmp_path: Path) -> None:
    with draft_tools(tmp_path, {"a.py": CODE}, sandbox=True) as tools:
        linted(tools)
        told = await tools.call("edit", path="a.py", old="return 2", new="return missing")
        assert findings(told) == ["a.py:9: F821 Undefined name `missing`"]
        assert await tools.call("edit", path="a.py", old="missing", new="3")
        # A line above moves the old finding, which is no new one.
        told = await tools.call("edit", path="a.py", old="import json", new="# moved\nimport json")
    assert findings(told) == []
    assert "lint" not in told
    assert tools.toolbox.notes == ()


async def test_another_of_a_kind_is_new_where_the_first_was_there_before(tmp_path: Path) -> None:
    with draft_tools(tmp_path, {"a.py": CODE}, sandbox=True) as tools:
        linted(tools)
        told = await tools.call(
            "edit", path="a.py", old="import json\n", new="import json\nimport json as other\n"
        )
    assert [one.partition(" ")[0] for one in findings(told)] == ["a.py:2:"]


async def test_five_are_told_the_worst_first_and_how_many_more_there_are(tmp_path: Path) -> None:
    names = "\n".join(f"import no_{number}" for number in range(7))
    with draft_tools(tmp_path, {"b.py": "x = 1\n"}, sandbox=True) as tools:
        linted(tools)
        told = await tools.call("edit", path="a.py", old="", new=f"{names}\nprint(missing)\n")
    found = findings(told)
    assert len(found) == 5
    assert "F821" in found[0]
    assert found[-1].endswith("(and 3 more)")


async def test_a_file_that_was_moved_is_compared_with_what_it_was(tmp_path: Path) -> None:
    with draft_tools(tmp_path, {"a.py": CODE}, sandbox=True) as tools:
        linted(tools)
        await tools.call("change_file", path="a.py", action="move", to="c.py")
        told = await tools.call("edit", path="c.py", old="return 2", new="return missing")
    assert findings(told) == ["c.py:9: F821 Undefined name `missing`"]


async def test_a_file_that_does_not_parse_is_not_linted_and_keeps_no_old_finding(
    tmp_path: Path,
) -> None:
    with draft_tools(tmp_path, {"a.py": CODE}, sandbox=True) as tools:
        linted(tools)
        await tools.call("edit", path="a.py", old="return 2", new="return missing")
        assert tools.working.lint["a.py"]
        for _ in range(2):
            try:
                told = await tools.call("edit", path="a.py", old="return 1", new="return (1")
            except Exception as error:  # noqa: BLE001 - refused the first time, and stored the second
                told = str(error)
        assert "has to be mended" in told
        assert findings(told) == []
        assert tools.working.lint == {}


async def test_a_projects_own_linter_looks_only_once_it_was_approved_and_nobody_is_asked(
    tmp_path: Path,
) -> None:
    with draft_tools(tmp_path, SCRIPTS, sandbox=True, more=(ESLINT,)) as tools:
        lint = linted(tools)
        told = await tools.call("edit", path="a.js", old="let next", new="var next")
        assert findings(told) == []
        assert tools.asked == []
        assert lint.notes == [
            "not linted: eslint was not approved, and nobody is asked because of an edit"
        ]
        tools.approves = True
        told = await tools.call("edit", path="a.js", old="next = 2", new="next = 3")
        assert findings(told) == ["a.js:2: no-var Unexpected var: next"]
        assert tools.asked == []
        # It may not change what it looks at, nor anything else of the draft.
        assert tools.working.draft.paths == ("a.js",)


async def test_what_a_linter_says_is_told_without_secrets(tmp_path: Path) -> None:
    with draft_tools(tmp_path, SCRIPTS, sandbox=True, more=(ESLINT,)) as tools:
        linted(tools)
        tools.approves = True
        told = await tools.call("edit", path="b.js", old="let more", new=f"var {TOKEN}")
    assert "no-var Unexpected var" in told
    assert TOKEN not in told


async def test_a_slow_linter_is_run_once_before_the_end_and_not_after_each_edit(
    tmp_path: Path,
) -> None:
    memo = CountingMemo()
    slow = {**SCRIPTS, "delay": "0.5"}
    with draft_tools(tmp_path, slow, sandbox=True, more=(ESLINT,), memo=memo) as tools:
        lint = linted(tools, LintTimes(is_slow=0.4, edit=60.0, finish=60.0))
        tools.approves = True
        told = await tools.call("edit", path="a.js", old="let next", new="var next")
        assert len(findings(told)) == 1  # it was waited for, this once
        looks = memo.looks("a.js")
        told = await tools.call("edit", path="b.js", old="let more", new="var more")
        told += await tools.call("edit", path="b.js", old="more = 3", new="more = 4")
        assert findings(told) == []
        [note] = tools.toolbox.notes
        assert note == "not linted: b.js (the work ended before it was looked at)"
        await lint.before_finish()
        assert [str(one) for one in tools.working.lint["b.js"]] == [
            "b.js:1: no-var Unexpected var: more"
        ]
        assert memo.looks("a.js") == looks
        assert tools.toolbox.notes == ()
        after = memo.looks("b.js")
        await lint.before_finish()
        assert memo.looks("b.js") == after


async def test_a_linter_that_takes_too_long_is_silent_and_told_of_once(tmp_path: Path) -> None:
    memo = CountingMemo()
    endless = {**SCRIPTS, "delay": "600"}
    with draft_tools(tmp_path, endless, sandbox=True, more=(ESLINT,), memo=memo) as tools:
        lint = linted(tools, LintTimes(is_slow=0.2, edit=0.5, finish=1.0))
        tools.approves = True
        told = await tools.call("edit", path="a.js", old="let next", new="var next")
        assert "lint" not in told
        assert lint.notes == []
        await lint.before_finish()
        await lint.before_finish()
    [note] = tools.toolbox.notes
    assert note.startswith("not linted: a.js (eslint: stopped at the time limit")
    assert memo.looks("a.js") == 2


async def test_a_linter_that_fails_is_silent_told_of_once_and_not_run_again(
    tmp_path: Path,
) -> None:
    memo = CountingMemo()
    broken = {**SCRIPTS, "broken": ""}
    with draft_tools(tmp_path, broken, sandbox=True, more=(ESLINT,), memo=memo) as tools:
        lint = linted(tools)
        tools.approves = True
        for new in ("3", "4"):
            told = await tools.call("edit", path="a.js", old="next =", new=f"next = {new} +")
            assert "lint" not in told
        await lint.before_finish()
    assert tools.toolbox.notes == (
        'not linted: a.js (eslint: exit code 2; Oops: no plugin "import" (x.js:1:1))',
    )
    assert memo.looks("a.js") == 1


async def test_without_a_sandbox_nothing_is_linted_nor_said_to_be(tmp_path: Path) -> None:
    with draft_tools(tmp_path, {"a.py": CODE}) as tools:
        told = await tools.call("edit", path="a.py", old="return 2", new="return missing")
    assert "lint" not in told


async def test_an_edit_tells_no_more_than_a_call_may_and_keeps_what_linters_found(
    tmp_path: Path,
) -> None:
    long = "\n".join(f"x{number} = '{'y' * 300}'" for number in range(50))
    limits = ToolLimits(characters=3_000)
    with draft_tools(tmp_path, {"a.py": "z = 1\n"}, sandbox=True, limits=limits) as tools:
        linted(tools)
        told = await tools.call("edit", path="a.py", old="z = 1", new=f"{long}\nz = missing")
    assert len(told) <= 3_000
    assert "characters left out" in told
    assert findings(told) == ["a.py:51: F821 Undefined name `missing`"]


@dataclass
class NoExecutor:
    """Runs nothing: whatever is known, is known from the log."""

    name: str = "none"
    version: str = "0"
    shares_host: bool = True

    async def run(self, command: Command) -> Execution:
        raise AssertionError(f"{command.argv} was run")


async def test_a_run_that_is_resumed_is_told_the_same_without_a_linter(tmp_path: Path) -> None:
    told = []
    for place in ("first", "again"):
        folder = tmp_path / place
        folder.mkdir()
        memo = StepLog(tmp_path / "steps.jsonl")
        with draft_tools(folder, {"a.py": CODE}, sandbox=True, memo=memo) as tools:
            lint = linted(tools)
            if place == "again":
                lint.checks.executor = NoExecutor()
            said = await tools.call("edit", path="a.py", old="return 2", new="return missing")
            await lint.before_finish()
            told.append((said, findings(said)))
    assert told[0] == told[1]
    assert told[0][1] == ["a.py:9: F821 Undefined name `missing`"]
