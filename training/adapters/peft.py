"""A LoRA state dict as a PEFT folder, which vLLM serves, and the way back from a GGUF adapter.

It is the counterpart of `adapter_gguf`: the same matrices for the other kind of server.
"""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader, Keys
from numpy.typing import NDArray

from rooftree.errors import WeightsError
from training.adapters.gguf import PERMUTED, BaseModelShape, Matrix, pairs

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
NAME = re.compile(
    r"blk\.(?P<layer>\d+)\.(?P<projection>\w+)\.weight\.lora_(?P<side>[ab])", re.ASCII
)
MODULES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""The projections of a layer as GGUF and as transformers name them."""


def write_peft(folder: Path, state: Mapping[str, Matrix], base: str, alpha: float) -> None:
    """Write `state` as a float32 PEFT adapter of the model `base`; `folder` must not exist.

    The folder appears whole or not at all, because a server may watch where it appears.
    """
    from safetensors.numpy import save_file

    found = pairs(state)
    ranks = {pair.a.shape[0] for pair in found.values()}
    if len(ranks) > 1:
        raise WeightsError(f"the adapter has several ranks ({sorted(ranks)}); train it with one")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": ranks.pop(),
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({module.rpartition(".")[2] for module in found}),
        "inference_mode": True,
    }
    tensors = {
        name: np.ascontiguousarray(matrix, dtype=np.float32) for name, matrix in state.items()
    }
    partial = folder.with_name(folder.name + ".partial")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        save_file(tensors, partial / WEIGHTS, metadata={"format": "pt"})
        (partial / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
        partial.rename(folder)
    except OSError as error:
        raise WeightsError(f"cannot write the adapter {str(folder)!r}: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_gguf(path: Path, base: BaseModelShape) -> tuple[dict[str, NDArray[np.float32]], float]:
    """Return the state dict of a GGUF adapter that was trained on `base`, and its alpha."""
    try:
        reader = GGUFReader(path)
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot read the adapter {str(path)!r}: {error}") from error
    alpha = reader.get_field(Keys.Adapter.LORA_ALPHA)
    if alpha is None:
        raise WeightsError(f"{str(path)!r} is no LoRA adapter: it has no {Keys.Adapter.LORA_ALPHA}")
    state = dict(_matrix(tensor.name, tensor.data, base) for tensor in reader.tensors)
    return state, float(alpha.contents())


def _matrix(name: str, data: Any, base: BaseModelShape) -> tuple[str, NDArray[np.float32]]:
    """Map `blk.3.attn_q.weight.lora_a` to PEFT's name, and its rows to transformers' order."""
    found = NAME.fullmatch(name)
    module = MODULES.get(found["projection"]) if found else None
    if found is None or module is None:
        raise WeightsError(
            f"{name!r} is no LoRA matrix of a layer's projection; "
            "expected 'blk.<layer>.<projection>.weight.lora_a' or lora_b"
        )
    matrix = np.array(data, dtype=np.float32)
    if found["side"] == "b":
        matrix = _in_transformers_order(found["projection"], matrix, base)
    stem = f"base_model.model.model.layers.{found['layer']}.{module}"
    return f"{stem}.lora_{found['side'].upper()}.weight", matrix


def _in_transformers_order(
    projection: str, matrix: NDArray[np.float32], base: BaseModelShape
) -> NDArray[np.float32]:
    heads = {"attn_q": base.heads, "attn_k": base.key_value_heads}.get(projection)
    if heads is None or base.architecture not in PERMUTED:
        return matrix
    interleaved = matrix.reshape(heads, matrix.shape[0] // heads // 2, 2, *matrix.shape[1:])
    return interleaved.swapaxes(1, 2).reshape(matrix.shape)
