"""Keep the head and the tail of a stream that may never end."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class CappedOutput:
    """Holds at most `limit` bytes of what it is fed: two thirds from the end, the rest the start.

    Failures are told at the end, so the tail is the larger part.
    """

    limit: int
    received: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self.received += len(data)
        room = self.limit // 3 - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        keep = self.limit - self.limit // 3
        # Cutting only when it has doubled makes feeding linear.
        if len(self._tail) > 2 * keep:
            del self._tail[:-keep]

    @property
    def dropped(self) -> int:
        return max(0, self.received - self.limit)

    def text(self) -> str:
        """Return what was kept, saying how much was not; wrong UTF-8 is replaced."""
        keep = self.limit - self.limit // 3
        tail = bytes(self._tail[-keep:]) if keep else b""
        if not self.dropped:
            return (bytes(self._head) + tail).decode("utf-8", "replace")
        head = bytes(self._head).decode("utf-8", "replace")
        note = f"\n[… {self.dropped} bytes left out …]\n"
        return head + note + tail.decode("utf-8", "replace")
