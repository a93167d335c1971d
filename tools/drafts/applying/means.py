"""What applying asks of the system, and tells while it goes on.

A test gives other means: a file system that cannot exchange, or somebody who saves at one moment.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tools.drafts.applying import renames


def _nobody(moment: str, path: str) -> None:
    """Do nothing at any moment."""


@dataclass(frozen=True, slots=True)
class Means:
    """The calls that change names, and who is told of each moment between them."""

    exchange: Callable[[int, str, str], None] = renames.exchange
    move: Callable[[int, str, int, str], None] = renames.move
    at: Callable[[str, str], None] = _nobody
    """Called with a moment's name and a file's path."""
    patience: float = 1.0
    """Seconds for which programs that still write to what was replaced are waited for."""


SYSTEM = Means()
