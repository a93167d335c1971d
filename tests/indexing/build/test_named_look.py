"""A look at named files alone leaves the index as a look at all files would."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexing.build.indexer import IndexingResult
from indexing.files import skip_reasons as reasons
from indexing.repository.repository import Repository
from rooftree.config import Config
from tests.support import commit_all, config_in, git_repository, indexed, write_files

FILES = {
    "app.py": "def app():\n    return 1\n",
    "lib/one.py": "def one():\n    return 1\n",
    "lib/two.py": "def two():\n    return 2\n",
    "lib/deep/three.py": "def three():\n    return 3\n",
    "hidden/kept.py": "def kept():\n    return 1\n",
    ".gitignore": "*.log\nbuild/\n",
    ".rooftreeignore": "hidden/\n",
}
LONG_AGO = 1_700_000_000
Act = Callable[[Path], object]


@pytest.fixture(params=["git", "plain"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    if request.param == "git":
        root = git_repository(tmp_path, FILES)
    else:
        root = tmp_path / "shop"
        write_files(root, FILES)
    return indexed_later(root, config_in(tmp_path, index={"largest_file_bytes": 5_000}))


def indexed_later(root: Path, config: Config) -> Repository:
    """Index files that have not been written just now."""
    for path in root.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return indexed(root, config)


def look_at(repository: Repository, *names: str) -> IndexingResult:
    with repository.writing("test"):
        return repository.updates.index(named=lambda: frozenset(names))


def told_of(repository: Repository) -> list[Any]:
    """Return what the index holds of each path: its blob, or why it is left out."""
    with repository.manifest() as manifest:
        generation = manifest.current(str(repository.worktree.root))
        assert generation is not None
        known = manifest.known_files(generation)
    return sorted((path, file.blob, file.reason) for path, file in known.items())


def write(path: str, text: str | bytes = "def fresh():\n    return 9\n") -> Act:
    return lambda root: write_files(root, {path: text})


def as_a_whole_look_would(repository: Repository) -> list[Any]:
    found = told_of(repository)
    with repository.writing("test"):
        assert repository.updates.index().unchanged
    return found


@pytest.mark.parametrize(
    ("act", "names", "holds"),
    [
        (write("app.py"), ["app.py"], "app.py"),
        (write("lib/new.py"), ["lib/new.py"], "lib/new.py"),
        (lambda root: (root / "lib/one.py").unlink(), ["lib/one.py"], ""),
        (write("debug.log", "x\n"), ["debug.log"], ""),
        (write("lib/debug.log", "x\n"), ["lib/debug.log", "lib/gone.swp"], ""),
        (write(".env", "PASSWORD=x\n"), [".env"], "denied"),
        (lambda root: (root / "link.py").symlink_to("app.py"), ["link.py"], "symlink"),
        (write("lib/large.py", "x = 1\n" * 1_000), ["lib/large.py"], "too_large"),
        (write("lib/data.bin", b"\0\1\2" * 99), ["lib/data.bin"], "binary"),
        (write("hidden/kept.py"), ["hidden/kept.py"], ""),
        (lambda _: None, ["lib/two.py", "nowhere/at.all"], ""),
    ],
    ids=[
        *("edited", "new", "deleted", "ignored", "ignored below", "denied", "link", "large"),
        *("binary", "below what is left out", "nothing"),
    ],
)
def test_a_change_of_files_is_found_without_a_look_at_all(
    repository: Repository, act: Act, names: list[str], holds: str
) -> None:
    before = told_of(repository)
    act(repository.worktree.root)
    done = look_at(repository, *names)
    after = as_a_whole_look_would(repository)
    assert done.named
    assert (after == before) == (done.unchanged)
    assert not holds or any(holds in (path, reason) for path, _, reason in after)
    assert holds or not set(after) - set(before)


@pytest.mark.parametrize(
    ("act", "names"),
    [
        (write(".gitignore", "*.py\n"), [".gitignore"]),
        (write(".rooftreeignore", "lib/\n"), [".rooftreeignore"]),
        (lambda root: (root / ".rooftreeignore").unlink(), [".rooftreeignore"]),
        (write("new/part/a.py"), ["new"]),
        (lambda root: shutil.rmtree(root / "lib"), ["lib"]),
        (lambda root: (root / "lib").rename(root / "moved"), ["lib", "moved"]),
        (lambda root: (root / "lib/deep").rename(root / "lib/low"), ["lib/deep"]),
        (lambda root: os.mkfifo(root / "pipe"), ["pipe"]),
        (write("lib/deep/pyvenv.cfg", "home = x\n"), ["lib/deep/pyvenv.cfg"]),
    ],
    ids=[
        *("ignore file", "own ignore file", "own ignore file gone", "new folder", "folder gone"),
        *("folder renamed", "folder renamed, old name", "pipe", "environment"),
    ],
)
def test_what_decides_on_other_files_has_all_of_them_looked_at(
    repository: Repository, act: Act, names: list[str]
) -> None:
    act(repository.worktree.root)
    done = look_at(repository, *names)
    assert not done.named
    as_a_whole_look_would(repository)


def test_a_file_and_a_folder_change_places(repository: Repository) -> None:
    root = repository.worktree.root
    shutil.rmtree(root / "lib/deep")
    (root / "lib/deep").write_text("no folder any more\n")
    assert not look_at(repository, "lib/deep").named
    as_a_whole_look_would(repository)
    (root / "lib/deep").unlink()
    write_files(root, {"lib/deep/three.py": "def three():\n    return 4\n"})
    look_at(repository, "lib/deep", "lib/deep/three.py")
    assert "lib/deep/three.py" in {path for path, *_ in as_a_whole_look_would(repository)}


def test_what_was_written_just_before_it_was_read_is_read_again(repository: Repository) -> None:
    """Its stat cannot tell that it has changed since, and soon its age could not either."""
    root = repository.worktree.root
    write_files(root, {"app.py": "def app():\n    return 2\n"})
    with repository.writing("test"):
        repository.updates.index()
    stat = (root / "app.py").stat()
    (root / "app.py").write_text("def ape():\n    return 2\n")
    os.utime(root / "app.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    write_files(root, {"lib/one.py": "def once():\n    return 1\n"})
    assert look_at(repository, "lib/one.py").parsed == 2
    with repository.symbols() as (symbols, _):
        assert symbols.find("ape", None, 5).symbols


def test_another_commit_has_all_files_looked_at(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    repository = indexed_later(root, config_in(tmp_path))
    write_files(root, {"app.py": "def ape():\n    return 1\n"})
    commit_all(root)
    assert not look_at(repository, "app.py").named
    as_a_whole_look_would(repository)


def test_a_tracked_file_is_read_though_a_rule_matches_it(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    write_files(root, {"build/made.py": "def made():\n    return 1\n"})
    subprocess.run(["git", "-C", root, "add", "--force", "build/made.py"], check=True)
    repository = indexed_later(root, config_in(tmp_path))
    write_files(root, {"build/made.py": "def remade():\n    return 1\n"})
    assert look_at(repository, "build/made.py").named
    as_a_whole_look_would(repository)
    with repository.symbols() as (symbols, _):
        assert symbols.find("remade", None, 5).symbols


def test_a_file_of_a_repository_inside_is_none_of_ours(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    git_repository(root, {"own.py": "def own():\n    return 1\n"}, name="inside")
    repository = indexed_later(root, config_in(tmp_path))
    write_files(root, {"inside/own.py": "def owned():\n    return 1\n"})
    done = look_at(repository, "inside/own.py")
    assert done.named
    assert done.unchanged
    as_a_whole_look_would(repository)


def test_a_file_of_a_submodule_is_none_of_ours(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    other = git_repository(tmp_path, {"own.py": "def own():\n    return 1\n"}, name="other")
    allowed = ["git", "-c", "protocol.file.allow=always", "-C", str(root)]
    subprocess.run([*allowed, "submodule", "--quiet", "add", str(other), "inside"], check=True)
    commit_all(root)
    repository = indexed_later(root, config_in(tmp_path))
    write_files(root, {"inside/own.py": "def owned():\n    return 1\n"})
    assert look_at(repository, "inside/own.py").unchanged
    as_a_whole_look_would(repository)


def test_files_that_are_not_checked_out_any_more_are_told_as_such(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    repository = indexed_later(root, config_in(tmp_path))
    subprocess.run(["git", "-C", root, "update-index", "--refresh"], check=True)
    subprocess.run(
        ["git", "-C", root, "sparse-checkout", "set", "--no-cone", "/app.py"], check=True
    )
    assert not look_at(repository, "lib/one.py", "lib/two.py").named
    assert ("lib/one.py", None, reasons.NOT_CHECKED_OUT) in as_a_whole_look_would(repository)


def test_a_name_that_is_no_utf8_stays_left_out(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    repository = indexed_later(root, config_in(tmp_path))
    (root / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    with repository.writing("test"):
        repository.updates.index()
    write_files(root, {"app.py": "def ape():\n    return 2\n"})
    assert look_at(repository, "app.py").named
    assert ("caf\\xe9.py", None, reasons.NAME_NOT_UTF8) in as_a_whole_look_would(repository)


def test_the_first_look_is_at_all_files(tmp_path: Path) -> None:
    repository = Repository(git_repository(tmp_path, FILES), config_in(tmp_path), None)
    assert not look_at(repository, "app.py").named
    assert len(told_of(repository)) > 4
