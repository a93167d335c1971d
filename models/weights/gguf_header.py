"""The header of a GGUF file: what its metadata says, read with bounded reads.

The bytes are untrusted: every length is checked before it is used, arrays are passed over and not
kept, and tensors are never looked at. It does not know where files come from or which
weights we ship.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rooftree.confined_files import open_regular
from rooftree.errors import WeightsError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEYS = 4096
MAX_KEY_BYTES = 1024
MAX_TEXT_BYTES = 4 * 1024 * 1024
MAX_ITEMS = 8 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024 * 1024
MAX_ARRAY_DEPTH = 3
MAX_ELEMENTS = 2 * 1024 * 1024
"""Texts and arrays in all arrays together, each of which costs a look: the largest vocabularies
that are published hold 260,000 tokens, with 450,000 merges."""
MAX_TENSORS = 100_000

Scalar = str | int | float | bool

TEXT = 8
ARRAY = 9
NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""GGUF value types that are plain numbers, as struct codes."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What we ask of a header; `metadata` holds every key whose value is not an array."""

    version: int
    tensors: int
    metadata: Mapping[str, Scalar]

    @property
    def kind(self) -> str:
        """`model` or `adapter`; files from before the key existed are models."""
        return self.text("general.type") or "model"

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        return self.text("general.name")

    @property
    def context_length(self) -> int:
        """The context that the model was trained for, or 0 when the file does not say."""
        value = self.metadata.get(f"{self.architecture}.context_length", 0)
        return value if isinstance(value, int) else 0

    @property
    def template_sha256(self) -> str:
        """The hash of the chat templates, which are programs; empty when there are none.

        A file may hold variants (`tokenizer.chat_template.tool_use`) that a server picks by itself,
        so all of them count.
        """
        keys = sorted(key for key in self.metadata if key.startswith("tokenizer.chat_template"))
        text = "\0".join(self.text(key) for key in keys)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""

    def text(self, key: str) -> str:
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""


def read_header(path: Path) -> GgufHeader:
    """Read the header of the file at `path`, or say what is wrong with it."""
    with opened_gguf(path) as stream:
        return read_metadata(HeaderReader(stream))


@contextmanager
def opened_gguf(path: Path) -> Iterator[BinaryIO]:
    """Open a GGUF file; what goes wrong with it names it."""
    try:
        with open_regular(path) as stream:
            yield stream
    except OSError as error:
        raise WeightsError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except WeightsError as error:
        raise WeightsError(f"{str(path)!r} is not usable as GGUF weights: {error}") from error


def read_metadata(reader: "HeaderReader") -> GgufHeader:
    """Read the part of a header that comes before the list of tensors."""
    if reader.read_bytes(len(MAGIC)) != MAGIC:
        raise WeightsError("it does not begin with the GGUF magic")
    version = reader.number("I")
    if version not in VERSIONS:
        raise WeightsError(f"GGUF version {version} is not one of {VERSIONS} (little-endian)")
    tensors = reader.count(MAX_TENSORS, "tensors")
    keys = reader.count(MAX_KEYS, "metadata keys")
    metadata: dict[str, Scalar] = {}
    for _ in range(keys):
        key = reader.text(MAX_KEY_BYTES)
        value = reader.value(reader.number("I"))
        if key in metadata:
            # Which of two a server obeys is not ours to guess: one could hide a chat template.
            raise WeightsError(f"it holds the key {key[:80]!r} twice")
        if value is not None:
            metadata[key] = value
    return GgufHeader(version, tensors, metadata)


class HeaderReader:
    """Take typed values off a stream, never more than the header may hold."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MAX_HEADER_BYTES
        self._elements = MAX_ELEMENTS

    @property
    def bytes_read(self) -> int:
        """How many bytes have been taken so far."""
        return MAX_HEADER_BYTES - self._left

    def read_bytes(self, length: int) -> bytes:
        self._left -= length
        if self._left < 0:
            raise WeightsError(f"its header is larger than {MAX_HEADER_BYTES} bytes")
        data = self._stream.read(length)
        if len(data) != length:
            raise WeightsError("it ends inside its header")
        return data

    def skip(self, length: int) -> None:
        """Pass over bytes in pieces, so that a lying length cannot claim memory."""
        while length > 0:
            length -= len(self.read_bytes(min(length, 1 << 20)))

    def number(self, code: str) -> int:
        return int(struct.unpack("<" + code, self.read_bytes(struct.calcsize(code)))[0])

    def count(self, limit: int, what: str) -> int:
        value = self.number("Q")
        if value > limit:
            raise WeightsError(f"it claims {value} {what}; at most {limit} are read")
        return value

    def text(self, limit: int) -> str:
        length = self.count(limit, "bytes of text")
        return self.read_bytes(length).decode("utf-8", "replace")

    def value(self, kind: int) -> Scalar | None:
        """Return a scalar or a text; an array is passed over and gives None."""
        if kind == TEXT:
            return self.text(MAX_TEXT_BYTES)
        if kind == ARRAY:
            self._skip_array(1)
            return None
        code = NUMBERS.get(kind)
        if code is None:
            raise WeightsError(f"it holds a value of the unknown type {kind}")
        scalar: Scalar = struct.unpack("<" + code, self.read_bytes(struct.calcsize(code)))[0]
        return scalar

    def _skip_array(self, depth: int) -> None:
        if depth > MAX_ARRAY_DEPTH:
            raise WeightsError(f"its arrays are nested deeper than {MAX_ARRAY_DEPTH}")
        kind = self.number("I")
        items = self.count(MAX_ITEMS, "array items")
        if kind in NUMBERS:
            self.skip(items * struct.calcsize(NUMBERS[kind]))
            return
        if kind not in (TEXT, ARRAY):
            raise WeightsError(f"it holds an array of the unknown type {kind}")
        self._elements -= items
        if self._elements < 0:
            raise WeightsError(f"its arrays hold more than {MAX_ELEMENTS} texts and arrays")
        for _ in range(items):
            if kind == TEXT:
                self.skip(self.count(MAX_TEXT_BYTES, "bytes of text"))
            else:
                self._skip_array(depth + 1)
