"""Every call of git that the product makes, hardened, and the kind of a path given by a user.

A repository's own `.git/config` is code (fsmonitor, hooks, filters, lazy fetches, aliases), so
git runs without a shell, with an environment of our own, with those keys overridden, and only for
commands that apply no filter. It is independent of indexing.
"""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rooftree.confined_files import check_relative
from rooftree.errors import RepositoryError
from rooftree.executables import find_program, repository_folders, trusted_path
from rooftree.git.revision import check_revision

MAX_BLOB_BYTES = 64 * 1024 * 1024
SECONDS = 120.0
MISSING = ("not a valid object name", "not a tree object", "bad object", "unable to read tree")
SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    # An untracked cache written by another user could hide files from us.
    "core.untrackedCache=false",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=false",
    "credential.helper=",
    "protocol.allow=never",
    "protocol.file.allow=never",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
    # Whose signature is looked at is told by a program that the configuration names.
    "log.showSignature=false",
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
    "gpg.ssh.program=false",
)
TRACES = ("GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF")


@dataclass(frozen=True, slots=True)
class Worktree:
    """What a path given by the user turned out to be: a git worktree or a plain folder."""

    root: Path
    common_dir: Path | None
    commit: str | None
    object_format: str = "sha1"

    @property
    def repo_id(self) -> str:
        """The same for all worktrees of one repository; 20 hex digits."""
        place = os.path.realpath(self.common_dir or self.root)
        return hashlib.sha256(os.fsencode(place)).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class GitOutput:
    """How git ended and what it said."""

    code: int
    output: bytes
    error: str


