import dataclasses
from pathlib import Path

import pytest

from models.sizing.hardware import hardware
from models.sizing.launch import ServingDemand
from models.sizing.plan import PLANS, ServingPlan, plan_for, read_plan, write_plan
from models.sizing.precision import KV, WEIGHTS
from models.sizing.sources import find_model
from rooftree.errors import ConfigError, UsageError


def plan(
    model: str, machine: str, users: int = 1, context: int = 8192, weights: str = "bf16"
) -> ServingPlan:
    demand = ServingDemand(users, context, WEIGHTS[weights], KV["bf16"])
    return plan_for(find_model(model).architecture, hardware(machine, 70.0), demand)


def test_a_seven_billion_model_serves_six_people_on_one_small_gpu() -> None:
    found = plan("qwen2.5-coder-7b", "L4:1", users=6, context=16384)
    assert found.fits
    assert found.concurrency == 6
    assert 100_000 < found.kv_tokens < 120_000
    assert found.vllm[:4] == ("--max-model-len", "16384", "--max-num-seqs", "6")
    assert found.llamacpp[:2] == ("--ctx-size", str(6 * 16384))


def test_what_does_not_fit_says_why_and_what_would() -> None:
    found = plan("qwen2.5-coder-14b", "L4:1")
    assert not found.fits
    assert "--precision fp8" in found.reasons[0]
    found = plan("llama-3.1-70b", "H100:1", weights="int4", context=131072, users=9)
    assert "sequences" in found.reasons[0]
    found = plan("qwen2.5-coder-7b", "L4:1", context=65536)
    assert "trained for 32768" in found.reasons[0]


def test_heads_have_to_be_divisible() -> None:
    assert plan("llama-3.1-70b", "H100:4").fits
    assert plan("llama-3.1-70b", "A100-80:2", weights="fp8").tensor_parallel == 2
    found = plan("llama-3.1-70b", "H100:3")
    assert not found.fits
    assert "use 2 or 4" in found.reasons[0]
    assert plan("qwen2.5-coder-1.5b", "L4:4").fits, "two key-value heads are repeated for four"


def test_a_processor_is_bound_by_its_memory() -> None:
    found = plan("llama-3.1-70b", "cpu:64GB", context=64, weights="q4_k_m")
    assert found.fits
    assert found.tokens_per_second == pytest.approx(1.65, abs=0.3)
    assert "people read faster" in found.reasons[-1]
    assert found.vllm == ()


@pytest.mark.parametrize("text", ["", "L4:0", "L4:x", "L4:-1", "gpu", "cpu:", "L4:99999"])
def test_hardware_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--gpu"):
        hardware(text)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = plan("qwen2.5-coder-7b", "mig-3g.40gb", users=2)
    write_plan(found, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == found


def test_a_plan_that_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with pytest.raises(ConfigError, match="cannot read the plan"):
        read_plan(path)
    path.write_text("{}")
    with pytest.raises(ConfigError, match="is no plan"):
        read_plan(path)
    write_plan(plan("qwen2.5-coder-14b", "L4:1"), path)
    with pytest.raises(ConfigError, match="does not fit"):
        read_plan(path)
    old = dataclasses.replace(plan("tiny", "L4:1"), version=0)
    path.write_bytes(PLANS.dump_json(old))
    with pytest.raises(ConfigError, match="version 0"):
        read_plan(path)
