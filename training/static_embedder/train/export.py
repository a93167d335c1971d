"""Write the files that ship: int8 vectors with a scale a token, the tokeniser, the configuration.

python -m training.static_embedder.train.export --encoded ENCODED --vectors weights.npy --out FOLDER
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.vectors.static_embedder import CONFIG, FORMAT, TOKENIZER, WEIGHTS
from training.static_embedder.train.batches import HEADER_TIMES

MAX_BYTES = 8_000_000
"""What the wheel has room for, tokeniser included."""


def quantised(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 vectors and the scale of each row: row i is `numbers[i] * scales[i]`."""
    scales = np.abs(vectors).max(axis=1) / 127
    scales = np.where(scales > 0, scales, 1.0).astype(np.float32)
    numbers = np.clip(np.rint(vectors / scales[:, None]), -127, 127).astype(np.int8)
    return numbers, scales


def safetensors_bytes(tensors: dict[str, NDArray[np.generic]], metadata: dict[str, str]) -> bytes:
    """Return a safetensors file: the same tensors give the same bytes."""
    header: dict[str, object] = {"__metadata__": metadata}
    body = b""
    names = {"int8": "I8", "float32": "F32"}
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        data = np.ascontiguousarray(tensor).tobytes()
        header[name] = {
            "dtype": names[str(tensor.dtype)],
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def export(
    folder: Path,
    vectors: NDArray[np.float32],
    tokenizer: str,
    *,
    nested: Sequence[int] = (),
    header_times: int = HEADER_TIMES,
) -> int:
    """Write the folder and return its bytes; raises ValueError where they are too many."""
    numbers, scales = quantised(vectors)
    tensors: dict[str, NDArray[np.generic]] = {"vectors": numbers, "scales": scales}
    weights = safetensors_bytes(tensors, {"format": "pt"})
    small = json.dumps(json.loads(tokenizer), ensure_ascii=False, separators=(",", ":")).encode()
    config = {
        "format": FORMAT,
        "dimension": vectors.shape[1],
        "vocabulary": vectors.shape[0],
        "nested": list(nested),
        "header_times": header_times,
        "sha256": {
            WEIGHTS: hashlib.sha256(weights).hexdigest(),
            TOKENIZER: hashlib.sha256(small).hexdigest(),
        },
    }
    size = len(weights) + len(small)
    if size > MAX_BYTES:
        raise ValueError(f"{size} bytes, more than {MAX_BYTES}: take a smaller vocabulary")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(weights)
    (folder / TOKENIZER).write_bytes(small)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    return size


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoded", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--nested", type=int, nargs="+", default=[256, 128, 64])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    tokenizer = (options.encoded / TOKENIZER).read_text("utf-8")
    vectors = np.load(options.vectors, allow_pickle=False)
    export(options.out, vectors, tokenizer, nested=options.nested)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
