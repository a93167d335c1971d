"""How vLLM and llama.cpp are started so that they keep to a plan."""

from dataclasses import dataclass

from models.sizing.hardware import Hardware
from models.sizing.memory import WeightBytes
from models.sizing.precision import Precision

USABLE_SHARE = 0.92
"""Of a device's memory; engines leave the rest to the driver (vLLM's gpu_memory_utilization)."""


@dataclass(frozen=True, slots=True)
class ServingDemand:
    """What is to be served."""

    users: int
    context_tokens: int
    precision: Precision
    kv: Precision
    file: WeightBytes | None = None


def vllm_arguments(machine: Hardware, demand: ServingDemand) -> tuple[str, ...]:
    """Return the arguments of `vllm serve` besides the model; none for a processor."""
    if machine.is_cpu:
        return ()
    arguments = [
        "--max-model-len",
        str(demand.context_tokens),
        "--max-num-seqs",
        str(demand.users),
        "--gpu-memory-utilization",
        str(USABLE_SHARE),
        "--tensor-parallel-size",
        str(machine.devices),
        "--enable-prefix-caching",
        "--enable-auto-tool-choice",
    ]
    if demand.precision.name in ("bf16", "fp16"):
        arguments += ["--dtype", {"bf16": "bfloat16", "fp16": "float16"}[demand.precision.name]]
    elif demand.precision.name == "fp8":
        arguments += ["--quantization", "fp8"]
    if demand.kv.name == "fp8":
        arguments += ["--kv-cache-dtype", "fp8_e4m3"]
    return tuple(arguments)


def llamacpp_arguments(machine: Hardware, demand: ServingDemand) -> tuple[str, ...]:
    """Return the arguments of `llama-server` besides the model; slots share its context."""
    kv = {"bf16": "bf16", "fp16": "f16", "fp32": "f32"}.get(demand.kv.name, demand.kv.name)
    arguments = [
        "--ctx-size",
        str(demand.context_tokens * demand.users),
        "--parallel",
        str(demand.users),
        "--jinja",
        "--metrics",
    ]
    if not machine.is_cpu:
        arguments += ["--n-gpu-layers", "999"]
    if kv not in ("f16", "fp8"):
        arguments += ["--cache-type-k", kv, "--cache-type-v", kv]
    return tuple(arguments)
