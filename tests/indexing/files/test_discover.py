import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexing.files import skip_reasons as reasons
from indexing.files.discover import Discovery, discover
from indexing.files.walk import FileStat
from rooftree.git.commands import open_worktree

ALL_REASONS = {
    text for name, text in vars(reasons).items() if name.isupper() and text != reasons.IN_WORDS
}

LIMIT = 10_000


def git(folder: Path, *arguments: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ada@shop.test" for who in ("AUTHOR", "COMMITTER")},
    }
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def write(root: Path, *paths: str, content: str = "x\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def found(root: Path) -> Discovery:
    return discover(open_worktree(root), largest_file_bytes=LIMIT)


def paths(discovery: Discovery) -> list[str]:
    return [candidate.path for candidate in discovery.candidates]


def skips(discovery: Discovery) -> dict[str, str]:
    assert {skip.reason for skip in discovery.skipped} <= ALL_REASONS
    return {skip.path: skip.reason for skip in discovery.skipped}


@pytest.fixture(params=["git", "plain"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty folder, once a git repository and once not: most facts hold for both."""
    folder = tmp_path / "shop"
    folder.mkdir()
    if request.param == "git":
        git(folder, "init", "-q")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which permissions count, even where the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    monkeypatch.setenv("HOME", str(folder))
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        (folder / "shop").mkdir()
        yield folder / "shop"
    finally:
        if is_root:
            os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=True)
        shutil.rmtree(folder)


def test_files_are_listed_in_order_with_their_stat(root: Path) -> None:
    write(root, "b.py", "a/z.py", "a/b/c.py")
    discovery = found(root)
    assert paths(discovery) == ["a/b/c.py", "a/z.py", "b.py"]
    status = (root / "b.py").stat()
    last = discovery.candidates[-1]
    assert last.stat == FileStat(status.st_size, status.st_mtime_ns, status.st_ino)
    assert discovery.skipped == ()


def test_ignored_files_are_silently_left_out(root: Path) -> None:
    write(root, ".gitignore", content="*.log\nbuild/\n!keep.log\n")
    write(root, "x/.gitignore", content="y.py\n!z.log\n")
    write(root, "a.log", "keep.log", "build/a.py", "x/y.py", "x/z.log", "y.py")
    os.mkfifo(root / "pipe.log")
    discovery = found(root)
    assert paths(discovery) == [".gitignore", "keep.log", "x/.gitignore", "x/z.log", "y.py"]
    assert discovery.skipped == ()


def test_the_deny_list_and_rooftreeignore_only_take_away(root: Path) -> None:
    write(root, ".gitignore", content="secret.log\n")
    write(root, ".rooftreeignore", content="*.sql\n!keep.sql\n!.env\n!secret.log\nold/\n")
    write(root, "x/.rooftreeignore", content="!a.sql\nb.py\n")
    write(root, ".env", ".env.example", "a.sql", "keep.sql", "secret.log", "old/deep/a.py")
    write(root, "x/a.sql", "x/b.py", "x/c.py", ".ssh/config", "tls.pem")
    discovery = found(root)
    assert paths(discovery) == [
        *(".env.example", ".gitignore", ".rooftreeignore", "keep.sql"),
        *("x/.rooftreeignore", "x/a.sql", "x/c.py"),
    ]
    assert skips(discovery) == {
        ".env": "denied",
        ".ssh/": "denied",
        "tls.pem": "denied",
        "a.sql": "ignored_by_rooftreeignore",
        "old/": "ignored_by_rooftreeignore",
        "x/b.py": "ignored_by_rooftreeignore",
    }


def test_links_are_never_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.py")
    write(root, "real/a.py")
    links = {"out": str(tmp_path / "outside"), "file": "real/a.py", "in": "real", "loop": "loop"}
    for name, target in {**links, "dangling": "nowhere", "self": "."}.items():
        (root / name).symlink_to(target)
    discovery = found(root)
    assert paths(discovery) == ["real/a.py"]
    assert skips(discovery) == dict.fromkeys([*links, "dangling", "self"], "symlink")


def test_special_files_are_reported_and_not_opened(root: Path) -> None:
    write(root, "a/b.py")
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "a" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket"))
        discovery = found(root)
    assert paths(discovery) == ["a/b.py"]
    assert skips(discovery) == dict.fromkeys(["pipe", "a/pipe", "socket"], "not_regular")


def test_large_files_are_left_out(root: Path) -> None:
    write(root, "large.py", content="x" * (LIMIT + 1))
    write(root, "fits.py", content="x" * LIMIT)
    assert paths(found(root)) == ["fits.py"]
    assert skips(found(root)) == {"large.py": "too_large"}


@pytest.mark.parametrize("is_git", [True, False])
def test_what_cannot_be_read_is_reported(unprivileged: Path, is_git: bool) -> None:
    if is_git:
        git(unprivileged, "init", "-q")
    write(unprivileged, "a.py", "closed.py", "folder/a.py", "ignored/a.py", "open/a.py")
    write(unprivileged, ".gitignore", content="ignored/\n")
    (unprivileged / "closed.py").chmod(0)
    (unprivileged / "folder").chmod(0)
    (unprivileged / "ignored").chmod(0)
    discovery = found(unprivileged)
    assert paths(discovery) == [".gitignore", "a.py", "open/a.py"]
    assert skips(discovery) == {"closed.py": "unreadable", "folder/": "unreadable"}


def test_odd_names_keep_their_bytes(root: Path) -> None:
    names = [b"a\nb.py", b"\xff\xfe.py", b"-rf", b" ", b":(top)x", b'"q".py', "ünï.py".encode()]
    names += [b"back\\slash.py", b"c:x.py"]
    for name in names:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).touch()
    os.mkfifo(root / ":(top)pipe")
    discovery = found(root)
    assert sorted(map(os.fsencode, paths(discovery))) == sorted(names)
    assert skips(discovery) == {":(top)pipe": "not_regular"}


def test_dependency_trees_are_left_out_once_each(root: Path) -> None:
    write(
        root, "web/node_modules/x/a.js", "env/pyvenv.cfg", "env/lib/a.py", "src/__pycache__/a.pyc"
    )
    write(root, "target/CACHEDIR.TAG", "target/a.rs", "src/a.py", "site/pyvenv.py")
    discovery = found(root)
    assert paths(discovery) == ["site/pyvenv.py", "src/a.py"]
    expected = ["env/", "src/__pycache__/", "target/", "web/node_modules/"]
    assert skips(discovery) == dict.fromkeys(expected, "dependency_tree")


def test_a_virtual_environment_that_is_asked_for_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "pyvenv.cfg", "lib/a.py")
    assert paths(found(tmp_path)) == ["lib/a.py", "pyvenv.cfg"]


@pytest.mark.parametrize("kind", ["link", "folder", "large"])
def test_a_rooftreeignore_that_cannot_be_read_hides_its_folder(root: Path, kind: str) -> None:
    write(root, "a.py", "x/b.py", "x/y/c.py")
    own = root / "x" / ".rooftreeignore"
    if kind == "link":
        own.symlink_to("../a.py")
    elif kind == "folder":
        own.mkdir()
        write(own, "a")
    else:
        own.write_text("#" * 1_100_000)
    discovery = found(root)
    assert paths(discovery) == ["a.py"]
    assert skips(discovery) == {"x/.rooftreeignore": "unreadable"}


def test_a_deep_tree_is_walked(root: Path) -> None:
    deep = "/".join(["d"] * 400)
    write(root, f"{deep}/a.py")
    assert paths(found(root)) == [f"{deep}/a.py"]


def test_a_gitignore_that_is_a_link_or_a_pipe_counts_for_nothing(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "rules", content="*.py\n")
    (tmp_path / ".gitignore").symlink_to("rules")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x").mkdir()
    os.mkfifo(tmp_path / "x" / ".gitignore")
    discovery = found(tmp_path)
    assert paths(discovery) == ["a.py", "rules"]
    assert skips(discovery)["x/.gitignore"] == "not_regular"


def test_version_control_is_never_listed(tmp_path: Path) -> None:
    for folder in (".hg", ".SVN", "x/.git"):
        write(tmp_path, f"{folder}/config")
    write(tmp_path, "x/a.py")
    discovery = found(tmp_path)
    assert (paths(discovery), discovery.skipped) == (["x/a.py"], ())


def test_a_tracked_file_is_listed_though_a_rule_matches_it(repository: Path) -> None:
    write(repository, "a.log", "b.log", "node_modules/a.js", ".svn/entries", ".env")
    git(repository, "add", "-f", "a.log", "node_modules/a.js", ".svn/entries", ".env")
    write(repository, ".gitignore", content="*.log\nnode_modules\n")
    discovery = found(repository)
    assert paths(discovery) == [".gitignore", "a.log", "node_modules/a.js"]
    assert skips(discovery) == {".env": "denied"}


def test_exclude_files_of_git_count(repository: Path) -> None:
    write(repository, "a.py", "b.py")
    write(repository, ".git/info/exclude", content="b.py\n")
    assert paths(found(repository)) == ["a.py"]


def test_deleted_files_and_conflicts_are_listed_rightly(repository: Path) -> None:
    write(repository, "gone.py", "both.py")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "x")
    git(repository, "checkout", "-qb", "other")
    write(repository, "both.py", content="other\n")
    git(repository, "commit", "-qam", "other")
    git(repository, "checkout", "-q", "-")
    write(repository, "both.py", content="ours\n")
    git(repository, "commit", "-qam", "ours")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "-q", "other")
    (repository / "gone.py").unlink()
    assert paths(found(repository)) == ["both.py"]


def test_submodules_and_nested_repositories_are_not_entered(
    repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "library")
    write(tmp_path, "library/a.py")
    git(tmp_path / "library", "add", ".")
    git(tmp_path / "library", "commit", "-qm", "x")
    git(repository, "submodule", "--quiet", "add", str(tmp_path / "library"), "libs/one")
    shutil.copytree(tmp_path / "library", repository / "nested")
    discovery = found(repository)
    assert paths(discovery) == [".gitmodules"]
    assert skips(discovery) == {"libs/one/": "submodule", "nested/": "submodule"}


def test_a_folder_swapped_for_a_link_leads_nowhere(repository: Path, tmp_path: Path) -> None:
    write(repository, "x/a.py")
    git(repository, "add", ".")
    shutil.rmtree(repository / "x")
    write(tmp_path, "outside/a.py")
    (repository / "x").symlink_to(tmp_path / "outside")
    discovery = found(repository)
    assert (paths(discovery), skips(discovery)) == ([], {"x": "symlink"})


def test_a_subfolder_of_a_repository_stands_for_the_whole(repository: Path) -> None:
    write(repository, "a.py", "x/b.py")
    assert paths(found(repository / "x")) == ["a.py", "x/b.py"]
