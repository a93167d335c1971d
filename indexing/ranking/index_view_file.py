"""A view in a file beside the manifest, so that a process need not read every row at its start.

It may be of an older generation: what has changed since is read from the manifest, as after any
run. It is under a check sum of its own, and one that does not fit it is as good as none.
"""

import json
import os
import struct
import zlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.index_view import IndexView, Texts, texts_of
from indexing.store.manifest import Generation
from indexing.words.postings import Postings, PostingsTable
from rooftree.state_files import replacing
from rooftree.telemetry.logs import logger

FILE = "view.cache"
FORMAT = 1
HEAD = struct.Struct("<II")
"""The check sum of what follows, and the length of the description in JSON."""
ALIGNED = 8
TEXTS = ("kinds", "symbols", "texts", "paths")
NUMBERS = ("documents", "seals", "ids", "document", "starts", "ends", "text")
OF_POSTINGS = ("units", "lengths", "path_keys", "path_packs")
OF_TABLE = ("keys", "rows", "bodies", "names")
"""The fields of a view, of its postings and of their table, in the order of the file's blocks."""


def write(folder: Path, view: IndexView) -> None:
    """Keep a view; without room or rights none is kept."""
    blocks = {name: _joined(getattr(view, name)) for name in TEXTS}
    for owner, names in (
        (view, NUMBERS),
        (view.postings, OF_POSTINGS),
        (view.postings.table, OF_TABLE),
    ):
        blocks |= {name: getattr(owner, name) for name in names}
    told = {
        "format": FORMAT,
        "generation": asdict(view.generation),
        "sorted": view.postings.table.is_sorted,
        "blocks": [[name, block.dtype.str, len(block)] for name, block in blocks.items()],
    }
    description = json.dumps(told).encode()
    parts = [description + b" " * (-(HEAD.size + len(description)) % ALIGNED)]
    for block in blocks.values():
        data = np.ascontiguousarray(block).tobytes()
        parts.append(data + b"\0" * (-len(data) % ALIGNED))
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    with suppress(OSError), replacing(folder / FILE) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(HEAD.pack(total, len(parts[0])))
        file.writelines(parts)


def read(folder: Path) -> IndexView | None:
    """Return the view that was kept; None where there is none, or it is not as it was written."""
    try:
        data = (folder / FILE).read_bytes()
    except OSError:
        return None
    try:
        return _read(memoryview(data))
    except (ValueError, KeyError, TypeError, struct.error) as error:
        logger("view").warning("%s is not as it was written: %s", folder / FILE, error)
        return None


def _read(data: memoryview) -> IndexView:
    total, length = HEAD.unpack_from(data)
    if zlib.crc32(data[HEAD.size :]) != total:
        raise ValueError("another check sum")
    told = json.loads(bytes(data[HEAD.size : HEAD.size + length]))
    if told["format"] != FORMAT:
        raise ValueError("another format")
    blocks: dict[str, NDArray[Any]] = {}
    at = HEAD.size + length
    for name, kind, count in told["blocks"]:
        blocks[name] = np.frombuffer(data, np.dtype(kind), count, at)
        at += blocks[name].nbytes + -blocks[name].nbytes % ALIGNED
    counts = {name: len(blocks["ids"]) for name in TEXTS} | {"paths": len(blocks["documents"])}
    texts: dict[str, Any] = {name: _split(blocks[name], counts[name]) for name in TEXTS}
    numbers: dict[str, Any] = {name: blocks[name] for name in NUMBERS}
    columns: dict[str, Any] = {name: blocks[name] for name in OF_TABLE}
    of_postings: dict[str, Any] = {name: blocks[name] for name in OF_POSTINGS}
    postings = Postings(**of_postings, table=PostingsTable(**columns, is_sorted=told["sorted"]))
    return IndexView(Generation(**told["generation"]), **texts, **numbers, postings=postings)


def _joined(values: Texts) -> NDArray[Any]:
    data = "\0".join(values.tolist()).encode("utf-8", "surrogatepass")
    return np.frombuffer(data, np.uint8)


def _split(block: NDArray[Any], count: int) -> Texts:
    """Return strings, of which there are so many: no string is told from an empty one by it."""
    values = block.tobytes().decode("utf-8", "surrogatepass").split("\0") if count else []
    return texts_of(values)
