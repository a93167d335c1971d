"""A crash and an edit of the user's: both ways lead out, what he wrote stays, and it is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.drafts.applying.scene import MINE, TARGETS, Scene
from tools.drafts.apply import begin
from tools.drafts.applying.journal import JOURNAL, Journal

LEFT = "'a.py' was edited by somebody; it was left as it is"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene.make(tmp_path)


def _cut_off(scene: Scene) -> None:
    """The first of two files was written, and then the power went; the user edits that one."""
    begin(scene.draft("replaced"), scene.run)
    (scene.repo / "a.py").write_bytes(MINE)


def test_applying_goes_on_beside_the_edit_and_can_be_taken_back(scene: Scene) -> None:
    _cut_off(scene)
    done = scene.finish()
    assert (done.state, done.left, done.notes) == ("applied", ("a.py",), (LEFT,))
    assert (scene.content("a.py"), scene.content("z.py")) == (MINE, b"z = 2\n")
    undone = scene.undo()
    assert (undone.state, undone.notes) == ("undone", (LEFT,))
    assert (scene.content("a.py"), scene.content("z.py")) == (MINE, b"z = 1\n")


def test_what_was_begun_is_taken_back_beside_the_edit(scene: Scene) -> None:
    _cut_off(scene)
    (scene.repo / "z.py").write_bytes(b"z = 2\n")
    undone = scene.undo()
    assert (undone.state, undone.left, undone.notes) == ("undone", ("a.py",), (LEFT,))
    assert (scene.content("a.py"), scene.content("z.py")) == (MINE, b"z = 1\n")


def test_undoing_that_was_cut_off_goes_on_both_ways(scene: Scene) -> None:
    scene.apply(scene.draft("replaced")).with_state("undoing").save(scene.run)
    (scene.repo / "a.py").write_bytes(MINE)
    (scene.repo / "z.py").write_bytes(b"z = 1\n")
    assert scene.finish().notes == (LEFT,)
    assert scene.content("z.py") == b"z = 2\n"
    scene.journal().with_state("undoing").save(scene.run)
    assert scene.undo().notes == (LEFT,)
    assert scene.content("z.py") == b"z = 1\n"
    assert scene.content("a.py") == MINE


def test_a_file_that_the_user_removed_stays_removed(scene: Scene) -> None:
    begin(scene.draft("replaced"), scene.run)
    (scene.repo / "a.py").unlink()
    assert scene.finish().left == ("a.py",)
    assert scene.undo().left == ("a.py",)
    assert scene.content("a.py") is None


def test_a_journal_of_an_earlier_version_is_read(scene: Scene) -> None:
    scene.apply(scene.draft("replaced", "made"))
    told = json.loads((scene.run / JOURNAL).read_text())
    old = {name: told[name] for name in ("digest", "state", "steps")}
    (scene.run / JOURNAL).write_text(json.dumps(old))
    assert scene.journal().folders is None
    assert scene.undo().state == "undone"
    assert (scene.content("a.py"), scene.content("new/c.py")) == (b"a = 1\n", None)
    assert not (scene.repo / "new").exists()


@pytest.mark.eighth("act")
@pytest.mark.parametrize("act", ["apply", "undo"])
@pytest.mark.parametrize("kind", list(TARGETS))
def test_a_kill_at_any_moment_leaves_either_content_and_a_way_out(
    quick: Path, kind: str, act: str
) -> None:
    """Each moment is a process of its own, which kills itself there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.drafts.applying.killing", str(quick), kind, act],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[4],
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5, "that many moments were tried"


def test_a_journal_tells_what_was_left(scene: Scene) -> None:
    _cut_off(scene)
    done = scene.finish()
    assert Journal.load(scene.run) == done
