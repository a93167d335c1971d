"""The shipped embedder as a sentence-transformers model: the reference for its vectors."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from indexing.vectors.static_embedder import TOKENIZER, WEIGHTS, read_safetensors, saturated


class SaturatedStaticEmbedding(StaticEmbedding):
    """A `StaticEmbedding` that sees a token again only each time its number doubles.

    Without this a long function's vector is that of the few words that it repeats. Only what goes
    into the bag differs: the vectors and their mean are sentence-transformers' own.
    """

    def preprocess(  # type: ignore[override] # as StaticEmbedding narrows it
        self, inputs: list[str], prompt: str | None = None, **kwargs: Any
    ) -> Any:
        features = super().preprocess(inputs, prompt=prompt, **kwargs)
        ids = features["input_ids"].numpy()
        ends = [*features["offsets"][1:].tolist(), len(ids)]
        bags: list[NDArray[np.int64]] = []
        for first, end in zip(features["offsets"].tolist(), ends, strict=True):
            tokens, counts = np.unique(ids[first:end], return_counts=True)
            bags.append(np.repeat(tokens, saturated(counts).astype(np.int64)))
        lengths = [len(bag) for bag in bags]
        features["input_ids"] = features["input_ids"].new_tensor(np.concatenate(bags))
        features["offsets"] = features["offsets"].new_tensor(np.cumsum([0, *lengths[:-1]]))
        return features


def reference_model(folder: Path) -> SentenceTransformer:
    """Load the embedder in `folder` as a sentence-transformers model."""
    tensors = read_safetensors((folder / WEIGHTS).read_bytes())
    table = tensors["vectors"].astype(np.float32) * tensors["scales"][:, None]
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    module = SaturatedStaticEmbedding(tokenizer, embedding_weights=table)
    return SentenceTransformer(modules=[module], device="cpu")
