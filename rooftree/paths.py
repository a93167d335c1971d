"""Where rooftree keeps its state: outside every workspace, readable by its owner alone.

`$XDG_STATE_HOME/rooftree/` holds `repos/<repo-id>/`, `models/`, `runs/`, `server.sqlite`, `logs/`.
"""

import errno
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from rooftree.errors import ConfigError, StorageError


def default_state_folder() -> Path:
    """Return `$XDG_STATE_HOME/rooftree`, by default under `~/.local/state`."""
    return user_folder("XDG_STATE_HOME", ".local/state") / "rooftree"


def user_folder(variable: str, below_home: str) -> Path:
    """Return the folder that an XDG variable names, or its default below the home folder.

    A relative one is ignored, as the standard asks: it would change with the working directory.
    """
    named = os.environ.get(variable, "")
    return Path(named) if named.startswith("/") else _home(variable) / below_home


def _home(variable: str) -> Path:
    """Return the home folder; a relative one would lie in the current repository."""
    home = os.environ.get("HOME", "")
    if not home:  # empty is as good as none, and then the system knows
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError as error:
            raise ConfigError(
                f"this user has no home folder; set HOME or {variable} to a folder you can write"
            ) from error
    if not home.startswith("/"):
        raise ConfigError(
            f"HOME is {home!r}, which is no absolute path; set HOME or {variable} to a folder you "
            "can write"
        )
    return Path(home)


def private_folder(path: Path) -> Path:
    """Create `path` with mode 0700 and return it; refuse one that another user owns.

    An index that another user can write decides what our answers cite, so ownership is checked
    every time and not only when the folder is made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except (OSError, ValueError) as error:
        raise StorageError(
            f"cannot use the state folder {str(path)!r}: {error}; "
            "set XDG_STATE_HOME or state.folder to a folder you can write"
        ) from error
    if status.st_uid != os.geteuid():
        raise StorageError(
            f"the state folder {str(path)!r} belongs to user {status.st_uid}, not to you; "
            "remove it or point state.folder elsewhere"
        )
    if status.st_mode & 0o077:
        path.chmod(0o700)
    return path


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def cannot_write(place: str | Path, error: OSError, doing: str = "write") -> StorageError:
    """Return the error to raise where a file cannot be written, with what to do about it."""
    todo = "look at its folder and at the disk"
    if error.errno in FULL:
        todo = "free some space on its disk, or raise what this user may take of it"
    elif error.errno in FORBIDDEN:
        todo = "make it and its folder writable for this user"
    return StorageError(f"cannot {doing} {str(place)!r}: {error.strerror or error}; {todo}")


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The layout of one state folder."""

    root: Path

    def repository(self, repo_id: str) -> Path:
        return private_folder(private_folder(self._part("repos")) / repo_id)

    def repository_file(self, repo_id: str, name: str) -> Path:
        """Return the place of a file about a repository, without making its folder."""
        return self.root / "repos" / repo_id / name

    def repositories(self) -> list[Path]:
        """Return the folders of all indexes, in the order of their ids."""
        return sorted(path for path in self._part("repos").iterdir() if path.is_dir())

    def models(self) -> Path:
        return self._part("models")

    def runs(self) -> Path:
        return self._part("runs")

    def logs(self) -> Path:
        return self._part("logs")

    def server_database(self) -> Path:
        return private_folder(self.root) / "server.sqlite"

    def probes(self) -> Path:
        """The file that says which models were met behind embedding endpoints."""
        return private_folder(self.root) / "embedding-probes.json"

    def profiles(self) -> Path:
        """What was measured of models."""
        return self._part("profiles")

    def socket(self) -> Path:
        """The unix socket of a running `rooftree serve`."""
        return private_folder(self.root) / "serve.sock"

    def socket_token(self) -> Path:
        """The per-start token that a command shows at the socket."""
        return private_folder(self.root) / "serve.token"

    def _part(self, name: str) -> Path:
        return private_folder(private_folder(self.root) / name)
