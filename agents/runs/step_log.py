"""The log of a run: every expensive or external step, once, in order.

A run has external inputs: models, the sandbox, users. Every answer is written down
before the program goes on. After a crash the same program runs again from its beginning and is
given the same answers, so it comes to where it was and goes on; nothing is asked twice.
"""

import asyncio
import json
import os
from collections import defaultdict, deque
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from rooftree.paths import cannot_write
from rooftree.telemetry.spans import span
from tools.once import StepWork


class StepLog:
    """One file of JSON lines: {"kind", "key", "value"}; a broken last line was never written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, str], deque[Any]] = defaultdict(deque)
        self._lock = asyncio.Lock()
        for record in _whole_records(path):
            self._known[record["kind"], record["key"]].append(record["value"])

    async def once(self, kind: str, key: str, work: StepWork) -> Any:
        """Return what came of this before a crash, or do it now and write it down."""
        name = key_of(key)
        waiting = self._known.get((kind, name))
        if waiting:
            return waiting.popleft()
        with span(f"step {kind}", step=kind):
            value = await work()
        async with self._lock:
            await asyncio.to_thread(self._append, {"kind": kind, "key": name, "value": value})
        return value

    def _append(self, record: dict[str, Any]) -> None:
        data = json.dumps(record, ensure_ascii=True).encode("ascii") + b"\n"
        try:
            with self._path.open("ab") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        except OSError as error:
            raise cannot_write(self._path, error) from error


def key_of(text: str) -> str:
    """Return the name under which something is remembered: 32 hex digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole records of a log; what a crash left half-written is passed over."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    for line in data.split(b"\n")[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"kind", "key", "value"} <= record.keys():
            yield record


def _whole_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records, after cutting off what was half-written at the end."""
    yield from records(path)
    if path.exists():
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(path, whole)
