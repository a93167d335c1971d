"""The tools of an agent: they see and edit a draft, and show what may be seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError, ToolRetryError
from tests.support import commit_all, git, write_files
from tests.tools.model_tools.draft_tools import DraftTools, draft_tools
from tools.model_tools.working_draft import ToolLimits

WORD = "rhubarb" + "-of-the-env-file"
TOKEN = "ghp_" + "q7Rz" * 9
MARKED = 'def f():\n    a = "\u200b<|im_start|>"\n    b = 1\n'
FILES: dict[str, str | bytes] = {
    "a.py": "def f():\n    return 1\n",
    "pack/one.py": "from a import f\n\nTOTAL = f() + 1\n",
    "pack/two.js": "const total = 1;\n",
    "key.py": f'TOKEN = "{TOKEN}"\nx = 1\n',
    "marked.py": MARKED,
    "long.txt": "".join(f"line {number}\n" for number in range(1, 1001)),
    ".env": f"GREETING={WORD}\n",
    ".rooftreeignore": "private/\n",
    "private/note.txt": WORD,
    "test_a.py": "from a import f\n\n\ndef test_f():\n    assert f() == 1\n",
}


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[DraftTools]:
    with draft_tools(tmp_path, FILES) as tools:
        yield tools


async def test_a_file_is_read_in_numbered_lines_that_say_what_more_there_is(
    tools: DraftTools,
) -> None:
    told = await tools.call("read", path="long.txt", start=5, limit=3)
    assert told.split("\n") == [
        "     5| line 5",
        "     6| line 6",
        "     7| line 7",
        "long.txt: lines 5-7 of 1001; more: start=8",
    ]
    assert "line 999" in await tools.call("read", path="long.txt", start=-3)
    with pytest.raises(ToolRetryError, match="has 1001 lines; there is no line 2000"):
        await tools.call("read", path="long.txt", start=2000)


async def test_a_result_is_never_longer_than_it_may_be(tmp_path: Path) -> None:
    limits = ToolLimits(characters=500, lines=400)
    with draft_tools(tmp_path, FILES, limits=limits) as tools:
        told = await tools.call("read", path="long.txt", limit=400)
        assert len(told) < 600
        assert "more: start=" in told
        found = await tools.call("find", pattern="line")
        assert len(found) < 700
        assert "1000 lines" in found


async def test_a_folder_is_listed_and_a_missing_file_names_those_like_it(
    tools: DraftTools,
) -> None:
    told = await tools.call("read", path="")
    assert "pack/ (2 files)" in told
    assert ".env" not in told
    assert "private" not in told
    assert "one.py" in await tools.call("read", path="pack/")
    with pytest.raises(ToolRetryError, match=r"no file 'one\.py'; did you mean 'pack/one\.py'"):
        await tools.call("read", path="one.py")


async def test_a_path_as_the_sandbox_shows_it_is_the_repositorys(tools: DraftTools) -> None:
    assert "def f()" in await tools.call("read", path="/workspace/a.py")
    assert "def f()" in await tools.call("read", path="./a.py")
    for path in ("/etc/passwd", "../outside", "a/../../x"):
        with pytest.raises((ToolRefusedError, ToolRetryError)):
            await tools.call("read", path=path)


async def test_lines_are_found_by_text_pattern_and_name(tools: DraftTools) -> None:
    assert await tools.call("find", pattern="total") == (
        "pack/one.py:3: TOTAL = f() + 1\npack/two.js:1: const total = 1;\n2 lines in 1 folders"
    )
    assert "pack/two.js" not in await tools.call("find", pattern="TOTAL")
    told = await tools.call("find", pattern=r"^def \w+\(", kind="regex", glob="*.{py,js}")
    assert told.startswith("a.py:1: def f():\nmarked.py:1: def f():")
    assert await tools.call("find", pattern="*.js", kind="name") == "pack/two.js\n1 files"
    assert "pack/one.py" in await tools.call("find", pattern="f()", path="pack")


async def test_nothing_found_says_what_was_looked_at_and_what_was_not(
    tools: DraftTools,
) -> None:
    told = await tools.call("find", pattern="nowhere", glob="*.py")
    assert "no hits for 'nowhere': 5 files like '*.py' were looked at, in any case" in told
    assert "not looked into:" in told
    with pytest.raises(ToolRetryError, match="no regex of RE2"):
        await tools.call("find", pattern="(", kind="regex")
    with pytest.raises(ToolRetryError, match="cannot be read"):
        await tools.call("find", pattern="x", glob="*.{py")


async def test_a_secret_is_neither_shown_nor_found(tools: DraftTools) -> None:
    assert "no hits" in await tools.call("find", pattern=TOKEN)
    assert TOKEN not in await tools.call("find", pattern="TOKEN")
    assert TOKEN not in await tools.call("read", path="key.py")
    assert WORD not in await tools.call("find", pattern="rhubarb")


async def test_a_pattern_takes_time_in_proportion_to_the_text(tools: DraftTools) -> None:
    await tools.call("change_file", path="as.txt", action="create", text="a" * 200_000)
    assert "no hits" in await tools.call("find", pattern="(a+)+$b", kind="regex", path="as.txt")


async def test_an_edit_shows_the_lines_around_it_and_who_uses_what_changed(
    tools: DraftTools,
) -> None:
    told = await tools.call("edit", path="a.py", old="def f():", new="def f(x):")
    assert "     1| def f(x):\n     2|     return 1" in told
    assert "f: signature changed; the name stands at marked.py:1, pack/one.py:1" in told
    assert "+++" not in told


async def test_what_does_not_parse_is_refused_once_and_then_stored_as_open(
    tools: DraftTools,
) -> None:
    with pytest.raises(ToolRetryError, match=r"a\.py:1 does not parse any more"):
        await tools.call("edit", path="a.py", old="def f():", new="def f(:")
    assert tools.working.unparsed == {}
    told = await tools.call("edit", path="a.py", old="def f():", new="def f(:")
    assert "has to be mended before you finish" in told
    assert list(tools.working.unparsed) == ["a.py"]
    await tools.call("edit", path="a.py", old="def f(:", new="def f():\n    y = 2")
    assert tools.working.unparsed == {}


async def test_another_way_is_offered_after_two_refused_edits_of_a_file(
    tools: DraftTools,
) -> None:
    for number in range(2):
        with pytest.raises(ToolRetryError) as told:
            await tools.call("edit", path="a.py", old=f"nothing {number}", new="x")
    assert "write the file anew with change_file(action='overwrite')" in str(told.value)


async def test_a_large_model_reads_a_file_before_it_edits_it(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, is_small=False) as tools:
        with pytest.raises(ToolRetryError, match=r"read 'a\.py' first"):
            await tools.call("edit", path="a.py", old="return 1", new="return 2")
        await tools.call("read", path="a.py")
        await tools.call("edit", path="a.py", old="return 1", new="return 2")
        await tools.call("edit", path="a.py", old="return 2", new="return 3")
        assert tools.text("a.py") == "def f():\n    return 3\n"


async def test_files_are_made_moved_filled_and_deleted(tools: DraftTools) -> None:
    change = "change_file"
    await tools.call(change, path="new/b.py", action="create", text="x = 1")
    assert tools.text("new/b.py") == "x = 1\n"
    await tools.call(change, path="new/b.py", action="insert", text="y = 2", line=1)
    assert tools.text("new/b.py") == "x = 1\ny = 2\n"
    await tools.call(change, path="new/b.py", action="move", to="c.py")
    assert not tools.working.exists("new/b.py")
    await tools.call(change, path="c.py", action="overwrite", text="z = 3\n")
    await tools.call(change, path="pack/two.js", action="delete")
    assert sorted(tools.working.draft.changes) == ["c.py", "pack/two.js"]
    with pytest.raises(ToolRetryError, match="exists"):
        await tools.call(change, path="a.py", action="create", text="")
    with pytest.raises(ToolRetryError, match="too many to be written anew"):
        await tools.call(change, path="long.txt", action="overwrite", text="x")


@pytest.mark.parametrize(
    "path", [".env", "private/note.txt", ".git/config", ".github/workflows/x.yml", "AGENTS.md"]
)
async def test_what_is_guarded_is_neither_edited_nor_made(tools: DraftTools, path: str) -> None:
    for arguments in ({"action": "create", "text": "x"}, {"action": "move", "to": "x"}):
        with pytest.raises((ToolRefusedError, ToolRetryError)):
            await tools.call("change_file", path=path, **arguments)
    with pytest.raises((ToolRefusedError, ToolRetryError)):
        await tools.call("change_file", path="a.py", action="move", to=path)


async def test_what_a_model_copies_stays_as_it_is_in_the_file(tools: DraftTools) -> None:
    """It saw no zero-width space, and the mark of a template broken up."""
    old = '    a = "< |im_start|>"\n    b = 1'
    await tools.call("edit", path="marked.py", old=old, new=old.replace("b = 1", "b = 2"))
    assert tools.text("marked.py") == MARKED.replace("b = 1", "b = 2")


async def test_the_mark_of_a_secret_is_never_written_into_a_file(tools: DraftTools) -> None:
    shown = (await tools.call("read", path="key.py")).split("\n")[0].partition("| ")[2]
    assert "redacted" in shown
    await tools.call("edit", path="key.py", old=f"{shown}\nx = 1", new=f"{shown}\nx = 2")
    assert tools.text("key.py") == f'TOKEN = "{TOKEN}"\nx = 2\n'
    with pytest.raises(ToolRetryError, match="redacted secret"):
        await tools.call("edit", path="new.py", new=f"copied = {shown!r}\n")


async def test_a_diff_is_shown_when_it_is_asked_for(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, is_small=False) as tools:
        assert await tools.call("diff") == "nothing is changed"
        await tools.call("read", path="a.py")
        await tools.call("edit", path="a.py", old="return 1", new="return 2")
        assert "-    return 1\n+    return 2" in await tools.call("diff")


async def test_an_outline_and_what_is_called_are_those_of_the_draft(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, is_small=False) as tools:
        await tools.call("change_file", path="b.py", action="create", text="def g():\n    f()\n")
        assert "function g" in await tools.call("symbols", name="b.py", what="outline")


async def test_a_commit_is_shown_without_what_may_not_be_looked_into(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        told = await tools.call("run", command="git show")
        assert "def f()" in told
        assert ".env" not in told
        assert "private/note" not in told
        assert WORD not in told
        assert TOKEN not in told
        assert "def f()" in await tools.call("run", command="git blame a.py")
        assert tools.asked == []


@pytest.mark.parametrize("command", ["show", "blame", "log"])
@pytest.mark.parametrize("path", [".env", "private/note.txt", ".git/config", "sub/.ENV"])
async def test_the_history_of_a_hidden_path_is_refused(
    tmp_path: Path, command: str, path: str
) -> None:
    with (
        draft_tools(tmp_path, FILES, sandbox=True) as tools,
        pytest.raises((ToolRefusedError, ToolRetryError)),
    ):
        await tools.call("run", command=f"git {command} HEAD {path}")


async def test_a_blob_or_a_tree_is_no_commit(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        for name in ("HEAD:.env", "HEAD:private"):
            blob = git(tools.root, "rev-parse", name) if name == "HEAD:.env" else name
            with pytest.raises(ToolRetryError):
                await tools.call("run", command=f"git show {blob}")


async def test_blame_runs_no_program_of_the_configuration(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES, sandbox=True) as tools:
        ran, root = tmp_path / "ran", tools.root
        write_files(
            root, {"evil.sh": f"#!/bin/sh\ntouch {ran}\ncat\n", ".gitattributes": "* diff=x\n"}
        )
        (root / "evil.sh").chmod(0o755)
        commit_all(root)
        for key in ("diff.x.textconv", "filter.x.clean", "filter.x.smudge"):
            git(root, "config", key, str(root / "evil.sh"))
        await tools.call("run", command="git blame a.py")
        await tools.call("run", command="git show")
        assert not ran.exists()


async def test_a_model_that_edits_by_patches_is_given_them_instead(tmp_path: Path) -> None:
    with draft_tools(tmp_path, FILES) as tools:
        tools.toolbox.edit_tool = "apply_patch"
        names = [one.name for one in tools.toolbox.for_change()]
        assert "apply_patch" in names
        assert "edit" not in names
        patch = (
            "*** Begin Patch\n*** Update File: a.py\n def f():\n-    return 1\n+    return 2\n"
            "*** Add File: b.py\n+x = 1\n*** Delete File: pack/two.js\n*** End Patch"
        )
        told = await tools.call("apply_patch", patch=patch)
        assert told.startswith("patched a.py\ncreated b.py (1 lines)")
        assert tools.text("a.py") == "def f():\n    return 2\n"
        assert not tools.working.exists("pack/two.js")
        with pytest.raises(ToolRetryError, match=r"nowhere\.py: there is no file"):
            await tools.call("apply_patch", patch=patch.replace("a.py", "nowhere.py"))
