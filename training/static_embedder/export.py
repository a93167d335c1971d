"""Write a trained model as it is shipped: int8 vectors with one scale each, the tokenizer, a card.

python -m training.static_embedder.export --trained DIR --out DIR
"""

import argparse
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexing.static_embedder import DESCRIPTION, TOKENIZER, VECTORS

LARGEST = 8_000_000
"""Bytes of all files together."""


def export(
    vectors: NDArray[np.float32], tokenizer: Tokenizer, out: Path, about: dict[str, Any]
) -> int:
    """Write the folder that `indexing.static_embedder` reads; return its size in bytes."""
    out.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    small = np.round(vectors / scales[:, None]).astype(np.int8)
    np.savez(out / VECTORS, vectors=small, scales=scales.astype(np.float32))
    compact = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    (out / TOKENIZER).write_text(compact, "utf-8")
    description = {
        **about,
        "dimension": int(vectors.shape[1]),
        "vocabulary": len(vectors),
        VECTORS: _sha256(out / VECTORS),
        TOKENIZER: _sha256(out / TOKENIZER),
    }
    (out / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
    return sum((out / name).stat().st_size for name in (VECTORS, TOKENIZER, DESCRIPTION))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    vectors = np.load(options.trained / "vectors.npy")
    tokenizer = Tokenizer.from_file(str(options.trained / "tokenizer.json"))
    made = datetime.now(UTC).date().isoformat()
    size = export(vectors, tokenizer, options.out, {"name": "rooftree-static", "made": made})
    print(f"{size:,} bytes")  # noqa: T201 - a program
    if size > LARGEST:
        raise SystemExit(f"larger than {LARGEST:,} bytes: use a smaller vocabulary or dimension")


if __name__ == "__main__":
    main()
