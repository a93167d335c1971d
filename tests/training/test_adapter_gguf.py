"""Facts about the GGUF adapters that are written from LoRA state dicts."""

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import WeightsError
from training.adapters.gguf import (
    AdapterCard,
    BaseModelShape,
    Matrix,
    adapter_tensors,
    permute_rows,
    write_adapter,
)

LLAMA = BaseModelShape("llama", layers=2, heads=2, key_value_heads=1)
QWEN = BaseModelShape("qwen2", layers=2, heads=2, key_value_heads=1)
CARD = AdapterCard("terse@v1", alpha=16.0)
WIDTH, RANK = 8, 3


def lora(layer: int, projection: str, rows: int) -> dict[str, Matrix]:
    """Return a pair of which every B row repeats its own number, so that an order can be read."""
    stem = f"base_model.model.model.layers.{layer}.self_attn.{projection}"
    numbers = np.arange(rows, dtype=np.float32)
    return {
        f"{stem}.lora_A.weight": np.arange(RANK * WIDTH, dtype=np.float32).reshape(RANK, WIDTH),
        f"{stem}.lora_B.weight": np.repeat(numbers[:, None], RANK, axis=1),
    }


def row_order(tensors: dict[str, np.ndarray], name: str) -> list[int]:
    return [int(row[0]) for row in tensors[name]]


