"""The container executor: podman or docker by their command lines, one container a command.

AutoGen's own Docker executor has no field for any of these limits and lets the host write through
a link that contained code planted, so it is not used. An engine's client is not the container:
killing it leaves the container running, which is why every container has a name to be killed by.
"""

import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.engines.bubblewrap import ENVIRONMENT
from tools.sandbox.process.execution import WORKSPACE, Command, Execution
from tools.sandbox.process.supervisor import LaunchSpec, in_thread, supervise

ENGINES = ("podman", "docker")
PLACES = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
"""Where an engine and its helpers are; never by the user's PATH, which a repository may be on."""
SECONDS = 20.0
KILL_SECONDS = 10.0


@dataclass(frozen=True)
class Container:
    """Runs commands in containers of one image, which is never fetched."""

    engine: Path
    image: str
    runtime: str = ""
    shares_host: bool = False

    @property
    def name(self) -> str:
        return self.engine.name

    @cached_property
    def version(self) -> str:
        """What the engine says; raises SandboxUnavailableError where it does not run."""
        ended = self._engine("version", "--format", "{{.Client.Version}}")
        if ended.returncode != 0:
            reason = " ".join(ended.stderr.decode("utf-8", "replace").split())[:200]
            raise SandboxUnavailableError(f"{self.engine} does not run: {reason}")
        return ended.stdout.decode("utf-8", "replace").strip()

    async def run(self, command: Command) -> Execution:
        """Run a command; cancelling ends it with its container before this returns."""
        return await in_thread(lambda stop: self.run_now(command, stop))

    def run_now(self, command: Command, stop: threading.Event) -> Execution:
        """Run a command in this thread until it ends or `stop` is set."""
        name = f"rooftree-{secrets.token_hex(8)}"
        start = LaunchSpec(
            [str(self.engine), *self.arguments(command, name)],
            environment=_engine_environment(),
            workspace=command.workspace if command.writable else None,
            end=lambda: self._kill(name),
            counted=False,
        )
        try:
            return supervise(start, command.limits, merged=command.merged, stop=stop)
        except OSError as error:
            raise SandboxUnavailableError(f"{self.engine} did not start: {error}") from error

    def arguments(self, command: Command, name: str) -> list[str]:
        """Return the engine's arguments for a command."""
        limits = command.limits
        mode = "rw" if command.writable else "ro"
        return [
            *("run", "--rm", "--init", "--name", name, "--pull=never", "--network=none"),
            *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
            *("--ipc=private", f"--pids-limit={limits.processes}"),
            *(f"--memory={limits.memory_bytes}", f"--memory-swap={limits.memory_bytes}"),
            *("--ulimit", f"fsize={limits.file_bytes}", "--ulimit", "core=0"),
            *("--ulimit", f"nofile={limits.open_files}"),
            *("--tmpfs", f"/tmp:size={limits.scratch_bytes},nosuid,nodev,mode=1777"),  # noqa: S108
            *self._identity(),
            *(("--runtime", self.runtime) if self.runtime else ()),
            *_environment(command),
            *_mounts(command),
            *("--volume", f"{command.workspace}:{WORKSPACE}:{mode}"),
            *_placed(command),
            *("--workdir", f"{WORKSPACE}/{command.folder}".rstrip("/")),
            self.image,
            *command.argv,
        ]

    def _identity(self) -> tuple[str, ...]:
        """Be in the container who we are outside, so that the workspace can be written."""
        user = ("--user", f"{os.getuid()}:{os.getgid()}")
        return ("--userns=keep-id", *user) if self.name == "podman" else user

    def _kill(self, name: str) -> None:
        self._engine("kill", name, seconds=KILL_SECONDS)

    def _engine(
        self, *arguments: str, seconds: float = SECONDS
    ) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(
                [str(self.engine), *arguments],
                capture_output=True,
                timeout=seconds,
                check=False,
                env=_engine_environment(),
                cwd="/",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxUnavailableError(f"{self.engine} does not answer: {error}") from error


def find_container(image: str, engine: str = "", runtime: str = "") -> Container:
    """Return an engine by its name, or the first there is; the image has to be named."""
    if not image:
        raise SandboxUnavailableError(
            "no container image is named; set sandbox.image to one that has been pulled, by digest"
        )
    for name in (engine,) if engine else ENGINES:
        found = shutil.which(name, path=PLACES)
        if found is not None:
            container = Container(Path(found), image, runtime)
            container.version  # noqa: B018 - one that does not run is refused here
            return container
    raise SandboxUnavailableError(
        f"no container engine: {engine or ' and '.join(ENGINES)} is missing"
    )


def _engine_environment() -> dict[str, str]:
    """Return what an engine needs to find its own state, and nothing else of ours."""
    names = ("HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINER_HOST")
    return {"PATH": PLACES, **{name: os.environ[name] for name in names if name in os.environ}}


def _environment(command: Command) -> Iterator[str]:
    for name, value in (ENVIRONMENT | dict(command.environment)).items():
        yield from ("--env", f"{name}={value}")


def _mounts(command: Command) -> Iterator[str]:
    for folder in command.toolchains:
        yield from ("--volume", f"{folder}:{folder}:ro")


def _placed(command: Command) -> Iterator[str]:
    for one in command.shown:
        yield from ("--volume", f"{one.folder}:{one.place}:ro")
