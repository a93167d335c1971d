"""A LoRA state dict in PEFT's naming, written as a GGUF adapter that llama.cpp's server loads.

llama.cpp keeps the q and k projections of a llama model in another row order than transformers
does, so their B matrices are reordered on the way; qwen2 keeps the order. It knows neither how the
matrices were trained nor how they are served, and needs numpy and gguf alone.
"""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import MODEL_ARCH, GGUFType, GGUFWriter, Keys, get_tensor_name_map
from gguf.tensor_mapping import TensorNameMap
from numpy.typing import NDArray

from rooftree.errors import WeightsError

Matrix = NDArray[np.floating[Any]]

ARCHITECTURES = {"llama": MODEL_ARCH.LLAMA, "qwen2": MODEL_ARCH.QWEN2}
"""The architectures whose row order is known; another would load and then answer nonsense."""

PERMUTED = ("llama",)
NAME = re.compile(r"base_model\.model\.(?P<module>[\w.]+)\.lora_(?P<side>[AB])\.weight", re.ASCII)


@dataclass(frozen=True, slots=True)
class BaseModelShape:
    """What the converter must know of the model that the adapter was trained on."""

    architecture: str
    layers: int
    heads: int
    key_value_heads: int


@dataclass(frozen=True, slots=True)
class AdapterCard:
    """What the file says of itself; llama.cpp scales the adapter by `alpha` / rank."""

    name: str
    alpha: float
    licence: str = "apache-2.0"


@dataclass(frozen=True, slots=True)
class ProjectionMatrices:
    """The two matrices of one projection: `a` is (rank, in), `b` is (out, rank)."""

    a: Matrix
    b: Matrix


def write_adapter(
    path: Path, state: Mapping[str, Matrix], base: BaseModelShape, card: AdapterCard
) -> None:
    """Write `state` as a float16 GGUF adapter; the file appears whole or not at all."""
    tensors = adapter_tensors(state, base)
    partial = path.with_name(path.name + ".partial")
    try:
        with closing(GGUFWriter(partial, base.architecture)) as writer:
            writer.add_type(GGUFType.ADAPTER)
            writer.add_name(card.name)
            writer.add_license(card.licence)
            writer.add_string(Keys.Adapter.TYPE, "lora")
            writer.add_float32(Keys.Adapter.LORA_ALPHA, card.alpha)
            for name, matrix in tensors.items():
                writer.add_tensor(name, matrix)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
        partial.replace(path)
    except OSError as error:
        raise WeightsError(f"cannot write the adapter {str(path)!r}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def adapter_tensors(
    state: Mapping[str, Matrix], base: BaseModelShape
) -> dict[str, NDArray[np.float16]]:
    """Return the tensors of the GGUF adapter by name, in the order in which they are written."""
    architecture = ARCHITECTURES.get(base.architecture)
    if architecture is None:
        known = ", ".join(sorted(ARCHITECTURES))
        raise WeightsError(
            f"cannot convert an adapter of architecture {base.architecture!r}; known are {known}"
        )
    names = get_tensor_name_map(architecture, base.layers)
    tensors: dict[str, NDArray[np.float16]] = {}
    for module, pair in sorted(pairs(state).items()):
        name = tensor_name(module, names)
        rows = in_file_order(module, pair.b, base)
        tensors[f"{name}.lora_a"] = as_float16(module, pair.a)
        tensors[f"{name}.lora_b"] = as_float16(module, rows)
    return tensors


def pairs(state: Mapping[str, Matrix]) -> dict[str, ProjectionMatrices]:
    """Group a state dict by projection, and refuse everything that is not a plain LoRA pair."""
    sides: dict[str, dict[str, Matrix]] = {}
    for name, matrix in state.items():
        found = NAME.fullmatch(name)
        if found is None:
            raise WeightsError(
                f"{name!r} is no LoRA matrix; expected 'base_model.model.<module>.lora_A.weight' "
                "or lora_B: train without DoRA, biases, embeddings and modules_to_save"
            )
        sides.setdefault(found["module"], {})[found["side"]] = matrix
    if not sides:
        raise WeightsError("the state dict holds no LoRA matrices; was the adapter saved?")
    return {module: _pair(module, matrices) for module, matrices in sides.items()}


def _pair(module: str, matrices: Mapping[str, Matrix]) -> ProjectionMatrices:
    if matrices.keys() != {"A", "B"}:
        missing = ({"A", "B"} - matrices.keys()).pop()
        raise WeightsError(f"{module!r} has no lora_{missing} matrix; save the adapter again")
    a, b = matrices["A"], matrices["B"]
    if a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1]:
        raise WeightsError(
            f"{module!r}: lora_A of shape {a.shape} and lora_B of shape {b.shape} do not fit; "
            "expected (rank, in) and (out, rank)"
        )
    return ProjectionMatrices(a, b)


def tensor_name(module: str, names: TensorNameMap) -> str:
    """Map `model.layers.3.self_attn.q_proj` to `blk.3.attn_q.weight`."""
    name = names.get_name(f"{module}.weight", try_suffixes=(".weight",))
    if name is None:
        raise WeightsError(
            f"{module!r} is no module of the base model; check its architecture and layer count"
        )
    return name


def in_file_order(module: str, matrix: Matrix, base: BaseModelShape) -> Matrix:
    """Return the rows of a B matrix in the order that llama.cpp keeps for this projection."""
    if base.architecture not in PERMUTED:
        return matrix
    if module.endswith(".q_proj"):
        return permute_rows(matrix, base.heads)
    if module.endswith(".k_proj"):
        return permute_rows(matrix, base.key_value_heads)
    return matrix


def permute_rows(matrix: Matrix, heads: int) -> Matrix:
    """Interleave the two halves of every head's rows: 0 1 2 3 becomes 0 2 1 3 for one head.

    transformers rotates the first half of a head with the second (rotary embedding), llama.cpp each
    even row with the odd one after it.
    """
    rows = matrix.shape[0]
    if rows % (2 * heads):
        raise WeightsError(
            f"{rows} rows cannot be shared by {heads} heads with two halves each; "
            "the adapter belongs to another base model"
        )
    halves = matrix.reshape(heads, 2, rows // heads // 2, *matrix.shape[1:])
    return halves.swapaxes(1, 2).reshape(matrix.shape)


def as_float16(module: str, matrix: Matrix) -> NDArray[np.float16]:
    """Round to float16, and refuse what it cannot hold: an infinity would poison every answer."""
    with np.errstate(over="ignore"):
        small = np.ascontiguousarray(matrix, dtype=np.float16)
    if not np.isfinite(small).all():
        raise WeightsError(f"{module!r} holds values that are not finite in float16; train again")
    return small
