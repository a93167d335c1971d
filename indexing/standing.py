"""What is dear to find out about an index, remembered while only this process can change it.

A server owns its repositories: between two of its own writes the share of vectors and their number
stay what they are, and how far the files have moved on is looked at every few seconds anyway. A
command owns nothing, so it finds a figure out again unless it is told that what it has just found
will do. It does not know what the figures mean.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Figure = TypeVar("Figure")


class Standing:
    """Figures of one index; safe to share among threads."""

    def __init__(self, *, owned: bool) -> None:
        self._owned = owned
        self._kept: dict[Hashable, Any] = {}
        self._writes = 0
        self._mutex = threading.Lock()

    def figure(self, name: Hashable, find: Callable[[], Figure], *, again: bool = True) -> Figure:
        """Return a figure: what is remembered, or else found anew.

        A command finds it `again` where others may have written since.
        """
        with self._mutex:
            writes = self._writes
            if name in self._kept and (self._owned or not again):
                known: Figure = self._kept[name]
                return known
        found = find()
        with self._mutex:
            if writes == self._writes:  # else something was written while it was being found out
                self._kept[name] = found
        return found

    def written(self) -> None:
        """Forget everything: the index has been written."""
        with self._mutex:
            self._kept.clear()
            self._writes += 1
