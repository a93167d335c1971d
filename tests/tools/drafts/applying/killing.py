"""Kill applying, or undoing, at every moment, and see that each way out of it is whole.

Run as a program, for it forks: `python -m tests.tools.drafts.applying.killing FOLDER KIND ACT`.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tests.tools.drafts.applying.scene import ENDS, MINE, TARGETS, Saver, Scene


def _act(scene: Scene, kind: str, act: str, saver: Saver) -> None:
    quiet, scene.means = scene.means, replace(scene.means, at=saver.at)
    if act == "undo":
        scene.undo()
    else:
        scene.apply(scene.draft(kind))
    scene.means = quiet


def _killed(scene: Scene, kind: str, act: str, when: int) -> None:
    """Do it in a process that ends at one moment."""

    class Killer(Saver):
        def save(self) -> bool:
            os.kill(os.getpid(), signal.SIGKILL)
            return True

    child = os.fork()
    if child == 0:
        _act(scene, kind, act, Killer(scene.repo, "", when))
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), (when, status)


def _moments(scene: Scene, kind: str, act: str) -> list[str]:
    quiet = Saver(scene.repo, "")
    _prepared(scene, kind, act)
    _act(scene, kind, act, quiet)
    return quiet.moments


def _prepared(scene: Scene, kind: str, act: str) -> None:
    scene.again()
    if act == "undo":
        scene.apply(scene.draft(kind))


def _check_way_out(scene: Scene, kind: str, edit: str, out: str) -> None:
    """Edit a file or none, go one way out, and see that all is as it says."""
    path, other = TARGETS[kind], scene.content("z.py")
    assert scene.content(path) in ENDS[kind]
    assert other in (b"z = 1\n", b"z = 2\n")
    if edit:
        (scene.repo / edit).parent.mkdir(exist_ok=True)
        (scene.repo / edit).write_bytes(MINE)
    journal = scene.finish() if out == "finish" else scene.undo()
    before, after = ENDS[kind]
    state, wanted, last = ("applied", after, 2) if out == "finish" else ("undone", before, 1)
    assert (journal.state, journal.left) == (state, (edit,) if edit else ()), journal
    assert all(edit in note for note in journal.notes), journal
    assert scene.content(path) == (MINE if edit else wanted), journal
    assert scene.content("z.py") == b"z = %d\n" % last
    assert scene.strays() == []


def main() -> None:
    folder, kind, act = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    scene = Scene.make(folder)
    moments = _moments(scene, kind, act)
    for when, moment in enumerate(moments):
        for edit in ("", TARGETS[kind]):
            for out in ("finish", "undo"):
                _prepared(scene, kind, act)
                _killed(scene, kind, act, when)
                try:
                    _check_way_out(scene, kind, edit, out)
                except Exception as error:
                    raise AssertionError(f"{moment!r}, {edit!r}, {out}: {error}") from error
    print(len(moments))


if __name__ == "__main__":
    main()
