"""The static embedder that ships with rooftree: a text's vector is the mean of its tokens' vectors.

A token that a text holds n times counts 1 + floor(log2(n)) times. It needs the tokeniser and numpy
and no model library, loads in a fraction of a second, and embeds thousands of units a second. Its
vectors are those of sentence-transformers' `StaticEmbedding` over the same weights, given such
bags. How it was made: `static_weights/MODEL_CARD.md`; importing this loads nothing.
"""

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.vectors.embedder import Vectors, of_unit_length
from rooftree.errors import EmbeddingError

FORMAT = 2
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
BATCH = 256
"""Texts that are pooled at once; their token vectors take about 40 MB."""
MAX_HEADER_BYTES = 100_000
_REPAIR = "install rooftree again, or set index.embedder to `minilm` or `none`"


def shipped_folder() -> Path:
    """Return the folder of the weights that come with rooftree."""
    return Path(__file__).with_name("static_weights")


@dataclass(frozen=True, slots=True)
class _Table:
    """The tokens' vectors as they ship: numbers of one byte, times the scale of their row.

    A search needs a few rows; to multiply all of them took a sixth of its processor time.
    """

    numbers: NDArray[Any]
    scales: Vectors

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, tokens: NDArray[np.int64]) -> Vectors:
        """Return the vectors of tokens: shape (len(tokens), dimension)."""
        vectors: Vectors = self.numbers[tokens].astype(np.float32) * self.scales[tokens, None]
        return vectors


class StaticEmbedder:
    """The embedder in a folder with `config.json`, `model.safetensors` and `tokenizer.json`.

    The weights are read at the first use and checked then against the digests in the configuration.
    Raises EmbeddingError where a file is missing or is not what the configuration says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            raw = (folder / CONFIG).read_bytes()
            config = json.loads(raw)
            if config["format"] != FORMAT:
                raise ValueError(f"format {config['format']!r}, expected {FORMAT}")
            self.dimension = int(config["dimension"])
            self.header_times = int(config["header_times"])
            self._digests = {name: str(config["sha256"][name]) for name in (WEIGHTS, TOKENIZER)}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmbeddingError(
                f"{str(folder)!r} is not a static embedder's folder: {error!r}; {_REPAIR}"
            ) from error
        self.fingerprint = f"static-{hashlib.sha256(raw).hexdigest()[:16]}"
        self._loading = threading.Lock()
        self._table: _Table | None = None
        self._tokenizer: Any = None  # tokenizers.Tokenizer, imported at first use

    def embed(self, texts: Sequence[str]) -> Vectors:
        table, tokenizer = self._loaded()
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(texts), BATCH):
            # A lone surrogate is no character that a tokeniser could be given.
            batch = [
                text.encode("utf-8", "replace").decode() for text in texts[first : first + BATCH]
            ]
            encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            vectors[first : first + len(batch)] = _sums(table, [one.ids for one in encoded])
        return of_unit_length(vectors)

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def _loaded(self) -> tuple[_Table, Any]:
        with self._loading:
            if self._table is None:
                self._tokenizer = _tokenizer(self._checked(TOKENIZER), self._folder)
                self._table = self._read_table(self._checked(WEIGHTS))
            return self._table, self._tokenizer

    def _checked(self, name: str) -> bytes:
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise EmbeddingError(f"cannot read {str(path)!r}: {error}; {_REPAIR}") from error
        found = hashlib.sha256(data).hexdigest()
        if found != self._digests[name]:
            raise EmbeddingError(
                f"{str(path)!r} has sha256 {found}, expected {self._digests[name]}: it was changed "
                f"or is damaged; {_REPAIR}"
            )
        return data

    def _read_table(self, data: bytes) -> _Table:
        try:
            tensors = read_safetensors(data)
            table = _Table(tensors["vectors"], tensors["scales"].astype(np.float32))
            if table.numbers.shape != (self._tokenizer.get_vocab_size(), self.dimension):
                raise ValueError(f"vectors of shape {table.numbers.shape}")
            if table.scales.shape != (len(table),):
                raise ValueError(f"scales of shape {table.scales.shape}")
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise EmbeddingError(
                f"the weights in {str(self._folder)!r} do not fit their configuration: {error!r}; "
                f"{_REPAIR}"
            ) from error
        return table


def _sums(table: _Table, sequences: Sequence[Sequence[int]]) -> Vectors:
    """Add up each sequence's vectors; a text without a word gets the unknown token's."""
    count = len(sequences)
    lengths = np.fromiter((max(1, len(sequence)) for sequence in sequences), np.int64, count)
    owners = np.repeat(np.arange(count, dtype=np.int64), lengths)
    flat = np.zeros(len(owners), dtype=np.int64)
    ends = np.cumsum(lengths)
    for end, length, sequence in zip(ends, lengths, sequences, strict=True):
        if sequence:
            flat[end - length : end] = sequence
    held, counts = np.unique(owners * len(table) + flat, return_counts=True)
    rows = table.rows(held % len(table)) * saturated(counts)[:, None]
    starts = np.searchsorted(held, np.arange(count, dtype=np.int64) * len(table))
    sums: Vectors = np.add.reduceat(rows, starts, axis=0)
    return sums


def saturated(counts: NDArray[Any]) -> Vectors:
    """Return what a token counts that a text holds so often: 1, 2, 2, 3, 3, 3, 3, 4 and so on.

    One more at each doubling. Without it a long function's vector is that of the few words that it
    repeats (docs/experiments.md). Whole numbers, so a plain `StaticEmbedding` can be given as much.
    """
    return np.frexp(counts.astype(np.float32))[1].astype(np.float32)


def _tokenizer(data: bytes, folder: Path) -> Any:
    from tokenizers import Tokenizer

    _quiet_after_fork()
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:
        raise EmbeddingError(
            f"the tokeniser in {str(folder)!r} cannot be read: {error}; {_REPAIR}"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


_registered = False


def _quiet_after_fork() -> None:
    """Let a forked child tokenise on one thread: the parent's threads are not there any more."""
    global _registered  # noqa: PLW0603 - hooks of this kind cannot be taken back
    if not _registered:
        _registered = True
        os.register_at_fork(
            after_in_child=lambda: os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        )


_TYPES: dict[str, np.dtype[Any]] = {
    "I8": np.dtype("<i1"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
}


def read_safetensors(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of a safetensors file: a length, a JSON header, then the bytes.

    Raises ValueError, KeyError or TypeError where it is no such file.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError("not a safetensors file")
    header = json.loads(data[8 : 8 + length])
    tensors: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, end = entry["data_offsets"]
        part = data[8 + length + first : 8 + length + end]
        tensors[name] = np.frombuffer(part, dtype=_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors
