"""Attacks on the host that reads the workspace afterwards: links, FIFOs, programs, names.

Their controls are hosts that are careless with what they find.
"""

import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import RooftreeError, SandboxUnavailableError
from rooftree.git.commands import open_worktree, run_git
from tests.hostile.attack import Attack
from tests.hostile.scene import FILES, Scene
from tools.drafts.snapshot import read_file, take_snapshot
from tools.projects.results.trace import FILE, trace_json
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command

SECONDS = 5.0
READS = 400


def restored(scene: Scene) -> str | None:
    """Do what the product does after a command, and see that the copy is as it was."""
    copy = scene.copy
    assert copy is not None
    trace_json(copy.root)
    read_file(copy.root, "a.py")
    copy.reset()
    copy.put({"a.py": b"a = 2\n"})
    copy.put({})
    found = {
        str(place.relative_to(copy.root)): _text(place)
        for place in copy.root.rglob("*")
        if not stat.S_ISDIR(place.lstat().st_mode)
    }
    if found != FILES:
        return f"the copy became {sorted(found)}"
    copy.remove()
    return "the copy could not be removed" if copy.root.exists() else None


def _text(place: Path) -> str:
    return place.read_text() if stat.S_ISREG(place.lstat().st_mode) else "no file"


def written(path: str) -> Callable[[Scene], str | None]:
    """Be a host that writes to a path of the workspace as it finds it."""

    def write(scene: Scene) -> str | None:
        with suppress(OSError):
            (scene.workspace / path).write_text("a = 1\n")
        return None

    return write


def read(path: str) -> Callable[[Scene], str | None]:
    """Be a host that reads a path of the workspace as it finds it."""

    def look(scene: Scene) -> str | None:
        found: list[str] = []
        reader = threading.Thread(
            target=lambda: found.append((scene.workspace / path).read_text()), daemon=True
        )
        reader.start()
        reader.join(0.5)
        if reader.is_alive():
            with suppress(OSError):
                os.close(os.open(scene.workspace / path, os.O_WRONLY | os.O_NONBLOCK))
            return "the host waits for ever"
        return "read the canary" if scene.canary in "".join(found) else None

    return look


def git_status(scene: Scene) -> str | None:
    """Be a host that asks git about a folder that is not its own."""
    command = ["git", "-C", str(scene.workspace), "-c", "safe.directory=*", "status"]
    subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    return "a planted program ran" if scene.marker.exists() else None


def careful_git(scene: Scene) -> str | None:
    """Ask git as the product does."""
    store = scene.folder / "store2"
    store.mkdir()
    with suppress(RooftreeError):
        worktree = open_worktree(scene.workspace)
        take_snapshot(worktree, store)
        run_git(scene.workspace, "status", seconds=SECONDS)
    return restored(scene)


def first_on_path(scene: Scene) -> str | None:
    """Be a host whose PATH names the workspace."""
    path = f"{scene.workspace}:{os.environ['PATH']}"
    subprocess.run(["git", "--version"], env={"PATH": path}, check=False, capture_output=True)
    return "a planted program ran" if scene.marker.exists() else None


def careful_path(scene: Scene) -> str | None:
    """Run git and the sandbox with a PATH that names the workspace."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{scene.workspace}:.:{before}"
    try:
        run_git(scene.workspace, "--version")
        with suppress(SandboxUnavailableError):
            executor = find_bubblewrap(scene.workspace)
            executor.run_now(Command(("true",), scene.workspace), threading.Event())
    finally:
        os.environ["PATH"] = before
    return restored(scene)


def reads_meanwhile(scene: Scene) -> str | None:
    """Read a file again and again while contained code swaps it for a link."""
    return _read_often(scene, lambda place: read_beneath(place.parent, place.name, 1000).data)


def _read_often(scene: Scene, look: Callable[[Path], bytes]) -> str | None:
    place = scene.workspace / "swapped"
    until = time.monotonic() + SECONDS
    while not os.path.lexists(place) and time.monotonic() < until:
        time.sleep(0.01)
    for _ in range(READS):
        with suppress(OSError, RooftreeError):
            if scene.canary.encode() in look(place):
                return "read the canary through a link"
    return None


def link_read(scene: Scene) -> str | None:
    """Read once through whatever is there: the last swap leaves a link."""
    return _read_often(scene, Path.read_bytes)


PLANTED = (
    Attack(
        "plant a link to be written through",
        """
os.unlink("a.py")
os.symlink(SCENE["secret"], "a.py")
""",
        in_copy=True,
        host=restored,
        careless=written("a.py"),
    ),
    Attack(
        "plant a link to be read through",
        f"""
os.symlink(SCENE["secret"], {FILE!r})
os.unlink("a.py")
os.symlink(SCENE["secret"], "a.py")
""",
        in_copy=True,
        host=restored,
        careless=read(FILE),
    ),
    Attack(
        "plant a link for a folder",
        """
import shutil
shutil.rmtree("pkg")
os.symlink(SCENE["outside"], "pkg")
""",
        in_copy=True,
        host=restored,
        careless=written("pkg/b.py"),
    ),
    Attack(
        "plant a pipe that nobody writes to",
        f"""
os.unlink("a.py")
os.mkfifo("a.py")
os.mkfifo({FILE!r})
os.mkfifo(".gitignore")
""",
        in_copy=True,
        host=restored,
        careless=read("a.py"),
    ),
    Attack(
        "plant a device and a socket",
        """
