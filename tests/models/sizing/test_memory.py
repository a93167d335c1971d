import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sizing.architecture import architecture_of, read_config
from models.sizing.memory import GIB, engine_memory, kv_bytes_per_token, seed_memory
from models.sizing.memory_chart import memory_svg
from models.sizing.precision import KV, WEIGHTS, weight_precision
from models.sizing.sources import find_model, presets
from models.sizing.training import TrainingPlan, training_memory
from rooftree.errors import UsageError

BF16 = WEIGHTS["bf16"]


def gib(value: float) -> float:
    return round(value / GIB, 2)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("llama-3.1-70b", (130.39, 19.77, 86.54, 236.69)),
        ("llama-3.1-8b", (14.90, 3.95, 43.27, 62.12)),
        ("mistral-7b", (13.04, 3.95, 43.27, 60.26)),
    ],
)
def test_the_seed_method_prints_the_figures_that_people_bring(
    name: str, figures: tuple[float, ...]
) -> None:
    memory = seed_memory(find_model(name).architecture, 8096, 1)
    assert (*(gib(term.bytes) for term in memory.terms), gib(memory.total)) == figures
    assert "overstates" in memory.notes[0]


@pytest.mark.parametrize(
    ("name", "tokens", "expected"),
    [
        ("llama-3.1-70b", 8096, 2.47),
        ("llama-3.1-70b", 131072, 40.00),
        ("llama-3.1-8b", 8096, 0.99),
        ("llama-3.1-8b", 131072, 16.00),
        ("mistral-7b", 32768, 4.00),
        ("qwen2.5-coder-32b", 32768, 8.00),
        ("qwen2.5-coder-7b", 131072, 7.00),
        ("qwen3-8b", 32768, 4.50),
        ("qwen3-coder-30b-a3b", 131072, 12.00),
    ],
)
def test_the_cache_counts_the_heads_that_keep_keys(name: str, tokens: int, expected: float) -> None:
    memory = engine_memory(find_model(name).architecture, tokens, 1, BF16, KV["bf16"])
    assert gib(memory.kv.bytes) == expected


def test_latent_attention_keeps_less() -> None:
    per_token = kv_bytes_per_token(find_model("deepseek-v3").architecture, KV["bf16"])
    assert round(per_token / 1024, 1) == 68.6


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("llama-3.1-8b", 8_030_261_248),
        ("llama-3.1-70b", 70_553_706_496),
        ("mistral-7b", 7_248_023_552),
        ("qwen2.5-coder-0.5b", 494_032_768),
        ("qwen2.5-coder-1.5b", 1_543_714_304),
        ("qwen2.5-coder-7b", 7_615_616_512),
        ("qwen2.5-coder-32b", 32_763_876_352),
        ("qwen3-8b", 8_190_735_360),
        ("qwen3-coder-30b-a3b", 30_532_122_624),
        ("smollm2-135m", 134_515_008),
    ],
)
def test_parameters_are_those_published(name: str, parameters: int) -> None:
    assert find_model(name).architecture.parameters == parameters


def test_experts_take_memory_and_only_some_take_time() -> None:
    model = find_model("deepseek-v3").architecture
    assert round(model.parameters / 1e9) == 671
    assert round(model.active_parameters / 1e9) == 37
    model = find_model("qwen3-coder-30b-a3b").architecture
    assert 2.8e9 < model.active_parameters < 3.4e9


def test_a_window_bounds_the_cache() -> None:
    model = find_model("gpt-oss-20b").architecture
    short = engine_memory(model, 128, 1, BF16, KV["bf16"]).kv.bytes
    long = engine_memory(model, 12_800, 1, BF16, KV["bf16"]).kv.bytes
    assert long == pytest.approx(short / 2 + short / 2 * 100)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("nf4-dq", 0.5155, 0.532), ("nf4", 0.5625, 0.5625), ("q4_k_m", 0.605, 0.607), ("fp8", 1, 1)],
)
def test_bytes_of_a_quantised_number(name: str, low: float, high: float) -> None:
    assert low <= weight_precision(name).bytes <= high


def test_training_takes_sixteen_bytes_a_parameter_before_activations() -> None:
    model = find_model("llama-3.1-8b").architecture
    full = training_memory(model, TrainingPlan("full", 2048, 1))
    kept = full.weights.bytes + full.others[0].bytes
    assert kept == 16 * model.parameters
    assert round(kept / GIB, 1) == 119.7
    lora = training_memory(model, TrainingPlan("lora", 2048, 1))
    assert lora.others[0].bytes == 16 * 41_943_040, "rank 16 on seven matrices of 32 layers"
    qlora = training_memory(model, TrainingPlan("qlora", 2048, 1))
    assert qlora.total < lora.total < full.total
    assert "4 to 6 times" in full.notes[0]


def test_training_keeps_two_bytes_a_value_of_each_layer_and_one_layer_whole() -> None:
    model = find_model("llama-3.1-8b").architecture
    memory = training_memory(model, TrainingPlan("full", 2048, 1)).activations
    values = 2048 * model.hidden
    assert memory.bytes == pytest.approx(
        values * (2 * model.layers + 34) + 4 * 2048 * model.vocabulary
    )
    assert memory.formula.startswith("32 layers × 2 × 2048 × 1 × 4096 B")


def test_a_config_of_a_model_is_read_and_a_preset_agrees(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(presets()["qwen2.5-coder-7b"]["config"] | {"torch_dtype": "x"}))
    assert read_config(path).parameters == 7_615_616_512
    assert find_model(str(tmp_path)).architecture.parameters == 7_615_616_512


@pytest.mark.parametrize(
    "content", ["", "[", "[]", "null", "{}", '{"hidden_size": -1}', '{"hidden_size": 1e99}', "1"]
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(UsageError):
        find_model(str(path))


VALUES = st.none() | st.booleans() | st.integers(-5, 10**7) | st.text(max_size=5) | st.floats()


@given(st.dictionaries(st.sampled_from(sorted(presets()["deepseek-v3"]["config"])), VALUES))
def test_any_config_is_an_architecture_or_refused(changes: dict[str, Any]) -> None:
    try:
        model = architecture_of(presets()["deepseek-v3"]["config"] | changes, "x")
    except UsageError:
        return
    memory = engine_memory(model, 4096, 1, BF16, KV["bf16"])
    assert memory.total > 0
    assert "<svg" in memory_svg(memory, "a <b> & c", 3.0)


def test_a_picture_escapes_what_it_is_told() -> None:
    memory = engine_memory(find_model("tiny").architecture, 128, 1, BF16, KV["bf16"])
    picture = memory_svg(memory, '<script>"&', 0.5)
    assert "<script>" not in picture
    assert "usable: 0.5 GiB" in picture


def test_an_unknown_model_is_named_with_those_that_are_known() -> None:
    with pytest.raises(UsageError, match=r"llama-3\.1-70b"):
        find_model("llama-9")
