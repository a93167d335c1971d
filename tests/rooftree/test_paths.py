import os
import subprocess
import sys
from pathlib import Path

import pytest

from rooftree.errors import StorageError
from rooftree.paths import StateFolder, default_state_folder, private_folder

HOMELESS = """
import os, sys
from rooftree.errors import ConfigError
from rooftree.paths import default_state_folder
os.setuid(int(sys.argv[1]))
try:
    default_state_folder()
except ConfigError as error:
    print(error)
"""


def test_every_part_of_the_state_is_private(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    folders = [state.models(), state.runs(), state.logs(), state.repository("ab12")]
    folders += [state.socket().parent, state.socket_token().parent, state.server_database().parent]
    for folder in folders:
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.is_relative_to(tmp_path / "state")


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"state folder '.*/file/state'"):
        private_folder(tmp_path / "file" / "state")
    with pytest.raises(StorageError, match="state folder"):
        private_folder(tmp_path / "a\0b")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(StorageError, match="belongs to user 65534"):
        private_folder(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without a home")
def test_a_user_without_a_home_is_told_what_to_set() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, "54321"],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "set HOME or XDG_STATE_HOME" in done.stdout


def test_a_relative_state_home_is_ignored() -> None:
    """It would put the state into whatever folder the user stands in."""
    done = subprocess.run(
        [sys.executable, "-c", "import rooftree.paths as p; print(p.default_state_folder())"],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "XDG_STATE_HOME": "here", "HOME": "/h"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "/h/.local/state/rooftree"
    assert default_state_folder().is_absolute()
