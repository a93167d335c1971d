"""The copy in which foreign code runs: what is in it, and that it forgets what the code did."""

import os
from pathlib import Path

import pytest

from rooftree.errors import RepositoryError, StorageError
from rooftree.git.commands import open_worktree
from tests.support import git, git_repository
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command

FILES = {"a.py": "a = 1\n", "pkg/b.py": "b = 2\n", "run.sh": "echo hi\n", ".gitignore": "build/\n"}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = git_repository(tmp_path / "repo", FILES)
    (repo / "build").mkdir()
    (repo / "build" / "out").write_text("ignored")
    (repo / ".env").write_text("TOKEN=made-up\n")
    (repo / "dirty.py").write_text("untracked\n")
    (repo / "link").symlink_to("a.py")
    (repo / "away").symlink_to("/etc/passwd")
    (repo / "run.sh").chmod(0o755)
    return repo


@pytest.fixture
def snapshot(repo: Path, tmp_path: Path) -> Snapshot:
    (tmp_path / "store").mkdir()
    return take_snapshot(open_worktree(repo), tmp_path / "store")


@pytest.fixture
def workspace(snapshot: Snapshot, tmp_path: Path) -> Workspace:
    return Workspace.make(tmp_path / "copy", snapshot)


def everything(root: Path) -> dict[str, str]:
    found = {}
    for folder, folders, files in os.walk(root):
        for name in [*files, *(one for one in folders if Path(folder, one).is_symlink())]:
            place = Path(folder, name)
            is_link = place.is_symlink()
            content = f"-> {place.readlink()}" if is_link else place.read_bytes().decode()
            found[str(place.relative_to(root))] = content
    return found


def test_a_copy_has_what_git_would_track_and_no_secret(workspace: Workspace) -> None:
    expected = {**FILES, "dirty.py": "untracked\n", "link": "-> a.py"}
    assert everything(workspace.root) == expected
    assert (workspace.root / "run.sh").stat().st_mode & 0o111
    assert workspace.snapshot.left_out[".env"] == "denied"
    assert "away" in workspace.snapshot.left_out


def test_a_draft_lies_on_top_and_can_be_taken_away(workspace: Workspace) -> None:
    workspace.put({"a.py": b"a = 2\n", "new/c.py": b"c\n", "pkg/b.py": None})
    changed = everything(workspace.root)
    assert (changed["a.py"], changed["new/c.py"], "pkg/b.py" in changed) == (
        "a = 2\n",
        "c\n",
        False,
    )
    workspace.put({"a.py": b"a = 3\n"})
    assert everything(workspace.root)["a.py"] == "a = 3\n"
    workspace.put({})
    assert everything(workspace.root)["pkg/b.py"] == "b = 2\n"
    assert "new/c.py" not in everything(workspace.root)


