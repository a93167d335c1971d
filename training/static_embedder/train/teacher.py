"""What MiniLM knows of single tokens: the directions from which training starts.

Each token is embedded alone and the vectors are turned onto their main axes, as model2vec does; the
result without training is the "distilled, untrained" row of the comparison.

    python -m training.static_embedder.train.teacher --encoded ENCODED --minilm FOLDER \\
        --out start.npy
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.vectors.embedder import Embedder, SentenceTransformerEmbedder

BATCH = 2_048


def vocabulary_of(tokenizer: Path) -> list[str]:
    """Return the tokens of a `tokenizer.json` by their ids, marks of continuation taken off."""
    vocabulary = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    return [token.removeprefix("##") for token in sorted(vocabulary, key=vocabulary.__getitem__)]


def token_directions(
    teacher: Embedder, tokens: Sequence[str], dimension: int
) -> NDArray[np.float32]:
    """Return a unit vector a token: the teacher's, centred and on its first `dimension` axes."""
    known = np.empty((len(tokens), teacher.dimension), dtype=np.float32)
    by_length = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
    for first in range(0, len(tokens), BATCH):
        chosen = by_length[first : first + BATCH]
        known[chosen] = teacher.embed([tokens[index] for index in chosen])
    known -= known.mean(axis=0)
    _, _, axes = np.linalg.svd(known, full_matrices=False)
    turned = known @ axes[:dimension].T
    lengths = np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    unit: NDArray[np.float32] = (turned / lengths).astype(np.float32)
    return unit


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoded", type=Path, required=True)
    parser.add_argument("--minilm", type=Path, required=True)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    tokens = vocabulary_of(options.encoded / "tokenizer.json")
    teacher = SentenceTransformerEmbedder(options.minilm)
    np.save(options.out, token_directions(teacher, tokens, options.dimension))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
