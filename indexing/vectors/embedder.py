"""Embedders: text in, unit vectors out.

An embedder has a fingerprint made of what decides its vectors (weights and settings); vectors with
different fingerprints are never compared. Importing this module loads no model library.
"""

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rooftree.errors import EmbeddingError

Vectors = NDArray[np.float32]
BATCH = 32
SAMPLES = 64
SAMPLE_BYTES = 16_384
SMALL_FILES = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
)


class Embedder(Protocol):
    """What the dense tier needs."""

    @property
    def fingerprint(self) -> str:
        """Identifies weights and settings; equal fingerprints give equal vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def header_times(self) -> int:
        """How often the name of what a text defines stands above it."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row of unit length a text: shape (len(texts), dimension), float32."""
        ...

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for what is looked for and not for what is kept: some models differ."""
        ...


def of_unit_length(rows: NDArray[np.floating[Any]]) -> Vectors:
    """Return rows at unit length, in single precision; one of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.maximum(lengths, np.finfo(rows.dtype).tiny)).astype(np.float32)
    return unit


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a local folder; loaded at its first use, not before."""

    header_times = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None  # SentenceTransformer, imported at first use
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            self.dimension = int(config["hidden_size"])
            weights = (folder / "model.safetensors").stat().st_size
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmbeddingError(
                f"{str(folder)!r} is not a sentence-transformers folder with safetensors: {error}"
            ) from error
        # Loading sets torch's default type for a while, so two loads at once spoil each other.
        self._loading = threading.Lock()
        self._half = has_native_bfloat16()
        self.fingerprint = _fingerprint(folder, weights, "bf16" if self._half else "fp32")

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._loading:
            if self._model is None:
                self._model = _load(self._folder, half=self._half)
        vectors = self._encode(list(texts))
        if vectors.shape != (len(texts), self.dimension):
            raise EmbeddingError(
                f"the embedder in {str(self._folder)!r} gave vectors of shape {vectors.shape}, "
                f"expected {(len(texts), self.dimension)}"
            )
        # Half-precision weights leave lengths a few parts in a thousand off.
        return of_unit_length(vectors)

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def _encode(self, texts: list[str]) -> Vectors:
        try:
            vectors: Vectors = self._model.encode(
                texts,
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            ).astype(np.float32)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise EmbeddingError(
                f"the embedder in {str(self._folder)!r} failed at {len(texts)} texts: {error}; "
                "check that there is enough memory"
            ) from error
        return vectors


def has_native_bfloat16() -> bool:
    """Say whether this processor multiplies bfloat16 itself.

    Where it does, embedding costs half (measured: 7.8 against 16.5 CPU-seconds for 256 units, the
    cosine to float32 at least 0.998); where it does not, bfloat16 is slower than float32.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _fingerprint(folder: Path, weights_bytes: int, precision: str) -> str:
    """Hash the small files whole and a sample of the weights; all 90 MB a start is too much.

    The sample is spread over the whole file: a fine-tuned model may differ in its last layers only.
    """
    digest = hashlib.sha256(str(weights_bytes).encode())
    for name in SMALL_FILES:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    with (folder / "model.safetensors").open("rb") as handle:
        for sample in range(SAMPLES):
            handle.seek(weights_bytes * sample // SAMPLES)
            digest.update(handle.read(SAMPLE_BYTES))
    return f"st-{precision}-{digest.hexdigest()[:16]}"


def _load(folder: Path, *, half: bool) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise package_missing(str(folder), f"cannot be imported ({error})") from error
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": torch.bfloat16 if half else torch.float32},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EmbeddingError(
            f"cannot load the embedder in {str(folder)!r}: {error}; "
            "pull it again with `rooftree models pull minilm`"
        ) from error


def package_missing(name: str, why: str) -> EmbeddingError:
    """Return the error of an embedder whose package is an extra that nobody has installed."""
    return EmbeddingError(
        f"the embedder {name!r} needs the package sentence-transformers, which {why}; install it "
        "with `pip install 'rooftree[sentence-transformers]'`, or set index.embedder to `static`"
    )
