"""Blocks a sandbox's command until the limits of its namespaces are set."""

import os
import subprocess
import sys

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.process import namespace_bounds as bounds

SECONDS = 10.0


class StartGate:
    """Two pipes, and the program of `bounds` between them.

    The last end of the second pipe stays with us until that program has ended well: bubblewrap
    takes the end of a pipe for leave to start.
    """

    def __init__(self) -> None:
        self._reads, self.info = os.pipe()
        """`info` is where bubblewrap tells which process it has made."""
        self.block, self._opens = os.pipe()
        """`block` is where it waits before the command."""
        self._open = {self._reads, self.info, self.block, self._opens}
        inherited = (self._reads, self._opens)
        self._program = subprocess.Popen(
            [sys.executable, "-I", "-S", bounds.__file__, *map(str, inherited)],
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
        )

    def open(self) -> bool:
        """Wait until the command may start; say whether System V's memory is bounded as well.

        Raises SandboxUnavailableError where a bound could not be set; then it never starts.
        """
        for descriptor in (self._reads, self.info, self.block):
            self._close(descriptor)
        try:
            _, said = self._program.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            said = b"it takes too long"
        code = self._program.poll()
        # Where bubblewrap has ended by itself, what it says is the better error.
        if code not in (0, bounds.PARTLY, bounds.ENDED):
            reason = " ".join(said.decode("utf-8", "replace").split())[-200:] or f"exit code {code}"
            raise SandboxUnavailableError(
                f"the sandbox's share of the user's limits cannot be bounded: {reason}; "
                "rooftree needs to write its own namespace's settings in /proc/sys"
            )
        return code == 0

    def close(self) -> None:
        """End the program, if it still runs, and give back what is open."""
        self._program.kill()
        self._program.communicate()
        for descriptor in tuple(self._open):
            self._close(descriptor)

    def _close(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.remove(descriptor)
            os.close(descriptor)
