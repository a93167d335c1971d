"""Commands as processes that need not start: forks of one that has imported the program already.

Starting an interpreter and importing the program is most of what a short command takes. A fork has
its own arguments, environment, folder, standard streams, signals and end, as any process has; it
goes the way of `python -I -m rooftree` from there on. What a test asks about the start itself
(imports, locales, variables of Python, its time) needs a process that was started for it.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
IMPORTED = (
    *("server.cli.main", "server.operations.table", "server.services.host"),
    *("agents.ask.asker", "agents.change.change_run", "agents.review.review_run"),
)
STARTING = ("LC_", "LANG", "PYTHON", "LD_", "COVERAGE_")
"""What variables have to be there when an interpreter starts begin with."""


def can_be_forked(environment: Mapping[str, str]) -> bool:
    """Say whether a process with this environment would be like a fork of one without it."""
    return not any(name.startswith(STARTING) for name in environment)


def run_forked(
    arguments: Sequence[str | bytes],
    environment: Mapping[str, str],
    cwd: Path,
    stdin: bytes | None,
    seconds: float,
) -> "subprocess.CompletedProcess[bytes]":
    """Run `rooftree` with `arguments` to its end, as `subprocess.run` does with what it prints."""
    return _server().run(arguments, environment, cwd, stdin, seconds)


class ForkServer:
    """A process that forks itself for each command; it ends when its stdin is closed."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if can_be_forked({name: ""})}
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            env=kept,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.close)

    def close(self) -> None:
        self._process.communicate()

    def run(
        self,
        arguments: Sequence[str | bytes],
        environment: Mapping[str, str],
        cwd: Path,
        stdin: bytes | None,
        seconds: float,
    ) -> "subprocess.CompletedProcess[bytes]":
        with (
            tempfile.NamedTemporaryFile() as given,
            tempfile.NamedTemporaryFile() as out,
            tempfile.NamedTemporaryFile() as err,
        ):
            given.write(stdin or b"")
            given.flush()
            request = {
                "arguments": [os.fsdecode(one) for one in arguments],
                "environment": dict(environment),
                "cwd": str(cwd),
                "files": [os.devnull if stdin is None else given.name, out.name, err.name],
            }
            code = self._ask(request, seconds)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def _ask(self, request: Mapping[str, Any], seconds: float) -> int:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps({**request, "seconds": seconds}) + "\n")
        asked.flush()
        answer = answers.readline()
        assert answer, "the fork server has ended"
        told: int | None = json.loads(answer)
        if told is None:
            raise subprocess.TimeoutExpired(request["arguments"], seconds)
        return told


@cache
def _server() -> ForkServer:
    return ForkServer()


def _serve() -> dict[str, Any]:
    """Fork for each request and tell how the fork ended; return the request in the fork."""
    asked = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    while line := _line(asked):
        request: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            asked.close()
            answers.close()
            return request
        answers.write(json.dumps(_end_of(child, request["seconds"])).encode() + b"\n")
    sys.exit()


def _line(asked: IO[bytes]) -> bytes:
    """Read one line; every request comes after the answer to the one before it."""
    read = b""
    while not read.endswith(b"\n"):
        block = asked.read(1 << 16)
        if not block:
            return b""
        read += block
    return read


def _end_of(child: int, seconds: float) -> int | None:
    """Wait for a fork; kill one that takes too long, and return None then."""
    ended = False

    def end(_number: int, _frame: object) -> None:
        nonlocal ended
        ended = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    return None if ended else os.waitstatus_to_exitcode(status)


def _become(request: Mapping[str, Any]) -> None:
    """Be the process that the request describes."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    flags = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)
    for number, (path, flag) in enumerate(zip(request["files"], flags, strict=True)):
        opened = os.open(path, flag)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv[1:] = request["arguments"]


if __name__ == "__main__":
    import gc
    import importlib
    import runpy

    sys.path.insert(0, str(ROOT))
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for name in IMPORTED:
        importlib.import_module(name)
    # A fork that looks through all of it for garbage as it ends takes half a second for that.
    gc.collect()
    gc.freeze()
    _become(_serve())
    # The interpreter ends as after `python -m rooftree`: its exit code, its threads, its `atexit`.
    runpy.run_module("rooftree", run_name="__main__", alter_sys=True)
