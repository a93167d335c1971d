"""A view in a file beside the manifest, so that a process need not read every row at its start.

It may be of an older generation: what has changed since is read from the manifest, as after any
run. It is under a check sum of its own, and one that does not fit it is as good as none.
"""

import json
import os
import struct
import zlib
from collections.abc import Sequence
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


def write(folder: Path, view: IndexView) -> None:
    """Keep a view; without room or rights none is kept."""
    texts = {
        name: "\0".join(values).encode("utf-8", "surrogatepass")
        for name, values in _texts(view).items()
    }
    blocks = {name: np.frombuffer(data, np.uint8) for name, data in texts.items()}
    blocks |= _arrays(view)
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
    rows, documents = len(blocks["ids"]), len(blocks["documents"])
    kinds, symbols, texts = (_split(blocks[name], rows) for name in ("kinds", "symbols", "texts"))
    return IndexView(
        Generation(**told["generation"]),
        blocks["documents"],
        blocks["seals"],
        _split(blocks["paths"], documents),
        blocks["ids"],
        blocks["document"],
        blocks["starts"],
        blocks["ends"],
        kinds,
        symbols,
        texts,
        blocks["text"],
        Postings(
            blocks["units"],
            blocks["lengths"],
            (blocks["path_keys"], blocks["path_packs"]),
            PostingsTable(
                blocks["keys"], blocks["rows"], blocks["bodies"], blocks["names"], told["sorted"]
            ),
        ),
    )


def _texts(view: IndexView) -> dict[str, Sequence[str]]:
    return {
        "kinds": view.kinds.tolist(),
        "symbols": view.symbols.tolist(),
        "texts": view.texts.tolist(),
        "paths": view.paths.tolist(),
    }


def _split(block: NDArray[Any], count: int) -> Texts:
    """Return strings, of which there are so many: no string is told from an empty one by it."""
    values = block.tobytes().decode("utf-8", "surrogatepass").split("\0") if count else []
    return texts_of(values)


def _arrays(view: IndexView) -> dict[str, NDArray[Any]]:
    postings, table = view.postings, view.postings.table
    return {
        "documents": view.documents,
        "seals": view.seals,
        "ids": view.ids,
        "document": view.document,
        "starts": view.starts,
        "ends": view.ends,
        "text": view.text,
        "units": postings.units,
        "lengths": postings.lengths,
        "path_keys": postings.path_keys,
        "path_packs": postings.path_packs,
        "keys": table.keys,
        "rows": table.rows,
        "bodies": table.bodies,
        "names": table.names,
    }
