"""The embedder that is shipped: one small vector a word piece, their mean for a text.

It reads the folder that `training.static_embedder.export` writes: int8 vectors with one scale each,
a tokenizer, and a description with the checksums of both. At run time it needs `tokenizers` and
numpy, and gives what sentence-transformers' StaticEmbedding gives for the same weights.
"""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexing.embed import Vectors
from rooftree.errors import EmbeddingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DESCRIPTION = "config.json"
VECTORS = "vectors.npz"
TOKENIZER = "tokenizer.json"
TEXTS_AT_ONCE = 512


def shipped_folder() -> Path:
    """Return the folder of the weights that come with rooftree."""
    return Path(__file__).with_name("static_weights")


@dataclass(frozen=True, slots=True)
class Weights:
    """What a static model is made of. Shapes: V word pieces, D numbers a vector."""

    tokenizer: "Tokenizer"
    vectors: NDArray[np.float32]
    """Shape (V, D)."""


class StaticEmbedder:
    """Embeds with the model in a folder; read at its first use, not before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._weights: Weights | None = None
        self._loading = threading.Lock()
        self._about = self._described()
        self.dimension = int(self._about["dimension"])
        self.fingerprint = f"static-{str(self._about[VECTORS])[:16]}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        weights = self._read()
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for begin in range(0, len(texts), TEXTS_AT_ONCE):
            part = [_sound(text) for text in texts[begin : begin + TEXTS_AT_ONCE]]
            rows[begin : begin + len(part)] = _means(weights, part)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        # A text without any word points nowhere; any direction is as wrong, and one is valid.
        empty = lengths[:, 0] == 0
        rows[empty, 0] = lengths[empty] = 1
        return rows / lengths

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def _described(self) -> dict[str, Any]:
        try:
            about = json.loads((self._folder / DESCRIPTION).read_text("utf-8"))
            if not (0 < int(about["dimension"]) <= 4096 and about[VECTORS] and about[TOKENIZER]):
                raise ValueError("it does not say what it is")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable(error) from error
        return dict(about)

    def _read(self) -> Weights:
        with self._loading:
            if self._weights is None:
                self._weights = self._loaded()
            return self._weights

    def _loaded(self) -> Weights:
        from tokenizers import Tokenizer

        vectors, tokenizer = self._checked(VECTORS), self._checked(TOKENIZER)
        try:
            with np.load(vectors, allow_pickle=False) as packed:
                whole = packed["vectors"].astype(np.float32) * packed["scales"][:, None]
            if whole.ndim != 2 or whole.shape[1] != self.dimension:
                raise ValueError(f"vectors of shape {whole.shape}")
            return Weights(Tokenizer.from_file(str(tokenizer)), whole.astype(np.float32))
        except Exception as error:  # tokenizers raises plain Exception
            raise self._unusable(error) from error

    def _checked(self, name: str) -> Path:
        path = self._folder / name
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise self._unusable(error) from error
        if found != self._about[name]:
            raise self._unusable(ValueError(f"{name} is not as it was written"))
        return path

    def _unusable(self, error: Exception) -> EmbeddingError:
        return EmbeddingError(
            f"the static embedder in {str(self._folder)!r} cannot be used: {error}; "
            "install rooftree again, or set index.embedder to `minilm` or `none`"
        )


def _means(weights: Weights, texts: Sequence[str]) -> Vectors:
    """Return the mean vector of each text's word pieces: shape (len(texts), D)."""
    ids = [found.ids for found in weights.tokenizer.encode_batch_fast(list(texts))]
    counts = np.array([len(numbers) for numbers in ids])
    rows = np.zeros((len(texts), weights.vectors.shape[1]), dtype=np.float32)
    held = np.flatnonzero(counts)
    if len(held):
        flat = np.concatenate([np.array(ids[number], dtype=np.int32) for number in held])
        starts = np.cumsum(counts[held]) - counts[held]
        sums = np.add.reduceat(weights.vectors[flat], starts, axis=0)
        rows[held] = sums / counts[held][:, None]
    return rows


def _sound(text: str) -> str:
    """Return a text that the tokenizer takes: stray surrogates are no characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
