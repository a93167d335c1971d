"""Server-sent events, as model servers send them: bytes in, JSON values out, in blocks of any size.

It knows no HTTP and nothing of what the values mean.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from rooftree.errors import ModelProtocolError

MAX_EVENT_BYTES = 4 * 1024 * 1024
FIELDS = (b":", b"event:", b"id:", b"retry:")
"""Lines that a stream may hold besides data; anything else is another kind of document."""
DONE: Final = object()
"""The last event of a stream that the server ended properly."""


class SseReader:
    """Collect lines into events.

    A complete JSON value ends its event even without the blank line that some servers forget.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._line = b""
        self._data = b""
        self._foreign = False

    def feed(self, block: bytes) -> Iterator[Any]:
        """Yield the values that `block` completes, and DONE."""
        *lines, self._line = (self._line + block).split(b"\n")
        for line in lines:
            value = self._value_after(line.rstrip(b"\r"))
            if value is not None:
                yield value
        if len(self._line) + len(self._data) > MAX_EVENT_BYTES:
            raise ModelProtocolError(
                f"{self._where} sent an event of more than {MAX_EVENT_BYTES} bytes; "
                "check that it is an OpenAI-compatible server"
            )

    def finish(self) -> Iterator[Any]:
        """Yield the value of a last line without an end; half a value is dropped."""
        value = self._value_after(self._line.rstrip(b"\r"))
        if self._foreign:
            self._refuse(self._line)
        if value is not None:
            yield value

    def _value_after(self, line: bytes) -> Any:
        if not line:
            return self._value_at_end()
        if not line.startswith(b"data:"):
            self._foreign = self._foreign or not line.startswith(FIELDS)
            return None
        data = line.removeprefix(b"data:").removeprefix(b" ")
        self._data = self._data + b"\n" + data if self._data else data
        if self._data.strip() == b"[DONE]":
            return DONE
        try:
            value = json.loads(self._data)
        except (ValueError, RecursionError):
            return None
        self._data = b""
        return value

    def _value_at_end(self) -> None:
        """Refuse an event that ended before its JSON did."""
        if self._data.strip():
            self._refuse(self._data)
        self._data = b""

    def _refuse(self, data: bytes) -> None:
        raise ModelProtocolError(
            f"{self._where} streamed something that is not JSON ({len(data)} bytes); "
            "check that it is an OpenAI-compatible server"
        )
