"""The tool `run`: tests, named operations, reading commands, and what a person approves."""

from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError, ToolRetryError
from tests.support import until
from tests.tools.model_tools.draft_tools import draft_tools
from tools.projects.operations import ProjectOperation

FILES: dict[str, str | bytes] = {
    "a.py": "def f():\n    return 1\n",
    "test_a.py": (
        "from a import f\n\n\ndef test_f():\n    assert f() == 2\n\n\ndef test_g():\n    f()\n"
    ),
}
MORE = ProjectOperation("make check", "lint", ("true",))


async def test_failing_tests_are_told_by_name_place_and_assertion(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        told = await tools.call("run")
        assert told.startswith("pytest: 1 passed, 1 failed (exit code 1) [whole output: log:1]")
        assert "test_a.py::test_f\n  test_a.py:5: in test_f\n  assert 1 == 2" in told
        log = await tools.call("read", path="log:1")
        assert "short test summary info" in log
        await tools.call("edit", path="a.py", old="return 1", new="return 2")
        assert tools.working.edits_since_run == 1
        assert "2 passed" in await tools.call("run", tests=["test_a.py"])
        assert tools.working.edits_since_run == 0
        assert tools.asked == []


async def test_a_failure_that_was_there_before_is_told_as_that(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        assert tools.toolbox.runs is not None
        tools.toolbox.runs.known_failing = frozenset({"test_a.py::test_f"})
        told = await tools.call("run", command="pytest -q")
        assert "already failing at base, not yours: test_a.py::test_f" in told


async def test_an_operation_beside_the_tests_runs_once_somebody_approves_it(
    tmp_path: Path,
) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True, more=(MORE,)) as tools:
        with pytest.raises(ToolRefusedError, match="make check may not run"):
            await tools.call("run", command="true")
        tools.approves = True
        assert "exit code 0" in await tools.call("run", command="true")
        assert tools.asked == ["make check", "make check"]


@pytest.mark.parametrize(
    "command", ["pytest; touch x", "sed -i s/1/2/ a.py", "python -c 'print(1)'", "find . -delete"]
)
async def test_any_other_string_is_shown_to_a_person_as_it_is(tmp_path: Path, command: str) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        with pytest.raises(ToolRefusedError, match="this command was not approved"):
            await tools.call("run", command=command)
        assert tools.asked == [command]


async def test_a_command_that_only_reads_asks_nobody_and_sees_the_draft(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        await tools.call("edit", path="a.py", old="return 1", new="return 7")
        assert "return 7" in await tools.call("run", command="cat a.py")
        assert tools.asked == []


async def test_what_a_command_writes_is_told_and_not_kept(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        told = await tools.call("run", command="echo x > b.txt && sed -i s/1/2/ a.py && echo done")
        assert "done" in told
        assert "written by the command and not kept: a.py, b.txt" in told
        assert tools.text("a.py") == FILES["a.py"]
        assert "no such file" in (await tools.call("run", command="cat b.txt")).lower()


async def test_a_command_finds_the_projects_python_and_no_network(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        command = "python -c 'import pytest; print(pytest)'"
        assert "pytest" in await tools.call("run", command=command)
        script = 'import socket; socket.create_connection(("127.0.0.1", 9))'
        assert "Error" in await tools.call("run", command=f"python -c '{script}'")


async def test_a_time_limit_ends_a_command_with_what_it_had_said(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        told = await tools.call("run", command="echo begun; sleep 100", timeout=2)
        assert "stopped at the time limit" in told
        assert "begun" in told


async def test_a_long_output_keeps_its_end_and_all_of_it_can_be_read(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        told = await tools.call("run", command="seq 1 20000")
        assert len(told) < 11_000
        assert told.rstrip().endswith("20000")
        assert " 10000| 10000" in await tools.call("read", path="log:1", start=10_000, limit=2)


async def test_a_command_in_the_background_is_looked_at_and_ended(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        told = await tools.call("run", command="echo early; sleep 100", wait=False)
        assert told.startswith("started as job1")
        assert "1 passed" in await tools.call("run"), "others run meanwhile"
        told = await tools.call("run", id="job1", stop=True)
        assert "cancelled" in told
        assert not (tmp_path / "copy-1").exists()
        with pytest.raises(ToolRetryError, match="there is no 'job9'; there are: job1"):
            await tools.call("run", id="job9")


async def test_a_command_in_the_background_ends_by_itself_or_with_the_tools(
    tmp_path: Path,
) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        tools.approves = True
        await tools.call("run", command="echo quick", wait=False)

        # Each look waits a few seconds for the end by itself.
        looks = [await tools.call("run", id="job1") for _ in range(4)]
        assert "quick" in looks[-1]
        await tools.call("run", command="sleep 100", wait=False)
        await tools.toolbox.close()
        await until(lambda: not (tmp_path / "copy-2").exists())
