import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import RepositoryError, ToolRefusedError, UsageError
from rooftree.git.commands import (
    Worktree,
    blob_at,
    blob_hash,
    blob_id_at,
    git_environment,
    head,
    open_worktree,
    run_git,
)
from tests.support.eighths import examples

ROOT = Path(__file__).parents[3]


def git(folder: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Run the git of a developer: their own name, no configuration from outside."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ada@shop.test" for who in ("AUTHOR", "COMMITTER")},
    }
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments]
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_bytes(b"print(1)\n")
    (root / ".gitignore").write_text("build/\n")
    git(tmp_path, "init", "-q", "shop")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder in which permissions count, even where the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=True)
        shutil.rmtree(folder)


def test_a_plain_folder_is_its_own_root(tmp_path: Path) -> None:
    worktree = open_worktree(tmp_path)
    assert worktree == Worktree(tmp_path.resolve(), None, None)
    assert head(worktree) is None
    assert blob_at(worktree, "HEAD", "a") is None
    assert worktree.repo_id == hashlib.sha256(os.fsencode(tmp_path.resolve())).hexdigest()[:20]


def test_a_path_inside_a_repository_is_its_toplevel(repository: Path) -> None:
    worktree = open_worktree(repository / "src")
    assert worktree.root == repository.resolve()
    assert worktree.common_dir == (repository / ".git").resolve()
    assert worktree.commit == git(repository, "rev-parse", "HEAD") == head(worktree)
    assert worktree.object_format == "sha1"


def test_a_link_to_a_repository_is_that_repository(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository)
    assert open_worktree(tmp_path / "link") == open_worktree(repository)


def test_a_folder_that_the_repository_ignores_is_a_plain_folder(repository: Path) -> None:
    (repository / "build" / "inner").mkdir(parents=True)
    for folder in (repository / "build", repository / "build" / "inner"):
        assert open_worktree(folder) == Worktree(folder.resolve(), None, None)


def test_an_unborn_branch_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    worktree = open_worktree(tmp_path)
    assert (worktree.root, worktree.commit) == (tmp_path.resolve(), None)
    assert blob_id_at(worktree, "HEAD", "a") is None


def test_worktrees_of_one_repository_share_its_id(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "other"))
    here, there = open_worktree(repository), open_worktree(tmp_path / "other")
    assert here.root != there.root
    assert here.repo_id == there.repo_id
    assert len(here.repo_id) == 20


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "library")
    git(tmp_path / "library", "commit", "-q", "--allow-empty", "-m", "x")
    git(repository, "submodule", "--quiet", "add", str(tmp_path / "library"), "library")
    assert open_worktree(repository / "library").root == (repository / "library").resolve()


def test_a_sha256_repository_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a").write_bytes(b"x\n")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "x")
    worktree = open_worktree(tmp_path)
    assert worktree.object_format == "sha256"
    assert blob_id_at(worktree, "HEAD", "a") == blob_hash(b"x\n", "sha256")


@pytest.mark.parametrize("inner", ["", "objects"])
def test_a_bare_repository_is_refused(tmp_path: Path, inner: str) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    with pytest.raises(RepositoryError, match="bare repository"):
        open_worktree(tmp_path / "bare.git" / inner)


def test_a_bare_repository_inside_a_worktree_and_the_git_folder_are_refused(
    repository: Path,
) -> None:
    git(repository, "init", "-q", "--bare", "fixture")
    for folder in (repository / "fixture", repository / ".git"):
        with pytest.raises(RepositoryError, match="bare repository"):
            open_worktree(folder)


def test_paths_that_are_no_folder_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RepositoryError, match="nowhere' does not exist"):
        open_worktree(tmp_path / "nowhere")
    with pytest.raises(RepositoryError, match="file' is not a folder"):
        open_worktree(tmp_path / "file")
    for odd in (tmp_path / "loop", Path("a\0b")):
        with pytest.raises(RepositoryError, match="cannot be opened"):
            open_worktree(odd)


