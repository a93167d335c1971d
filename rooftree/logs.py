"""Logging: one file in the state folder, for the operator; never source text, prompts or keys."""

import logging
import logging.handlers
from pathlib import Path

from rooftree.paths import State

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(state: State, verbose: bool = False) -> None:
    """Send our loggers to `logs/rooftree.log`, and to stderr as well when `verbose`."""
    handlers: list[logging.Handler] = [_file_handler(state.logs() / "rooftree.log")]
    if verbose:
        handlers.append(logging.StreamHandler())
    root = logging.getLogger("rooftree")
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False


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