def test_the_rows_of_each_head_are_interleaved() -> None:
    matrix = np.arange(8, dtype=np.float32)[:, None]
    assert permute_rows(matrix, 1).ravel().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert permute_rows(matrix, 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


@given(heads=st.integers(1, 6), half=st.integers(1, 6), rank=st.integers(1, 4))
def test_a_permutation_keeps_every_row_and_every_head(heads: int, half: int, rank: int) -> None:
    matrix = np.arange(heads * half * 2 * rank).reshape(-1, rank).astype(np.float32)
    permuted = permute_rows(matrix, heads)
    for before, after in zip(np.split(matrix, heads), np.split(permuted, heads), strict=True):
        assert sorted(before.tolist()) == sorted(after.tolist())


def test_q_and_k_of_a_llama_are_permuted_by_their_own_heads_and_v_is_not() -> None:
    state = lora(0, "q_proj", 8) | lora(0, "k_proj", 4) | lora(0, "v_proj", 4)
    tensors = adapter_tensors(state, LLAMA)
    assert row_order(tensors, "blk.0.attn_q.weight.lora_b") == [0, 2, 1, 3, 4, 6, 5, 7]
    assert row_order(tensors, "blk.0.attn_k.weight.lora_b") == [0, 2, 1, 3]
    assert row_order(tensors, "blk.0.attn_v.weight.lora_b") == [0, 1, 2, 3]


def test_a_matrices_are_never_permuted() -> None:
    state = lora(0, "q_proj", 8)
    written = adapter_tensors(state, LLAMA)["blk.0.attn_q.weight.lora_a"]
    assert written.tolist() == np.arange(RANK * WIDTH).reshape(RANK, WIDTH).tolist()


def test_qwen2_keeps_the_order_of_its_rows() -> None:
    tensors = adapter_tensors(lora(0, "q_proj", 8) | lora(1, "k_proj", 4), QWEN)
    assert row_order(tensors, "blk.0.attn_q.weight.lora_b") == list(range(8))
    assert row_order(tensors, "blk.1.attn_k.weight.lora_b") == list(range(4))


def test_the_feed_forward_projections_have_their_gguf_names() -> None:
    stem = "base_model.model.model.layers.1.mlp"
    names = {"gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down"}
    for module, name in names.items():
        matrix = np.ones((RANK, RANK), np.float32)
        state = {f"{stem}.{module}.lora_{side}.weight": matrix for side in "AB"}
        assert set(adapter_tensors(state, LLAMA)) == {
            f"blk.1.{name}.weight.lora_a",
            f"blk.1.{name}.weight.lora_b",
        }


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    write_adapter(path, lora(0, "q_proj", 8), LLAMA, CARD)
    fields = GGUFReader(path).fields
    said = {key: field.contents() for key, field in fields.items() if not key.startswith("GGUF.")}
    assert said == {
        "general.architecture": "llama",
        "general.type": "adapter",
        "general.name": "terse@v1",
        "general.license": "apache-2.0",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
    }


def test_the_file_holds_float16_matrices_of_the_same_shape(tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    write_adapter(path, lora(0, "v_proj", 4) | lora(1, "q_proj", 8), LLAMA, CARD)
    tensors = {tensor.name: tensor.data for tensor in GGUFReader(path).tensors}
    assert {name: (data.shape, data.dtype.name) for name, data in tensors.items()} == {
        "blk.0.attn_v.weight.lora_a": ((RANK, WIDTH), "float16"),
        "blk.0.attn_v.weight.lora_b": ((4, RANK), "float16"),
        "blk.1.attn_q.weight.lora_a": ((RANK, WIDTH), "float16"),
        "blk.1.attn_q.weight.lora_b": ((8, RANK), "float16"),
    }
    assert row_order(tensors, "blk.1.attn_q.weight.lora_b") == [0, 2, 1, 3, 4, 6, 5, 7]


def test_the_same_state_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    state = lora(0, "q_proj", 8) | lora(1, "v_proj", 4)
    turned = dict(reversed(state.items()))
    write_adapter(tmp_path / "one.gguf", state, LLAMA, CARD)
    write_adapter(tmp_path / "two.gguf", turned, LLAMA, CARD)
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "two.gguf").read_bytes()


def test_an_adapter_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken.gguf").mkdir()
    with pytest.raises(WeightsError, match=r"cannot write the adapter .*taken\.gguf"):
        write_adapter(tmp_path / "taken.gguf", lora(0, "q_proj", 8), LLAMA, CARD)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.gguf"]


@pytest.mark.parametrize(
    "name",
    [
        "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
        "base_model.model.model.embed_tokens.lora_embedding_A",
        "base_model.model.lm_head.modules_to_save.weight",
        "model.layers.0.self_attn.q_proj.lora_A.weight",
    ],
)
def test_what_llama_cpp_would_ignore_is_refused(name: str) -> None:
    """A part that is left out silently would serve another model than the one measured."""
    with pytest.raises(WeightsError, match="is no LoRA matrix"):
        adapter_tensors({name: np.ones((2, 2), np.float32)}, LLAMA)


@given(name=st.text(max_size=60), shape=st.lists(st.integers(0, 4), max_size=3))
def test_any_other_name_is_refused_and_never_crashes(name: str, shape: list[int]) -> None:
    state = {f"base_model.model.{name}.lora_A.weight": np.ones(shape, np.float32)}
    with pytest.raises(WeightsError):
        adapter_tensors(state, LLAMA)


def test_an_empty_state_dict_is_refused() -> None:
    with pytest.raises(WeightsError, match="holds no LoRA matrices"):
        adapter_tensors({}, LLAMA)


def test_half_a_pair_is_refused() -> None:
    state = lora(0, "q_proj", 8)
    del state["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"]
    with pytest.raises(WeightsError, match="has no lora_B matrix"):
        adapter_tensors(state, LLAMA)


def test_matrices_that_do_not_fit_are_refused() -> None:
    state = lora(0, "q_proj", 8)
    state["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"] = np.ones(
        (8, RANK + 1), np.float32
    )
    with pytest.raises(WeightsError, match=r"\(3, 8\).*\(8, 4\) do not fit"):
        adapter_tensors(state, LLAMA)


def test_rows_that_the_heads_cannot_share_are_refused() -> None:
    with pytest.raises(WeightsError, match="6 rows cannot be shared by 2 heads"):
        adapter_tensors(lora(0, "q_proj", 6), LLAMA)


def test_a_layer_that_the_base_does_not_have_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"layers\.2\.self_attn\.v_proj' is no module"):
        adapter_tensors(lora(2, "v_proj", 4), LLAMA)


def test_an_architecture_whose_row_order_is_unknown_is_refused() -> None:
    with pytest.raises(WeightsError, match="'gemma3'; known are llama, qwen2"):
        adapter_tensors(lora(0, "q_proj", 8), BaseModelShape("gemma3", 2, 2, 1))


@pytest.mark.parametrize("value", [1e6, np.inf, np.nan])
def test_values_that_float16_cannot_hold_are_refused(value: float) -> None:
    state = lora(0, "v_proj", 4)
    state["base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight"][0, 0] = value
    with pytest.raises(WeightsError, match="not finite in float16"):
        adapter_tensors(state, LLAMA)