import socket, stat
with suppress(OSError):
    os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    reached("made a device")
socket.socket(socket.AF_UNIX).bind("socket")
os.unlink("a.py")
socket.socket(socket.AF_UNIX).bind("a.py")
""",
        in_copy=True,
        host=restored,
        control_needs_root=True,
    ),
    Attack(
        "plant a folder that cannot be removed",
        """
os.mkdir("deep")
os.chdir("deep")
for _ in range(1010):
    os.mkdir("d" * 8)
    os.chdir("d" * 8)
os.chdir("/")
""",
        in_copy=True,
        host=restored,
        careless=lambda scene: _remove_by_path(scene.workspace / "deep"),
    ),
    Attack(
        "lock its folders",
        """
os.makedirs("locked/inner")
Path("locked/inner/file").touch()
for place in ("locked/inner", "locked", "pkg", "."):
    os.chmod(place, 0)
""",
        in_copy=True,
        host=restored,
        careless=lambda scene: _locked(scene.workspace),
    ),
    Attack(
        "give a planted program the owner's rights",
        """
Path("shell").write_text("#!/bin/sh\\n")
os.chmod("shell", 0o6777)
os.chmod("a.py", 0o6777)
os.chmod(".", 0o777)
""",
        in_copy=True,
        host=lambda scene: restored(scene) or _reachable(scene),
        careless=lambda scene: _set_user(scene.workspace),
    ),
    Attack(
        "plant git's hooks and monitor",
        """
import subprocess
evil = Path("evil")
evil.write_text("#!/bin/sh\\ntouch '%s'\\n" % SCENE["marker"])
evil.chmod(0o755)
subprocess.run(["git", "init", "--quiet"], check=True)
hooks = Path(".git/hooks")
hooks.mkdir(exist_ok=True)
for name in ("pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman"):
    evil.replace(hooks / name) if name == "none" else (hooks / name).write_bytes(evil.read_bytes())
    (hooks / name).chmod(0o755)
with open(".git/config", "a") as config:
    here = os.path.abspath("evil") if not SCENE["contained"] else "./evil"
    config.write('[core]\\n\\tfsmonitor = "%s"\\n\\tpager = "%s"\\n\\tsshCommand = "%s"\\n'
                 % (here, here, here))
    config.write('[filter "evil"]\\n\\tclean = "%s"\\n\\tsmudge = "%s"\\n' % (here, here))
Path(".gitattributes").write_text("* filter=evil diff=evil\\n")
Path("a.py").write_text("changed")
""",
        in_copy=True,
        host=careful_git,
        careless=git_status,
    ),
    Attack(
        "plant programs for the host's PATH",
        """
for name in ("git", "bwrap", "prlimit", "python3", "docker", "podman", "setpriv", "sh"):
    Path(name).write_text("#!/bin/sh\\n: > '%s'\\n" % SCENE["marker"])
    os.chmod(name, 0o755)
""",
        in_copy=True,
        host=careful_path,
        careless=first_on_path,
    ),
    Attack(
        "name files to confuse",
        """
for name in ("new\\nline.py", "\\x1b]0;stolen\\x07.py", "--help", "-rf", "$(touch x)", "a b",
             "'; touch x; '", "\\u202egpj.py", "%s%n"):
    Path(name).write_text("x")
with open(b"not-\\xff-text", "wb") as file:
    file.write(b"x")
os.makedirs(b"\\xff/\\n")
os.symlink("/" * 100, "slashes")
""",
        in_copy=True,
        host=restored,
        careless=lambda scene: _shown_as_they_are(scene.workspace),
    ),
    Attack(
        "swap a file for a link while it is read",
        """
import time
until = time.monotonic() + 1.0
while time.monotonic() < until:
    for make in (lambda: Path("next").write_text("x"), lambda: os.symlink(SCENE["secret"], "next")):
        make()
        os.rename("next", "swapped")
""",
        during=reads_meanwhile,
        careless=link_read,
    ),
    Attack(
        "write a trace that breaks its reader",
        f"""
Path({FILE!r}).write_text("[" * 200000)
""",
        in_copy=True,
        host=restored,
        careless=lambda scene: _parsed(scene.workspace / FILE),
    ),
)


def _remove_by_path(folder: Path) -> str | None:
    """Go down by names as most code does, which ends where a path is too long."""
    try:
        for _ in os.walk(folder, onerror=_raise):
            pass
    except (OSError, RecursionError) as error:
        return f"the host fails: {error.__class__.__name__}"
    return None


def _raise(error: OSError) -> None:
    raise error


def _locked(folder: Path) -> str | None:
    mode = stat.S_IMODE(folder.lstat().st_mode)
    return f"the folder has mode {mode:o}" if mode != 0o700 else None


def _set_user(folder: Path) -> str | None:
    found = [place.name for place in folder.iterdir() if place.lstat().st_mode & 0o6000]
    return f"left with the owner's rights: {found}" if found else None


def _reachable(scene: Scene) -> str | None:
    """Whoever else there is on the host cannot enter the folder around the copy."""
    return None if not scene.folder.stat().st_mode & 0o077 else "others can enter"


def _shown_as_they_are(folder: Path) -> str | None:
    names = "".join(place.name for place in folder.iterdir())
    return "a name holds an escape" if "\x1b" in names else None


def _parsed(place: Path) -> str | None:
    import json

    try:
        json.loads(place.read_text())
    except RecursionError:
        return "the host's parser fell over"
    return None
