"""A command at a terminal, where somebody may type."""

import os
import pty
import subprocess

from tests.server.commands import PROGRAM, SECONDS, Commands


class Terminal:
    """One command that may ask."""

    def __init__(self, commands: Commands, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=commands.environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(theirs)

    def asked(self) -> str:
        """Wait for the next question."""
        assert self.process.stderr is not None
        said = b""
        while b"?" not in said:
            block = os.read(self.process.stderr.fileno(), 4096)
            assert block, said.decode()
            said += block
        return said.decode()

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=SECONDS)
        os.close(self._ours)
        return self.process.returncode, out.decode()