def test_an_unreadable_folder_is_refused(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir(mode=0)
    with pytest.raises(RepositoryError, match="cannot be read"):
        open_worktree(unprivileged / "closed")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_refused_with_the_way_out(repository: Path) -> None:
    for path in (repository, repository / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(RepositoryError, match=r"git config --global --add safe\.directory '/"):
        open_worktree(repository)


def test_a_damaged_git_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(RepositoryError, match="git cannot open"):
        open_worktree(tmp_path)
    (tmp_path / ".git").unlink()
    (tmp_path / ".git").mkdir()
    with pytest.raises(RepositoryError, match="git cannot open"):
        open_worktree(tmp_path)
    (tmp_path / "inner").mkdir()
    assert open_worktree(tmp_path / "inner").common_dir is None


@pytest.mark.parametrize("place", ["..", "/", "src", "/nowhere"])
def test_a_config_that_puts_the_files_elsewhere_is_refused(repository: Path, place: str) -> None:
    git(repository, "config", "core.worktree", f"../{place}" if place == ".." else place)
    with pytest.raises(RepositoryError, match=r"core\.worktree|git cannot open"):
        open_worktree(repository)


def test_blobs_of_a_commit_are_read_and_their_ids_are_gits(repository: Path) -> None:
    worktree = open_worktree(repository)
    assert worktree.commit is not None
    (repository / "src" / "a.py").write_bytes(b"changed")
    (repository / "link").symlink_to("src")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    assert blob_at(worktree, worktree.commit, "src/a.py") == b"print(1)\n"
    assert blob_at(worktree, "HEAD~1", "src/a.py") == b"print(1)\n"
    assert blob_at(worktree, "HEAD", "src/a.py") == b"changed"
    assert blob_id_at(worktree, "HEAD", "src/a.py") == blob_hash(b"changed")
    for absent in ("src", "link", "src/b.py", "*", ":(glob)**"):
        assert blob_at(worktree, "HEAD", absent) is None
        assert blob_id_at(worktree, "HEAD", absent) is None
    assert blob_at(worktree, "0" * 40, "src/a.py") is None
    assert head(worktree) != worktree.commit


def test_names_of_commits_and_paths_cannot_become_options(repository: Path) -> None:
    worktree = open_worktree(repository)
    for commit in ("--help", "-r", "HEAD:src", "a b", "", "HEAD\n", "HEAD^{tree}"):
        with pytest.raises(UsageError, match="not the name of a commit"):
            blob_at(worktree, commit, "src/a.py")
    with pytest.raises(ToolRefusedError):
        blob_at(worktree, "HEAD", "../shop/src/a.py")


def test_odd_names_are_read_from_a_commit(repository: Path) -> None:
    names = [b"a\nb", b"\xff.py", b"-x", b":(top)", b"a*", b'"q"']
    for name in names:
        Path(os.fsdecode(os.fsencode(repository) + b"/" + name)).write_bytes(name)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "odd")
    worktree = open_worktree(repository)
    assert [blob_at(worktree, "HEAD", os.fsdecode(name)) for name in names] == names


def test_a_replaced_object_does_not_change_what_a_commit_says(repository: Path) -> None:
    new = git(repository, "hash-object", "-w", "--stdin", stdin=b"evil")
    git(repository, "replace", blob_hash(b"print(1)\n"), new)
    assert blob_at(open_worktree(repository), "HEAD", "src/a.py") == b"print(1)\n"


def test_nothing_that_a_hostile_configuration_names_is_run(repository: Path) -> None:
    canary = repository.parent / "canary"
    evil = repository / "evil"
    evil.write_text(f"#!/bin/sh\necho x >> {canary}\n")
    evil.chmod(0o755)
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        shutil.copy(evil, hooks / hook)
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    settings = {
        "core.fsmonitor": "./evil",
        "core.pager": "./evil",
        "core.editor": "./evil",
        "core.sshCommand": "./evil",
        "core.askPass": "./evil",
        "credential.helper": f"!{evil}",
        "core.hooksPath": str(hooks),
        "core.alternateRefsCommand": "./evil",
        "filter.evil.clean": "./evil",
        "filter.evil.smudge": "./evil",
        "filter.evil.process": "./evil",
        "filter.evil.required": "true",
        "diff.evil.textconv": "./evil",
        "diff.external": "./evil",
        "alias.ls-files": f"!{evil}",
        "alias.rev-parse": f"!{evil}",
        "remote.origin.url": f"ext::{evil}",
        "remote.origin.uploadpack": "./evil",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "extensions.partialClone": "origin",
        "core.repositoryformatversion": "1",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
    }
    config = repository / ".git" / "config"
    lines = ["[core]\n\tbare = false\n"]
    for name, value in settings.items():
        section, _, key = name.rpartition(".")
        outer, _, inner = section.partition(".")
        header = f'[{outer} "{inner}"]' if inner else f"[{outer}]"
        lines.append(f'{header}\n\t{key} = "{value}"\n')
    commit = git(repository, "rev-parse", "HEAD")
    config.write_text("".join(lines))
    blob = blob_hash(b"print(1)\n")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    worktree = open_worktree(repository)
    assert blob_at(worktree, commit, "src/a.py") is None
    for arguments in (
        ("ls-files", "-z", "--cached", "--stage"),
        ("ls-files", "-z", "--others", "--exclude-standard"),
        ("check-ignore", "build/"),
    ):
        run_git(worktree.root, *arguments)
    assert not canary.exists()


@pytest.mark.parametrize("guarded", [True, False])
def test_no_program_verifies_a_signature(repository: Path, guarded: bool) -> None:
    """The configuration of a repository names it, for log and show; unguarded it does run."""
    canary = repository.parent / "canary"
    evil = repository / "evil"
    evil.write_text(f"#!/bin/sh\necho x >> {canary}\n")
    evil.chmod(0o755)
    head, _, message = git(repository, "cat-file", "commit", "HEAD").partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AA==\n -----END PGP SIGNATURE-----"
    (repository / "signed").write_text(f"{head}\n{signature}\n\n{message}\n")
    signed = git(repository, "hash-object", "-t", "commit", "-w", str(repository / "signed"))
    git(repository, "update-ref", "HEAD", signed)
    for key, value in {
        "log.showSignature": "true",
        "format.pretty": "%G? %s",
        "gpg.program": str(evil),
        "gpg.openpgp.program": str(evil),
    }.items():
        git(repository, "config", key, value)
    for command in (("log",), ("show",)):
        if guarded:
            assert run_git(repository, *command).code == 0
        else:
            git(repository, *command)
    assert canary.exists() is not guarded


def test_the_planted_programs_do_run_under_an_unguarded_git(repository: Path) -> None:
    """So the test above would notice."""
    canary = repository.parent / "canary"
    evil = repository / "evil"
    evil.write_text(f"#!/bin/sh\necho x >> {canary}\n")
    evil.chmod(0o755)
    git(repository, "config", "core.fsmonitor", "./evil")
    git(repository, "status")
    assert canary.exists()


def test_a_home_in_the_repository_has_no_file_written(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some CI jobs have their home there, and git appends its traces to any file of the user's."""
    profile = repository.parent / "profile"
    names = ("normalTarget", "eventTarget", "perfTarget")
    lines = [f"\t{name} = {profile}\n" for name in names]
    (repository / ".gitconfig").write_text("".join(["[trace2]\n", *lines]))
    monkeypatch.setenv("HOME", str(repository))
    open_worktree(repository)
    assert not profile.exists()


def test_the_environment_of_git_holds_nothing_of_outside() -> None:
    outer = {
        "PATH": "/repo/bin:.::/usr/bin:/repo:/repository/bin:/usr/../repo/bin",
        "HOME": "/h",
        "GIT_DIR": "/elsewhere",
        "GIT_SSH_COMMAND": "evil",
        "GIT_CONFIG_COUNT": "1",
        "LD_PRELOAD": "evil.so",
    }
    environment = git_environment(frozenset({"/repo"}), outer)
    assert environment["PATH"] == "/usr/bin:/repository/bin"
    assert environment["HOME"] == "/h"
    assert not {"GIT_DIR", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "LD_PRELOAD"} & set(environment)
    assert "HOME" not in git_environment(frozenset(), {})


def _in_a_process(code: str, folder: Path, **environment: str) -> str:
    program = f"import sys; from pathlib import Path\nfrom rooftree.git.commands import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_git_dir_from_outside_is_not_obeyed(repository: Path, tmp_path: Path) -> None:
    output = _in_a_process(
        "print(open_worktree(Path(sys.argv[1])).root)",
        repository,
        PATH=os.environ["PATH"],
        GIT_DIR=str(tmp_path / "elsewhere"),
        GIT_WORK_TREE="/",
    )
    assert output.strip() == str(repository.resolve())


def test_without_git_a_plain_folder_works_and_a_repository_says_what_is_missing(
    repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    code = "print(open_worktree(Path(sys.argv[1])).common_dir)"
    assert _in_a_process(code, tmp_path / "plain", PATH="/nowhere").strip() == "None"
    assert "no git is on PATH" in _in_a_process(code, repository, PATH="/nowhere")


def test_a_git_that_hangs_is_given_up(repository: Path) -> None:
    os.mkfifo(repository / "src" / ".gitignore")
    with pytest.raises(RepositoryError, match=r"no answer in 0\.5 s"):
        run_git(repository, "ls-files", "--others", "--exclude-standard", seconds=0.5)


@examples(20)
@given(st.binary())
def test_blob_hash_is_what_git_computes(data: bytes) -> None:
    assert blob_hash(data) == git(ROOT, "hash-object", "--stdin", "--no-filters", stdin=data)
