"""How a failed command ends: one sentence, an exit code, and JSON if requested.

With `--json` stdout gets one object, `{"error": {"code", "message", "exit_code"}}`, whose codes are
those of the HTTP API; the sentence stands on stderr all the same.
"""

import os
import signal
from contextvars import ContextVar
from types import FrameType

from rooftree.errors import RooftreeError, sentence
from server.cli.terminal.output import note, write_json

AS_JSON = ContextVar("AS_JSON", default=False)
"""Whether the one who called reads JSON."""
INTERRUPTED, TERMINATED, INTERNAL_ERROR = 130, 143, 70


def keep_json(wanted: bool) -> bool:
    """Remember the `--json` option: an error must have the same format as an answer."""
    AS_JSON.set(wanted)
    return wanted


def failed(error: Exception) -> int:
    """Say why nothing came of a command; returns its exit code."""
    if not isinstance(error, RooftreeError):
        return _print_failure("internal", _bug(error), INTERNAL_ERROR)
    from server.base.error_bodies import problem_of

    return _print_failure(problem_of(error).code, sentence(error), error.exit_code)


def _print_failure(code: str, message: str, exit_code: int) -> int:
    note(f"rooftree: {message}")
    if AS_JSON.get():
        write_json({"error": {"code": code, "message": message, "exit_code": exit_code}})
    return exit_code


def _bug(error: Exception) -> str:
    """Give the log the trace, if there can be one, and return the line for a person."""
    from rooftree.config import load_config
    from rooftree.telemetry.logs import configure_logging, logger

    where = "the trace is in logs/rooftree.log of the state folder"
    try:
        configure_logging(load_config().config.paths)
        logger("cli").error("internal error", exc_info=error)
    except RooftreeError as problem:
        where = f"the trace cannot be kept: {problem}"
    told = f"{type(error).__name__}: {error}; this is a bug of rooftree; {where}"
    return f"internal error: {told}"


class TerminationSignal:
    """SIGTERM, which ends a command as Ctrl-C does, in order, with an exit code of its own."""

    def __init__(self) -> None:
        self.came = False
        self._owner = os.getpid()

    def listen(self) -> None:
        """Take SIGTERM from now on; a server of ours has its own way while it serves."""
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _: int, __: FrameType | None) -> None:
        if os.getpid() != self._owner:
            os._exit(TERMINATED)  # a child that was forked, and has not chosen its own way
        self.came = True
        signal.raise_signal(signal.SIGINT)
