"""The tensors of a GGUF file, as its header lists them: names, shapes, types and bytes.

The bytes are untrusted and the reads bounded, as in `models.weights.gguf_header`; no tensor's data
is read.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.weights.gguf_header import GgufHeader, HeaderReader, opened_gguf, read_metadata
from rooftree.errors import WeightsError

MAX_DIMENSIONS = 8
MAX_DIMENSION_SIZE = 1 << 40
BLOCKS: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}
"""GGML's types: name, numbers in a block, bytes of a block."""


ALIGNMENT = 32
"""Where the tensors' data begins is a multiple of this, if the file names no other."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor as the file lists it; its type may be one that is not known here."""

    name: str
    shape: tuple[int, ...]
    """The fastest dimension first, as the file has it."""
    type: int
    offset: int
    """Where its data begins, from where all tensors' data begins."""

    @property
    def kind(self) -> str:
        return self._block[0]

    @property
    def bytes(self) -> int:
        """The size of its data; 0 for a type that is not known."""
        _, numbers, size = self._block
        return -(-math.prod(self.shape) // numbers) * size

    @property
    def _block(self) -> tuple[str, int, int]:
        return BLOCKS.get(self.type, ("", 1, 0))


def read_tensors(path: Path) -> list[TensorEntry]:
    """Return the tensors of a GGUF file, or say what is wrong with it."""
    with opened_gguf(path) as stream:
        reader = HeaderReader(stream)
        tensors = list(_listed(reader, read_metadata(reader).tensors))
        for one in tensors:
            if not one.kind:
                raise WeightsError(
                    f"the tensor {one.name[:80]!r} is of the unknown type {one.type}"
                )
        return tensors


def check_tensors(path: Path) -> None:
    """Refuse a GGUF file that lists tensors which it does not hold: it was cut off, or it lies."""
    with opened_gguf(path) as stream:
        reader = HeaderReader(stream)
        header = read_metadata(reader)
        listed = list(_listed(reader, header.tensors))
        alignment = _alignment(header)
        start = -(-reader.bytes_read // alignment) * alignment
        size = os.fstat(stream.fileno()).st_size
        for one in listed:
            if start + one.offset + one.bytes > size:
                raise WeightsError(
                    f"its tensor {one.name[:80]!r} ends at byte {start + one.offset + one.bytes}, "
                    f"and the file has {size}; get it again"
                )


def _alignment(header: GgufHeader) -> int:
    named = header.metadata.get("general.alignment", ALIGNMENT)
    return named if isinstance(named, int) and named > 0 else ALIGNMENT


def _listed(reader: HeaderReader, count: int) -> Iterator[TensorEntry]:
    for _ in range(count):
        name = reader.text(1024)
        dimensions = reader.number("I")
        if dimensions > MAX_DIMENSIONS:
            raise WeightsError(f"the tensor {name[:80]!r} claims {dimensions} dimensions")
        shape = tuple(
            reader.count(MAX_DIMENSION_SIZE, "numbers in a row") for _ in range(dimensions)
        )
        yield TensorEntry(name, shape, reader.number("I"), reader.number("Q"))
