"""Facts about PEFT adapters: written for vLLM, and read back from the GGUF ones of llama.cpp."""

import json
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from safetensors.numpy import load_file

from rooftree.errors import WeightsError
from training.adapters.gguf import AdapterCard, BaseModelShape, Matrix, write_adapter
from training.adapters.peft import CONFIG, MODULES, WEIGHTS, read_gguf, write_peft

ARTEFACT = Path(__file__).parent.parent / "artefacts" / "tiny-adapter.gguf"
SMOLLM = BaseModelShape("llama", layers=30, heads=9, key_value_heads=3)
WIDTH, RANK = 8, 3


def lora(base: BaseModelShape) -> dict[str, Matrix]:
    """Return a state dict with a pair for every projection of every layer."""
    drawn = np.random.default_rng(7)
    state: dict[str, Matrix] = {}
    for layer in range(base.layers):
        for module in MODULES.values():
            stem = f"base_model.model.model.layers.{layer}.{module}"
            state[f"{stem}.lora_A.weight"] = drawn.normal(size=(RANK, WIDTH)).astype(np.float16)
            state[f"{stem}.lora_B.weight"] = drawn.normal(size=(WIDTH, RANK)).astype(np.float16)
    return state


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_a_gguf_adapter_reads_back_as_it_was_trained(architecture: str, tmp_path: Path) -> None:
    base = BaseModelShape(architecture, layers=2, heads=2, key_value_heads=1)
    state = lora(base)
    write_adapter(tmp_path / "a.gguf", state, base, AdapterCard("terse@v1", alpha=16.0))
    read, alpha = read_gguf(tmp_path / "a.gguf", base)
    assert alpha == 16.0
    assert read.keys() == state.keys()
    assert all(np.array_equal(read[name], matrix) for name, matrix in state.items())


def test_a_folder_holds_the_matrices_and_what_a_server_must_know(tmp_path: Path) -> None:
    state = lora(BaseModelShape("llama", layers=1, heads=2, key_value_heads=1))
    write_peft(tmp_path / "acme@v1", state, "some/base", 16.0)
    assert {path.name for path in tmp_path.iterdir()} == {"acme@v1"}
    config = json.loads((tmp_path / "acme@v1" / CONFIG).read_text("utf-8"))
    assert (config["peft_type"], config["base_model_name_or_path"]) == ("LORA", "some/base")
    assert (config["r"], config["lora_alpha"]) == (RANK, 16.0)
    assert config["target_modules"] == sorted(name.rpartition(".")[2] for name in MODULES.values())
    written = load_file(tmp_path / "acme@v1" / WEIGHTS)
    assert all(np.array_equal(written[name], matrix) for name, matrix in state.items())


def test_the_artefact_can_be_served_by_vllm_too(tmp_path: Path) -> None:
    state, alpha = read_gguf(ARTEFACT, SMOLLM)
    write_peft(tmp_path / "acme@v1", state, "base", alpha)
    config = json.loads((tmp_path / "acme@v1" / CONFIG).read_text("utf-8"))
    assert (config["r"], config["lora_alpha"], config["target_modules"]) == (
        4,
        16.0,
        ["q_proj", "v_proj"],
    )
    write_adapter(tmp_path / "again.gguf", state, SMOLLM, AdapterCard("terse@v1", alpha))
    assert (tmp_path / "again.gguf").read_bytes() == ARTEFACT.read_bytes()


def test_a_version_is_never_written_over(tmp_path: Path) -> None:
    state = lora(BaseModelShape("llama", layers=1, heads=2, key_value_heads=1))
    write_peft(tmp_path / "acme@v1", state, "one", 16.0)
    with pytest.raises(WeightsError, match="cannot write the adapter"):
        write_peft(tmp_path / "acme@v1", state, "two", 16.0)
    config = json.loads((tmp_path / "acme@v1" / CONFIG).read_text("utf-8"))
    assert config["base_model_name_or_path"] == "one"
    assert {path.name for path in tmp_path.iterdir()} == {"acme@v1"}


def test_several_ranks_are_refused(tmp_path: Path) -> None:
    state = lora(BaseModelShape("llama", layers=1, heads=2, key_value_heads=1))
    stem = "base_model.model.model.layers.0.mlp.up_proj"
    state[f"{stem}.lora_A.weight"] = np.ones((1, WIDTH), np.float32)
    state[f"{stem}.lora_B.weight"] = np.ones((WIDTH, 1), np.float32)
    with pytest.raises(WeightsError, match=r"several ranks \(\[1, 3\]\)"):
        write_peft(tmp_path / "acme@v1", state, "base", 16.0)


def gguf(path: Path, tensor: str, alpha: float | None) -> Path:
    writer = GGUFWriter(path, "llama")
    if alpha is not None:
        writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_tensor(tensor, np.ones((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("name", ["token_embd.weight", "blk.0.attn_norm.weight.lora_a"])
def test_a_foreign_tensor_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"'{name}' is no LoRA matrix"):
        read_gguf(gguf(tmp_path / "a.gguf", name, 1.0), SMOLLM)


def test_a_model_is_no_adapter(tmp_path: Path) -> None:
    path = gguf(tmp_path / "model.gguf", "blk.0.attn_q.weight", None)
    with pytest.raises(WeightsError, match=r"has no adapter\.lora\.alpha"):
        read_gguf(path, SMOLLM)


def test_what_is_no_gguf_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"no weights")
    for path in (tmp_path / "a.gguf", tmp_path / "absent.gguf"):
        with pytest.raises(WeightsError, match="cannot read the adapter"):
            read_gguf(path, SMOLLM)
