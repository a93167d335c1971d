"""Every command that takes a repository, at places that are none: a sentence and an exit code."""

from pathlib import Path

import pytest

from tests.server.commands import Commands
from tests.support import git

PLACES = {
    "missing": "does not exist",
    "file": "is not a folder",
    "bare": "is a bare repository",
}
COMMANDS = {
    "status": ["status", "--repo"],
    "search": ["search", "x", "--repo"],
    "symbols": ["symbols", "x", "--repo"],
    "history": ["history", "x", "--repo"],
    "map": ["map", "--repo"],
    "ask": ["ask", "why", "--repo"],
    "index": ["index"],
    "review": ["review", "--base", "main", "--repo"],
    "change": ["change", "x", "--repo"],
    "apply": ["apply", "--repo"],
    "undo": ["undo", "--repo"],
    "runs": ["runs", "list", "--repo"],
    "tune": ["tune", "--repo"],
    "eval": ["eval", "retrieval", "--repo"],
    "sandbox": ["sandbox", "run", "--workspace"],
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_is_no_repository_is_named(tmp_path: Path, command: str, place: str) -> None:
    folder = tmp_path / place
    if place == "file":
        folder.write_text("")
    elif place == "bare":
        git(tmp_path, "init", "--quiet", "--bare", str(folder))
    rest = ["--", "true"] if command == "sandbox" else []
    done = Commands(tmp_path).run(*COMMANDS[command], folder, *rest)
    assert done.code == 2
    assert PLACES[place] in done.err
    assert str(folder) in done.err
    # What measures says before that it has no vectors.
    *notes, line = done.err.splitlines()
    assert line.startswith("rooftree: ")
    assert all(note.startswith("note: ") for note in notes)
    assert done.out == ""
