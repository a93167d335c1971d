"""Whether a model serves a number of users on a given machine, and how it has to be started.

A plan is also a file: the pool takes its limits from it, and deployment its values. Speeds are
bounds from memory bandwidth, which no engine can beat, and no promises.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from models.sizing.architecture import Architecture
from models.sizing.hardware import Hardware
from models.sizing.launch import USABLE_SHARE, ServingDemand, llamacpp_arguments, vllm_arguments
from models.sizing.memory import (
    BLOCK_TOKENS,
    GIB,
    blocks,
    kv_bytes,
    kv_bytes_per_token,
    workspace,
)
from models.sizing.precision import WEIGHTS
from rooftree.data_files import Strict, first_problem
from rooftree.errors import ConfigError
from rooftree.paths import cannot_write

VERSION = 1
CPU_USABLE_SHARE = 0.8
DEVICE_GIB = 0.5
"""What a context and kernels take of each accelerator before any model."""
PARALLEL_GIB = 1.0
"""More of each, for the buffers of several that work together."""
SLOW_TOKENS = 5.0
"""Fewer than this a second is slower than people read."""


@dataclass(frozen=True, slots=True)
class ServingPlan(Strict):
    """An answer to: does it fit, and how is it started."""

    version: int
    model: str
    hardware: str
    precision: str
    kv: str
    fits: bool
    reasons: tuple[str, ...]
    """Why it does not fit and what would, or what to know."""
    users: int
    context_tokens: int
    concurrency: int
    """Sequences of the whole context that fit at once."""
    kv_tokens: int
    """Tokens that the cache holds in all."""
    weights_gib: float
    workspace_gib: float
    kv_gib: float
    free_gib: float
    tensor_parallel: int
    tokens_per_second: float
    """For one sequence at the full context, at the most."""
    vllm: tuple[str, ...]
    llamacpp: tuple[str, ...]


PLANS: TypeAdapter[ServingPlan] = TypeAdapter(ServingPlan)


def plan_for(model: Architecture, machine: Hardware, demand: ServingDemand) -> ServingPlan:
    """Return the plan of a model on a machine."""
    file = demand.file
    weights = _weight_bytes(model.parameters, demand)
    repacked = file.repacked if file and machine.is_cpu else 0
    room = _room(machine)
    needed = weights + repacked + workspace(model, demand.users).bytes
    budget = max(0.0, room - needed)
    each = kv_bytes(model, blocks(demand.context_tokens), demand.kv)
    concurrency = int(budget // each) if each else 0
    per_token = kv_bytes_per_token(model, demand.kv)
    tokens = int(budget / per_token) // BLOCK_TOKENS * BLOCK_TOKENS
    speed = tokens_per_second(model, machine, demand)
    reasons = tuple(_reasons(model, machine, demand, needed, concurrency))
    fits = not reasons
    return ServingPlan(
        version=VERSION,
        model=model.name,
        hardware=str(machine),
        precision=demand.precision.name,
        kv=demand.kv.name,
        fits=fits,
        reasons=(*reasons, *_slowness(machine, speed)),
        users=demand.users,
        context_tokens=demand.context_tokens,
        concurrency=concurrency,
        kv_tokens=tokens,
        weights_gib=round(weights / GIB, 2),
        workspace_gib=round((needed - weights) / GIB, 2),
        kv_gib=round(budget / GIB, 2),
        free_gib=round(max(0.0, budget - demand.users * each) / GIB, 2),
        tensor_parallel=machine.devices,
        tokens_per_second=round(speed, 2),
        vllm=vllm_arguments(machine, demand),
        llamacpp=llamacpp_arguments(machine, demand),
    )


def tokens_per_second(model: Architecture, machine: Hardware, demand: ServingDemand) -> float:
    """Return the bound for one sequence: every token reads the active weights and its cache."""
    share = model.active_parameters / model.parameters
    weights = _weight_bytes(model.parameters, demand) * share
    cache = kv_bytes(model, demand.context_tokens, demand.kv)
    return machine.bandwidth * 1e9 * machine.devices / (weights + cache)


def write_plan(plan: ServingPlan, path: Path) -> None:
    try:
        path.write_bytes(PLANS.dump_json(plan, indent=1) + b"\n")
    except OSError as error:
        raise cannot_write(path, error, "write the plan") from error


def read_plan(path: Path) -> ServingPlan:
    """Read a plan that `models size -o` wrote."""
    try:
        plan = PLANS.validate_json(path.expanduser().read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read the plan {str(path)!r}: {error.strerror}") from error
    except ValidationError as error:
        raise ConfigError(
            f"{str(path)!r} is no plan: {first_problem(error)}; make one with "
            "`rooftree models size … --gpu … -o FILE`"
        ) from error
    if plan.version != VERSION:
        raise ConfigError(f"{str(path)!r} is a plan of version {plan.version}; make it anew")
    if not plan.fits:
        raise ConfigError(f"{str(path)!r} says that the model does not fit: {plan.reasons[0]}")
    return plan


def _weight_bytes(parameters: int, demand: ServingDemand) -> float:
    return demand.file.weights if demand.file else parameters * demand.precision.bytes


def _room(machine: Hardware) -> float:
    """Return the bytes that weights, workspace and cache may take in all."""
    if machine.is_cpu:
        return machine.memory_gib * CPU_USABLE_SHARE * GIB
    overhead = DEVICE_GIB + (PARALLEL_GIB if machine.devices > 1 else 0.0)
    return machine.devices * (machine.memory_gib * USABLE_SHARE - overhead) * GIB


def _reasons(
    model: Architecture, machine: Hardware, demand: ServingDemand, needed: float, concurrency: int
) -> list[str]:
    """Return why the plan does not hold, each with what would help."""
    reasons = []
    if model.context and demand.context_tokens > model.context:
        reasons.append(
            f"the model was trained for {model.context} tokens, and {demand.context_tokens} are "
            "asked for; ask for less"
        )
    if not machine.is_cpu and not _splits(model, machine.devices):
        reasons.append(
            f"{machine.devices} devices cannot share {model.heads} heads and {model.kv_heads} "
            f"key-value heads; use {_split_advice(model, machine.devices)}"
        )
    if needed > _room(machine):
        reasons.append(
            f"weights and workspace need {needed / GIB:.1f} GiB, and {_room(machine) / GIB:.1f} "
            f"GiB are usable on {machine}; {_smaller(model, machine, demand)}"
        )
    elif concurrency < demand.users:
        reasons.append(
            f"{demand.users} sequences of {demand.context_tokens} tokens are asked for, and "
            f"{concurrency} fit; lower --ctx or --users, use --kv fp8, or more devices"
        )
    return reasons


def _splits(model: Architecture, devices: int) -> bool:
    """Tell whether tensor parallelism can divide the heads; key-value heads may be repeated."""
    shares = model.kv_heads % devices == 0 or devices % model.kv_heads == 0
    return model.heads % devices == 0 and shares


def _split_advice(model: Architecture, devices: int) -> str:
    possible = [count for count in range(1, 2 * devices + 1) if _splits(model, count)]
    below = max((count for count in possible if count < devices), default=1)
    above = min((count for count in possible if count > devices), default=None)
    return f"{below} or {above}" if above else str(below)


def _smaller(model: Architecture, machine: Hardware, demand: ServingDemand) -> str:
    """Return what would make the weights fit."""
    for name in ("fp8", "int4"):
        option = WEIGHTS[name]
        if option.bytes < demand.precision.bytes:
            bytes_needed = model.parameters * option.bytes + workspace(model, demand.users).bytes
            if bytes_needed < _room(machine):
                return f"use --precision {name} ({bytes_needed / GIB:.1f} GiB)"
    if not machine.is_cpu:
        weights = model.parameters * demand.precision.bytes + workspace(model, demand.users).bytes
        for devices in (2, 4, 8, 16):
            wider = replace(machine, devices=devices)
            if devices > machine.devices and weights < _room(wider) and _splits(model, devices):
                return f"use {devices} devices"
    return "use a smaller model or a larger device"


def _slowness(machine: Hardware, speed: float) -> tuple[str, ...]:
    if speed >= SLOW_TOKENS:
        return ()
    bound = f"{machine.bandwidth:g} GB/s of memory bandwidth"
    return (f"at most {speed:.2f} tokens a second for one person ({bound}); people read faster",)