def run_git(
    folder: Path, *arguments: str, stdin: bytes | None = None, seconds: float = SECONDS
) -> GitOutput:
    """Run git in a folder and return its answer, whatever its exit code."""
    command, environment = git_command(folder, *arguments)
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd="/",
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RepositoryError(
            f"git {arguments[0]} gave no answer in {seconds:g} s in {str(folder)!r}; "
            "look for a FIFO named .gitignore or a file system that hangs"
        ) from error
    except (OSError, ValueError) as error:
        raise RepositoryError(f"cannot run git in {str(folder)!r}: {error}") from error
    return GitOutput(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def git_command(folder: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the hardened command line of git in a folder, and its whole environment."""
    ground = repository_folders(folder)
    environment = git_environment(ground, os.environ)
    program = find_program("git", environment["PATH"], ground)
    if program is None:
        raise RepositoryError(
            f"{str(folder)!r} needs git, and no git is on PATH outside the repository; install git "
            "and try again"
        )
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    command = [program, "--no-replace-objects", *settings, "-C", str(folder), *arguments]
    return command, environment


def git_environment(ground: frozenset[str], outer: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of git: nothing of `GIT_*`, and no PATH on that ground."""
    kept = {"HOME": outer["HOME"]} if "HOME" in outer else {}
    return {
        **kept,
        "PATH": trusted_path(outer.get("PATH", os.defpath), ground),
        "LANG": "C",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        # A partial clone must not fetch what it lacks: its remote is whatever its config says.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        # A home that lies in the repository would name files that a trace is appended to.
        **dict.fromkeys(TRACES, "0"),
    }


def open_worktree(path: Path) -> Worktree:
    """Find the git worktree that holds `path`, or take `path` as a plain folder.

    A folder that the repository around it ignores is a plain folder of its own.
    """
    folder = _readable_folder(path)
    if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        _refuse_bare(folder)
        return Worktree(folder, None, None)
    places = run_git(
        folder,
        "rev-parse",
        "--is-bare-repository",
        "--is-inside-work-tree",
        "--absolute-git-dir",
        "--git-common-dir",
        "--show-object-format",
    )
    if places.code != 0:
        return _without_repository(folder, places.error)
    bare, inside, git_dir, common, object_format = _lines(places.output, 5)
    if bare == "true" or Path(git_dir) in (folder, *folder.parents):
        raise RepositoryError(_bare_message(folder))
    if inside != "true":
        raise RepositoryError(_elsewhere_message(folder))
    root = _toplevel(folder, Path(git_dir))
    if root != folder and _is_ignored(root, folder):
        return Worktree(folder, None, None)
    common_dir = Path(os.path.realpath(folder / common))
    return Worktree(root, common_dir, commit_id(root, "HEAD"), object_format)


def head(worktree: Worktree) -> str | None:
    """Return the commit of HEAD now; None for a plain folder or an unborn branch."""
    return commit_id(worktree.root, "HEAD") if worktree.common_dir is not None else None


def ignored_paths(root: Path, paths: list[str], *, tracked_too: bool = False) -> frozenset[str]:
    """Return those of the paths that the ignore rules of a repository leave out."""
    if not paths:
        return frozenset()
    # Without "./" a name that begins with a colon would be pathspec magic.
    stdin = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    options = ["--no-index"] if tracked_too else []
    answer = run_git(root, "check-ignore", "-z", *options, "--stdin", stdin=stdin)
    if answer.code not in (0, 1):
        raise RepositoryError(f"git cannot apply its ignore rules: {answer.error}")
    names = os.fsdecode(answer.output).split("\0")
    return frozenset(name.removeprefix("./") for name in names if name)


def blob_hash(data: bytes, object_format: str = "sha1") -> str:
    """Return the id that git gives to a blob of these bytes."""
    digest = hashlib.new(object_format, usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def blob_id_at(worktree: Worktree, commit: str, path: str) -> str | None:
    """Return the blob id of a regular file in a commit; None if either is not there."""
    entry = _tree_entry(worktree, commit, path)
    return entry[0] if entry is not None else None


def blob_at(worktree: Worktree, commit: str, path: str) -> bytes | None:
    """Return the bytes of a regular file in a commit; None if either is not there."""
    entry = _tree_entry(worktree, commit, path, "-l")
    if entry is None:
        return None
    blob, size = entry
    if size > MAX_BLOB_BYTES:
        raise RepositoryError(f"{path!r} in {commit} has {size} bytes, more than {MAX_BLOB_BYTES}")
    answer = run_git(worktree.root, "cat-file", "blob", blob)
    return answer.output if answer.code == 0 else None


def _tree_entry(
    worktree: Worktree, commit: str, path: str, *options: str
) -> tuple[str, int] | None:
    if worktree.common_dir is None:
        return None
    check_revision(commit)
    check_relative(path)
    command = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", *options)
    answer = run_git(worktree.root, *command, f"{commit}^{{commit}}", "--", path)
    if answer.code != 0:
        if any(message in answer.error.lower() for message in MISSING):
            return None
        raise RepositoryError(f"git cannot read {path!r} in {commit}: {answer.error}")
    fields, _, name = answer.output.removesuffix(b"\0").partition(b"\t")
    if name != os.fsencode(path) or not fields.startswith(b"100"):
        return None
    _, _, blob, *size = fields.decode("ascii").split()
    # In a partial clone the size of a blob that was never fetched is BAD.
    if size and not size[0].isdigit():
        return None
    return blob, int(size[0]) if size else 0


def _readable_folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
        with os.scandir(folder):
            return folder
    except FileNotFoundError as error:
        raise RepositoryError(f"{str(path)!r} does not exist") from error
    except NotADirectoryError as error:
        raise RepositoryError(
            f"{str(path)!r} is not a folder; name the folder that holds it"
        ) from (error)
    except PermissionError as error:
        raise RepositoryError(
            f"{str(path)!r} cannot be read; you need read and search permission on it"
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise RepositoryError(f"{str(path)!r} cannot be opened: {error}") from error


def _without_repository(folder: Path, error: str) -> Worktree:
    """Take a folder as plain if git says there is no repository, else pass on what it refused."""
    if "dubious ownership" in error:
        raise RepositoryError(
            f"git refuses {str(folder)!r} because another user owns it; if you trust it, run: "
            f"git config --global --add safe.directory {str(folder)!r}"
        )
    if "bare repository" in error:
        raise RepositoryError(_bare_message(folder))
    if "not a git repository" in error.lower() and not (folder / ".git").exists():
        return Worktree(folder, None, None)
    raise RepositoryError(f"git cannot open {str(folder)!r}: {error}")


def _bare_message(folder: Path) -> str:
    return (
        f"{str(folder)!r} is a bare repository or a part of .git and holds no files to index; "
        "name a clone of it or one of its worktrees"
    )


def _refuse_bare(folder: Path) -> None:
    for parent in (folder, *folder.parents):
        if all(os.path.lexists(parent / part) for part in ("HEAD", "objects", "refs")):
            raise RepositoryError(_bare_message(folder))


def _toplevel(folder: Path, git_dir: Path) -> Path:
    """Return the folder whose `.git` git used; its config must not point the files elsewhere."""
    answer = run_git(folder, "rev-parse", "--show-toplevel")
    root = Path(os.path.realpath(os.fsdecode(answer.output.removesuffix(b"\n"))))
    own = run_git(folder, "rev-parse", "--resolve-git-dir", str(root / ".git"))
    resolved = os.path.realpath(root / os.fsdecode(own.output.removesuffix(b"\n")))
    honest = own.code == 0 and resolved == os.path.realpath(git_dir)
    if not honest or (root != folder and root not in folder.parents):
        raise RepositoryError(_elsewhere_message(folder))
    return root


def _elsewhere_message(folder: Path) -> str:
    return (
        f"the git configuration of {str(folder)!r} says that its files are somewhere else; "
        "remove core.worktree from it, or name the folder that holds the files"
    )


def _is_ignored(root: Path, folder: Path) -> bool:
    return bool(ignored_paths(root, [os.fsdecode(folder.relative_to(root))]))


def commit_id(root: Path, name: str) -> str | None:
    """Return the id of the commit that a name means; None where it means none.

    The name may be foreign: UsageError where it is more than a name (`rooftree.git.revision`).
    """
    check_revision(name)
    answer = run_git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return answer.output.decode("ascii").strip() if answer.code == 0 else None


def _lines(output: bytes, count: int) -> list[str]:
    lines = os.fsdecode(output).removesuffix("\n").split("\n")
    if len(lines) != count:
        raise RepositoryError("the path of the repository has a line end in it; rename it")
    return lines
