"""When to check a worktree again: on file system events, or by polling where there are none.

A thread waits for events and calls back once for each burst of them, with the files that it was
told of. What git and dependency trees write is passed over, and so is what the ignore rules leave
out; a moved HEAD is not. An event only says where it is worth looking: what has changed is found by
`freshness`, so an event that is lost or too many costs time and never truth. It knows nothing of
indexes.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from indexing.files.walk import DEPENDENCY_FOLDERS
from indexing.secrets.paths import CONTROL_FOLDERS
from rooftree.errors import RepositoryError
from rooftree.git.commands import Worktree, ignored_paths, run_git
from rooftree.telemetry.logs import logger

STEP_MILLISECONDS = 20
"""So long nothing must happen for a burst to be over."""
DEBOUNCE_MILLISECONDS = 400
"""How long a burst may last before it is reported anyway."""
POLL_SECONDS = 2.0
SHARE_OF_TIME = 10
"""Where the clock tells, looking takes at most one part in so many of the time."""
MAX_NAMED_PATHS = 200
"""More paths than this in one burst are not told one by one, nor asked whether they are ignored."""
UNNAMEABLE = "\N{REPLACEMENT CHARACTER}"
"""What stands in a name, as we are told it, for bytes that are not UTF-8."""
# Folders too: what is written in one that was made this moment is told by the folder alone.
GIT_FILES = frozenset(["HEAD", "logs", "logs/HEAD", "info", "info/exclude"])
"""What in a git directory says that another commit or other rules hold."""
REMOTE = ("nfs", "cifs", "smb", "9p", "fuse", "afs", "ceph", "lustre", "glusterfs", "vboxsf")
"""How the types of file systems begin on which others write without our kernel knowing."""
MOUNTS = Path("/proc/self/mountinfo")


Named = frozenset[str] | None
"""Root-relative paths of what was written or taken away; None where it may be anything."""


def joined(one: Named, two: Named) -> Named:
    """Return what two tellings name together; more than `MAX_NAMED_PATHS` paths may be anything."""
    both = None if one is None or two is None else one | two
    return both if both is None or len(both) <= MAX_NAMED_PATHS else None


class Changes:
    """What was told of one worktree since it was last asked for; safe to share among threads."""

    def __init__(self) -> None:
        self._named: Named = frozenset()
        self._told = threading.Event()
        # A signal handler may add while its own thread is in here.
        self._guard = threading.RLock()

    def add(self, named: Named = None) -> None:
        """Hear of changed files."""
        with self._guard:
            self._named = joined(self._named, named)
            self._told.set()

    def take(self) -> Named:
        """Return the files that were told of, and forget them."""
        with self._guard:
            self._told.clear()  # first: what a signal handler adds in between is not forgotten
            named, self._named = self._named, frozenset()
            return named

    def __bool__(self) -> bool:
        """Say whether there is something to take."""
        return self._told.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to take, so long at most."""
        return self._told.wait(seconds)


class FileWatcher:
    """Watches one worktree in a thread of its own until it is stopped."""

    def __init__(
        self, worktree: Worktree, on_change: Callable[[Named], None], *, poll_seconds: float = 0.0
    ) -> None:
        """`on_change` is called in the thread; with `poll_seconds` the clock alone tells."""
        self.how = "events of the file system"
        """What tells of changes, in words."""
        self.look_seconds = 0.0
        """How long the last look took; who looks says so."""
        self._worktree = worktree
        self._on_change = on_change
        self._poll_seconds = poll_seconds or POLL_SECONDS
        self._reason = "as asked for" if poll_seconds else remote_file_system(worktree.root)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        if self._reason:
            self._say_polling()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._reason:
                self._poll()
                continue
            try:
                self._listen()
            except FileNotFoundError:
                self._poll()  # it may come back
            except ImportError:
                self._fall_back("the package watchfiles is not installed")
            except (OSError, RuntimeError) as error:
                self._fall_back(str(error))

    def _listen(self) -> None:
        """Call back at events until stopped, or until the root is another folder."""
        from watchfiles import watch

        place = folder_identity(self._worktree.root)
        for changes in watch(
            *self._places(),
            watch_filter=ChangeFilter(self._worktree.root, self._git_dir()),
            step=STEP_MILLISECONDS,
            debounce=DEBOUNCE_MILLISECONDS,
            rust_timeout=int(POLL_SECONDS * 1000),
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            named = self._named({path for _, path in changes})
            if folder_identity(self._worktree.root) != place:
                self._on_change(None)
                return
            if named is None or named:
                self._on_change(named)

    def _named(self, paths: set[str]) -> Named:
        """Return those of the paths that may be indexed, relative to the root."""
        root = f"{self._worktree.root}/"
        inside = frozenset(path.removeprefix(root) for path in paths if path.startswith(root))
        if len(inside) < len(paths) or len(inside) > MAX_NAMED_PATHS:
            return None
        if any(path.startswith(".git/") or UNNAMEABLE in path for path in inside):
            return None
        if not inside or self._worktree.common_dir is None:
            return inside
        try:
            return inside - ignored_paths(self._worktree.root, sorted(inside))
        except RepositoryError:
            return None

    def _places(self) -> list[Path]:
        """Return the root, and the git directory where it lies elsewhere."""
        root, git_dir = self._worktree.root, self._git_dir()
        outside = git_dir is not None and root not in git_dir.parents
        return [root, git_dir] if git_dir is not None and outside else [root]

    def _git_dir(self) -> Path | None:
        if self._worktree.common_dir is None:
            return None
        try:
            answer = run_git(self._worktree.root, "rev-parse", "--absolute-git-dir")
        except RepositoryError:
            return None
        if answer.code != 0:
            return None
        return Path(os.fsdecode(answer.output.removesuffix(b"\n")))

    def _fall_back(self, reason: str) -> None:
        self._reason = reason
        self._say_polling()
        logger("watch").warning("%s: %s", self._worktree.root, self.how)
        self._on_change(None)

    def _say_polling(self) -> None:
        self.how = f"a look every {self._poll_seconds:g} s ({self._reason})"

    def _poll(self) -> None:
        self._stop.wait(max(self._poll_seconds, SHARE_OF_TIME * self.look_seconds))
        if not self._stop.is_set():
            self._on_change(None)


class ChangeFilter:
    """Says whether a change of a path needs a check."""

    def __init__(self, root: Path, git_dir: Path | None) -> None:
        self._root = f"{root}/"
        self._git_dir = f"{git_dir}/" if git_dir is not None else None

    def __call__(self, _change: object, path: str) -> bool:
        if self._git_dir is not None and path.startswith(self._git_dir):
            return path.removeprefix(self._git_dir) in GIT_FILES
        parts = path.removeprefix(self._root).split("/")
        return not any(part in DEPENDENCY_FOLDERS or part in CONTROL_FOLDERS for part in parts)


def folder_identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another one at its place; None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remote_file_system(folder: Path, mounts: Path = MOUNTS) -> str:
    """Return why the kernel may miss changes in a folder; empty where it sees them."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    found, kind = "", ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        place = fields.split(" ")[4] if fields.count(" ") >= 4 else ""
        if _holds(place, folder) and len(place) >= len(found) and rest:
            found, kind = place, rest.split(" ")[0]
    return f"{kind} at {found}" if kind.startswith(REMOTE) else ""


def _holds(place: str, folder: Path) -> bool:
    return bool(place) and (place == "/" or f"{folder}/".startswith(f"{place}/"))
