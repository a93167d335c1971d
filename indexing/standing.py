"""What is dear to find out about an index, remembered while only this process can change it.

A server owns its repositories: between two of its own writes the share of vectors and their number
stay what they are, and how far the files have moved on is looked at every few seconds anyway. A
command owns nothing and remembers nothing. It does not know what the figures mean.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Figure = TypeVar("Figure")


class Standing:
    """Figures of one index; safe to share among threads."""

    def __init__(self, *, owned: bool) -> None:
        self._owned = owned
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._writes = 0
        self._mutex = threading.Lock()

    def figure(
        self, name: Hashable, find: Callable[[], Figure], seconds: float = float("inf")
    ) -> Figure:
        """Return a figure: what is remembered and not older than `seconds`, or else found anew."""
        if not self._owned:
            return find()
        with self._mutex:
            kept = self._kept.get(name)
            writes = self._writes
        if kept is not None and time.monotonic() - kept[0] <= seconds:
            found: Figure = kept[1]
            return found
        found = find()
        self.put(name, found, writes)
        return found

    def put(self, name: Hashable, value: Any, writes: int | None = None) -> None:
        """Remember a figure, unless something was written while it was being found out."""
        with self._mutex:
            if writes is None or writes == self._writes:
                self._kept[name] = (time.monotonic(), value)

    def written(self) -> None:
        """Forget everything: the index has been written."""
        with self._mutex:
            self._kept.clear()
            self._writes += 1
