"""Drafts of small repositories in which something is moved."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rooftree.git.commands import open_worktree
from tests.support import git_repository, write_files
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.moving.move import move
from tools.moving.request import MoveRequest, MoveResult


def draft_of(tmp_path: Path, files: Mapping[str, str | bytes]) -> Draft:
    (tmp_path / "blobs").mkdir(parents=True)
    return Draft(take_snapshot(open_worktree(git_repository(tmp_path, files)), tmp_path / "blobs"))


def moved(tmp_path: Path, request: MoveRequest, files: Mapping[str, str | bytes]) -> MoveResult:
    return move(draft_of(tmp_path, files), request)


def run(tmp_path: Path, draft: Draft, code: str) -> str:
    """Run code over the files of a draft."""
    folder = tmp_path / "after"
    names = {*draft.snapshot.files, *draft.changes}
    held = {name: data for name in names if (data := draft.content(name)) is not None}
    write_files(folder, held)
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
