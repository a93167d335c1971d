"""The file operations that applying needs, and the hook that observes them.

A test passes others: a file system that cannot exchange, or a save at a certain moment.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tools.drafts.applying import atomic_renames


def _ignore(moment: str, path: str) -> None:
    """Ignore every step."""


@dataclass(frozen=True, slots=True)
class FileOperations:
    """The calls that rename files, and the hook that is called between them."""

    exchange: Callable[[int, str, str], None] = atomic_renames.exchange
    move: Callable[[int, str, int, str], None] = atomic_renames.move
    at: Callable[[str, str], None] = _ignore
    """Called with a moment's name and a file's path."""
    patience: float = 1.0
    """Seconds for which programs that still write to what was replaced are waited for."""


SYSTEM = FileOperations()
