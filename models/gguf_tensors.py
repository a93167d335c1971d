"""The tensors of a GGUF file, as its header lists them: names, shapes, types and bytes.

The bytes are untrusted and the reads bounded, as in `models.gguf_header`; no tensor's data is read.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.gguf_header import HeaderReader, read_metadata
from rooftree.errors import WeightsError

MOST_TENSORS = 100_000
MOST_DIMENSIONS = 8
LARGEST_DIMENSION = 1 << 40
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


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor."""

    name: str
    shape: tuple[int, ...]
    """The fastest dimension first, as the file has it."""
    kind: str
    bytes: int

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


def read_tensors(path: Path) -> list[Tensor]:
    """Return the tensors of a GGUF file, or say what is wrong with it."""
    try:
        with path.open("rb") as stream:
            reader = HeaderReader(stream)
            header = read_metadata(reader)
            if header.tensors > MOST_TENSORS:
                raise WeightsError(f"it claims {header.tensors} tensors")
            return list(_tensors(reader, header.tensors))
    except OSError as error:
        raise WeightsError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except WeightsError as error:
        raise WeightsError(f"{str(path)!r} is not usable as GGUF weights: {error}") from error


def _tensors(reader: HeaderReader, count: int) -> Iterator[Tensor]:
    for _ in range(count):
        name = reader.text(1024)
        dimensions = reader.number("I")
        if dimensions > MOST_DIMENSIONS:
            raise WeightsError(f"the tensor {name[:80]!r} claims {dimensions} dimensions")
        shape = tuple(
            reader.count(LARGEST_DIMENSION, "numbers in a row") for _ in range(dimensions)
        )
        kind = reader.number("I")
        reader.number("Q")  # where its data begins
        if kind not in BLOCKS:
            raise WeightsError(f"the tensor {name[:80]!r} is of the unknown type {kind}")
        title, numbers, size = BLOCKS[kind]
        yield Tensor(name, shape, title, -(-math.prod(shape) // numbers) * size)
