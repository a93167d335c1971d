"""Somebody saves before and after every step of applying, undoing and removing: nothing is lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.drafts.applying.scene import ENDS, MINE, TARGETS, Saver, Scene

WAYS = ("rename", "in place", "held", "create", "delete")


LAST = "after compare "


@pytest.mark.eighth("kind", "act", "way")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("act", ["apply", "undo"])
@pytest.mark.parametrize("kind", list(TARGETS))
def test_a_save_at_any_moment_is_in_the_tree_or_named(
    quick: Path, kind: str, act: str, way: str
) -> None:
    _save_at_every_moment(Scene.make(quick), kind, act, way)


@pytest.mark.eighth("kind")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["replaced", "removed"])
def test_so_it_is_where_runs_lie_on_another_file_system(
    quick: Path, tmp_path: Path, kind: str, way: str
) -> None:
    """What comes out of the tree cannot be moved into the run's folder then."""
    if quick.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    _save_at_every_moment(Scene.make(quick, tmp_path), kind, "apply", way)


def _save_at_every_moment(scene: Scene, kind: str, act: str, way: str) -> None:
    ended = ENDS[kind][1] if act == "apply" else ENDS[kind][0]
    quiet = Saver(scene.repo / TARGETS[kind], "rename")
    assert (_acted(scene, kind, act, quiet), scene.strays()) == ("", []), "nobody saves"
    assert scene.content(TARGETS[kind]) == ended
    assert quiet.moments[-1] == LAST
    for when, moment in enumerate(quiet.moments):
        scene.again()
        saver = Saver(scene.repo / TARGETS[kind], way, when)
        told = _acted(scene, kind, act, saver)
        if saver.saved and way == "delete":
            assert scene.content(TARGETS[kind]) in (None, ended), moment
        elif saver.saved:
            found = scene.find(MINE, told)
            assert found in ("in the tree", "kept and named"), moment
            assert told or (moment, found) == (LAST, "in the tree"), moment
        assert all(stray in told for stray in scene.strays()), moment
        _check_whole(scene, moment)


@pytest.mark.parametrize("act", ["apply", "undo"])
def test_of_two_saves_in_a_row_the_newer_one_stays(quick: Path, act: str) -> None:
    """The second comes while the first is put back."""
    scene = Scene.make(quick)
    saver = Saver(scene.repo / "a.py", "rename")
    _acted(scene, "replaced", act, saver)
    first = saver.moments.index("before exchange a.py")
    for second in range(first + 1, len(saver.moments)):
        scene.again()
        one, two = (Saver(scene.repo / "a.py", "rename", when) for when in (first, second))
        two.data = b"the second\n"
        told = _acted(scene, "replaced", act, one, two)
        if two.saved:
            assert scene.content("a.py") == two.data, saver.moments[second]
            if "after put back a.py" not in two.moments[: second + 1]:
                assert scene.find(MINE, told) == "kept and named", saver.moments[second]
        assert scene.strays() == []


def _acted(scene: Scene, kind: str, act: str, *savers: Saver) -> str:
    """Apply or undo a change of two files while somebody saves one; return what was told."""
    draft = scene.draft(kind)
    if act == "undo":
        scene.apply(draft)
    for saver in savers:
        saver.open()

    def at(moment: str, path: str) -> None:
        for saver in savers:
            saver.at(moment, path)

    quiet, scene.means = scene.means, replace(scene.means, at=at)
    try:
        return scene.told(scene.undo if act == "undo" else lambda: scene.apply(draft))
    finally:
        scene.means = quiet
        for saver in savers:
            saver.close()


def _check_whole(scene: Scene, moment: str) -> None:
    """Whatever was saved, the other file of the change is forth or back as the journal says."""
    state, other = scene.journal().state, scene.content("z.py")
    assert (state, other) in (("applied", b"z = 2\n"), ("undone", b"z = 1\n")), moment