ATTACKS = {
    "writes": "echo x > a.py; echo y > new.py",
    "forged times": "t=$(stat -c %Y a.py); echo evil > a.py; touch -d @$t a.py",
    "folder for file": "rm a.py; mkdir a.py; touch a.py/x",
    "link for folder": "rm -r pkg; ln -s /etc pkg",
    "link for file": "rm a.py; ln -s /etc/passwd a.py",
    "hard link": "ln a.py hard; echo x > hard",
    "mode": "chmod 777 a.py; chmod 0 pkg/b.py; chmod 0 pkg",
    "special": "mkfifo a.fifo; rm a.py; mkfifo a.py",
    "git": "mkdir .git; echo x > .git/config",
    "deep": "mkdir -p $(seq -s/ 1 200); touch $(seq -s/ 1 200)/f",
    "delete": "rm -rf ./* ./.g*",
    "locked": "mkdir -p d/e; touch d/e/f; chmod 0 d/e d",
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_what_a_command_did_is_forgotten(workspace: Workspace, name: str) -> None:
    workspace.put({"drafted.py": b"draft\n"})
    before = everything(workspace.root)
    ended = await find_bubblewrap().run(Command(("sh", "-c", ATTACKS[name]), workspace.root))
    assert ended.ended == "exited"
    assert workspace.reset() != ()
    assert everything(workspace.root) == before
    assert (workspace.root / "a.py").stat().st_mode & 0o777 == 0o644
    assert workspace.reset() == ()


async def test_a_copy_can_be_removed_whatever_was_done_to_it(workspace: Workspace) -> None:
    script = "mkdir -p d/e; touch d/e/f; chmod 0 d/e d pkg; ln -s / root"
    await find_bubblewrap().run(Command(("sh", "-c", script), workspace.root))
    workspace.remove()
    assert not workspace.root.exists()
    assert os.listdir("/etc")  # noqa: PTH208 - the link to / was removed, and not what it names


def test_the_old_content_is_had_from_the_tree_from_git_or_from_what_was_kept(
    repo: Path, snapshot: Snapshot
) -> None:
    (repo / "a.py").write_text("changed\n")
    (repo / "dirty.py").unlink()
    assert snapshot.content("a.py") == b"a = 1\n"
    assert snapshot.content("dirty.py") == b"untracked\n"
    assert snapshot.content("no.py") is None
    assert not snapshot.current_state("a.py").holds(snapshot.blob("a.py"))
    assert snapshot.current_state("dirty.py").absent


def test_a_snapshot_is_read_back_as_it_was(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json", snapshot.store) == snapshot
    (tmp_path / "snapshot.json").write_text('{"root": 1}')
    with pytest.raises(StorageError, match="cannot be read"):
        Snapshot.load(tmp_path / "snapshot.json", snapshot.store)


def test_content_that_is_nowhere_any_more_is_an_error(repo: Path, snapshot: Snapshot) -> None:
    (repo / "dirty.py").write_text("other\n")
    for kept in snapshot.store.iterdir():
        kept.write_bytes(b"damaged")
    with pytest.raises(RepositoryError, match="start the change anew"):
        snapshot.content("dirty.py")


def test_a_plain_folder_and_an_unborn_branch_work_too(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "x.py").write_text("x\n")
    (tmp_path / "store").mkdir()
    first = take_snapshot(open_worktree(plain), tmp_path / "store")
    git(plain, "init", "-q")
    second = take_snapshot(open_worktree(plain), tmp_path / "store")
    assert first.content("x.py") == second.content("x.py") == b"x\n"
    assert (first.commit, second.commit) == (None, None)


def test_sparse_files_stay_sparse(tmp_path: Path) -> None:
    """Twenty of 31 MB, which took 120 KB, became 621 MB of copy; and what git lacks is kept."""
    repo = git_repository(tmp_path / "repo", FILES)
    for number in range(4):
        with (repo / f"sparse{number}").open("wb") as handle:
            handle.truncate(31 << 20)
            handle.seek(17 << 20)
            handle.write(b"here")
    (tmp_path / "store").mkdir()
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "store")
    copy = Workspace.make(tmp_path / "copy", snapshot)
    assert disk(tmp_path / "store") < 1 << 20
    assert disk(copy.root) < 1 << 20
    assert (copy.root / "sparse3").read_bytes() == (repo / "sparse3").read_bytes()


def disk(folder: Path) -> int:
    return sum(place.stat().st_blocks * 512 for place in folder.rglob("*"))


def test_a_copy_that_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    repo = git_repository(tmp_path / "repo", {**FILES, "large": "x" * (2 << 20)})
    (tmp_path / "store").mkdir()
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "store")
    with pytest.raises(StorageError, match=r"sandbox\.copy_mib"):
        Workspace.make(tmp_path / "copy", snapshot, 1 << 20)
    assert not (tmp_path / "copy").exists()
    assert Workspace.make(tmp_path / "copy", snapshot, 3 << 20).root.is_dir()
