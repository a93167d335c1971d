"""A host for one attack: files, sockets and a process that nobody inside may reach.

After every attack all of them are looked at, whatever the attack was for.
"""

import json
import os
import platform
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from rooftree.git.commands import open_worktree
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.sandbox.engines.seccomp import ARCHITECTURES

CANARY = "ROOFTREE_HOSTILE_CANARY"
"""The variable of our own environment with what must never be seen inside."""
VICTIM = "0.4242"
"""What the arguments of the process end in that nobody inside may see; `sleep` adds it up."""
FILES = {"a.py": "a = 1\n", "pkg/b.py": "b = 2\n", "test_a.py": "def test_a(): pass\n"}
MORE_CALLS = {
    "x86_64": {"pidfd_open": 434},
    "aarch64": {"pidfd_open": 434},
}

Look = tuple[object, ...]


class Scene:
    """Everything that an attack could reach, until `close`."""

    def __init__(self, *, contained: bool, in_copy: bool) -> None:
        self.contained = contained
        self.canary = os.environ[CANARY]
        self.nonce = secrets.token_hex(8)
        self.seen: list[str] = []
        """What our own code came to read while an attack went on."""
        self._stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="rooftree-hostile-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.outside = self.folder / "outside"
        self.home = self.folder / "home"
        self.marker = self.outside / "marker"
        """What planted programs make where the host runs them."""
        self.copied = self.folder / "repository"
        """What the copy is of, where there is one."""
        self.copy: Workspace | None = None
        self.workspace = self._make_copy() if in_copy else self._make_plain()
        self._make_files()
        self._listen()
        self._start_victim()
        self.remember()

    def remember(self) -> None:
        """Take what is there now as what has to be there afterwards."""
        self._before = self._look()

    def told(self) -> str:
        """Return what the script is told, as JSON; the canary is not in it."""
        machine = platform.machine()
        calls = (
            {**ARCHITECTURES[machine].calls, **MORE_CALLS[machine]}
            if machine in ARCHITECTURES
            else {}
        )
        told: dict[str, Any] = {
            "nonce": self.nonce,
            "contained": self.contained,
            "outside": str(self.outside),
            "secret": str(self.secret),
            "home": str(self.home),
            "copied": str(self.copied),
            "shared": str(self.shared),
            "marker": str(self.marker),
            "tcp": self._tcp.getsockname()[1],
            "tcp6": self._tcp6.getsockname()[1] if self._tcp6 else 0,
            "udp": self._udp.getsockname()[1],
            "abstract": f"rooftree-{self.nonce}",
            "path": str(self.outside / "socket"),
            "victim": self.victim.pid,
            "victim_argument": VICTIM,
            "machine": machine,
            "python": sys.base_prefix,
            "calls": calls,
            "packages": os.environ.get("ROOFTREE_HOSTILE_PACKAGES", ""),
        }
        return json.dumps(told)

    def harm(self) -> str | None:
        """Return what was changed, reached or left behind outside."""
        if self.victim.poll() is not None:
            return "the victim was ended"
        for name, listener in self._listeners.items():
            if select.select([listener], [], [], 0)[0]:
                return f"somebody came to the {name}"
        after = self._look()
        changed = [
            key for key in {*after, *self._before} if after.get(key) != self._before.get(key)
        ]
        if changed:
            return f"changed outside: {sorted(changed)}"
        left = self.survivors()
        return f"still running: {left}" if left else None

    def survivors(self) -> list[int]:
        """Return processes of the attack that are still there; their arguments name the scene."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if self.nonce.encode() in place.read_bytes():
                    found.append(int(place.parts[2]))
        return [pid for pid in found if _state(pid) not in ("Z", "X", "")]

    def end_survivors(self) -> None:
        for pid in self.survivors():
            with suppress(OSError):
                os.kill(pid, 9)

    def close(self) -> None:
        """End and remove all of it."""
        with self._stack:
            self.end_survivors()
            if self.copy is not None:
                self.copy.remove()

    def _make_plain(self) -> Path:
        workspace = self.folder / "workspace"
        workspace.mkdir(mode=0o700)
        for name, text in FILES.items():
            (workspace / name).parent.mkdir(exist_ok=True)
            (workspace / name).write_text(text)
        return workspace

    def _make_copy(self) -> Path:
        repository, store = self.copied, self.folder / "store"
        store.mkdir()
        repository.mkdir()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        for arguments in (("init", "--quiet"), ("config", "core.fsync", "none")):
            command = ["git", "-C", str(repository), *arguments]
            subprocess.run(command, env=environment, check=True)
        for name, text in FILES.items():
            (repository / name).parent.mkdir(exist_ok=True)
            (repository / name).write_text(text)
        snapshot = take_snapshot(open_worktree(repository), store)
        self.copy = Workspace.make(self.folder / "workspace", snapshot)
        return self.copy.root

    def _make_files(self) -> None:
        self.outside.mkdir()
        (self.home / ".ssh").mkdir(parents=True)
        self.secret = self.outside / "secret"
        self.shared = Path("/dev/shm", f"rooftree-{self.nonce}")  # noqa: S108 - as others do
        self._stack.callback(self.shared.unlink, missing_ok=True)
        for place in (self.secret, self.home / ".ssh" / "id_made_up", self.shared):
            place.write_text(self.canary)
            place.chmod(0o640)
        self._inherited = os.open(self.secret, os.O_RDONLY)
        os.set_inheritable(self._inherited, True)
        self._stack.callback(os.close, self._inherited)

    def _listen(self) -> None:
        self._tcp = self._stack.enter_context(socket.socket())
        self._tcp.bind(("127.0.0.1", 0))
        self._udp = self._stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        self._udp.bind(("127.0.0.1", 0))
        abstract = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0rooftree-{self.nonce}")
        path = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        path.bind(str(self.outside / "socket"))
        self._listeners = {"TCP port": self._tcp, "UDP port": self._udp}
        self._listeners |= {"abstract socket": abstract, "socket with a path": path}
        self._tcp6: socket.socket | None = None
        with suppress(OSError):
            tcp6 = self._stack.enter_context(socket.socket(socket.AF_INET6))
            tcp6.bind(("::1", 0))
            self._tcp6 = tcp6
            self._listeners["TCP port of IPv6"] = tcp6
        for listener in self._listeners.values():
            if listener.type == socket.SOCK_STREAM:
                listener.listen()

    def _start_victim(self) -> None:
        """Start a process like any other of this user, with a secret in its environment."""
        self.victim = subprocess.Popen(
            ["sleep", "300", VICTIM],
            env={"SECRET": self.canary},
            cwd=self.outside,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(self.victim.wait)
        self._stack.callback(self.victim.kill)

    def _look(self) -> dict[str, Look]:
        """Return everything about every file outside that an attack could change."""
        places = [*self.outside.rglob("*"), *self.home.rglob("*"), self.shared]
        here = [self.outside, self.home, *places]
        return {str(place): _about(place) for place in here if os.path.lexists(place)}


def _about(place: Path) -> Look:
    status = place.lstat()
    content = place.read_bytes() if place.is_file() and not place.is_symlink() else b""
    names = tuple(os.listxattr(place, follow_symlinks=False))
    owner = (status.st_uid, status.st_gid, status.st_mode, status.st_nlink)
    return (*owner, status.st_mtime_ns, status.st_ctime_ns, content, names)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
