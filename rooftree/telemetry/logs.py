"""Logging: one file in the state folder, for the operator; never source text, prompts or keys."""

import logging
import logging.handlers
from pathlib import Path
from traceback import extract_tb

from rooftree.paths import StateFolder

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(state: StateFolder, verbose: bool = False) -> None:
    """Send our loggers to `logs/rooftree.log`, and to stderr as well when `verbose`."""
    handlers: list[logging.Handler] = [_file_handler(state.logs() / "rooftree.log")]
    if verbose:
        handlers.append(logging.StreamHandler())
    end_logging()
    logging.getLogger().addHandler(_OfOthers(handlers[0]))
    root = logging.getLogger("rooftree")
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False


def end_logging() -> None:
    """Close the log; what libraries log goes where Python sends it again.

    Nobody may keep a handler that is closed: it would open its file once more for the next record.
    """
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _OfOthers):
            root.removeHandler(handler)
    root = logging.getLogger("rooftree")
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.propagate = True
    root.setLevel(logging.NOTSET)


class _OfOthers(logging.Handler):
    """Takes what libraries log: who, how bad and where, and never their words or values.

    Without it Python prints their traces to the terminal, prompts and all.
    """

    def __init__(self, log: logging.Handler) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        kind, _, trace = record.exc_info or (None, None, None)
        what = f" ({kind.__name__})" if kind is not None else ""
        places = "".join(f"\n  {one.filename}:{one.lineno} {one.name}" for one in extract_tb(trace))
        said = f"said something in {record.pathname}:{record.lineno}{what}{places}"
        told = logging.LogRecord(record.name, record.levelno, "", 0, said, None, None)
        self._log.handle(told)


def _file_handler(path: Path) -> logging.Handler:
    """Return what writes to the log; where it cannot be written, errors alone go to stderr."""
    try:
        return logging.handlers.RotatingFileHandler(
            path, maxBytes=2_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
        handler.setLevel(logging.ERROR)
        return handler


def logger(name: str) -> logging.Logger:
    """Return the logger of one part, below `rooftree`."""
    return logging.getLogger(f"rooftree.{name}")
