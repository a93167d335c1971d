"""A finish is sent back once with what linters newly find, and is let be the second time."""

from pathlib import Path

from tests.agents.loop.loops import FINISH, RUN, call, prefix_breaks, staged

FILES: dict[str, str | bytes] = {
    "a.py": "import json\n\n\ndef f():\n    return 1\n",
    "test_a.py": "from a import f\n\n\ndef test_f():\n    assert f() == 1\n",
}
READ = call("read", path="a.py")
EDIT = call("edit", path="a.py", old="import json\n", new="import json\nimport os\n")
POINT = "new lint finding: a.py:2: F401 `os` imported but unused"


async def test_new_findings_stand_against_finishing_once_and_are_told_at_the_end(
    tmp_path: Path,
) -> None:
    script = [READ, EDIT, RUN, FINISH, FINISH]
    async with staged(tmp_path, script, files=FILES, sandbox=True) as stage:
        result = await stage.play()
    results = stage.results()
    assert POINT in results[1]
    assert results[3].startswith(f"not finished yet:\n- {POINT}\n")
    assert results[4] == "finished"
    assert result.open_points == (POINT,)
    assert not list(prefix_breaks(stage.bodies))


async def test_findings_that_were_mended_stand_against_nothing(tmp_path: Path) -> None:
    mend = call("edit", path="a.py", old="import os\n", new="# It is for others.\n")
    script = [READ, EDIT, RUN, FINISH, mend, RUN, FINISH]
    async with staged(tmp_path, script, files=FILES, sandbox=True) as stage:
        result = await stage.play()
    assert result.finished
    assert result.open_points == ()
    assert "lint" not in stage.results()[4]


async def test_what_was_there_before_stands_against_nothing(tmp_path: Path) -> None:
    edit = call("edit", path="a.py", old="return 1", new="return 0 + 1")
    async with staged(tmp_path, [READ, edit, RUN, FINISH], files=FILES, sandbox=True) as stage:
        result = await stage.play()
    assert result.finished
    assert (result.steps, result.open_points) == (4, ())
