"""Logging: one file in the state folder, for the operator; never source text, prompts or keys."""

import logging
import logging.handlers

from rooftree.paths import State

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(state: State, verbose: bool = False) -> None:
    """Send our loggers to `logs/rooftree.log`, and to stderr as well when `verbose`."""
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(
            state.logs() / "rooftree.log", maxBytes=2_000_000, backupCount=2, encoding="utf-8"
        )
    ]
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


def logger(name: str) -> logging.Logger:
    """Return the logger of one part, below `rooftree`."""
    return logging.getLogger(f"rooftree.{name}")
