"""`rooftree models size`: memory of a model by part, and whether it serves a number of users."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.errors import UsageError, WeightsError
from rooftree.paths import cannot_write
from server.cli.terminal.common import JsonOption, load, print_json, print_line

if TYPE_CHECKING:
    from models.sizing.hardware import Hardware
    from models.sizing.launch import ServingDemand
    from models.sizing.memory import MemoryEstimate
    from models.sizing.plan import ServingPlan
    from models.sizing.precision import Precision
    from models.sizing.sources import SizedModel

GIB = 1 << 30
BAR = 48


def size(
    model: Annotated[str, typer.Argument(help="A known model, a config.json, or a .gguf file.")],
    seq: Annotated[int, typer.Option(min=1, help="Tokens of a sequence.")] = 8192,
    batch: Annotated[int, typer.Option(min=1, help="Sequences at once.")] = 1,
    precision: Annotated[str, typer.Option(help="Of the weights: bf16, fp8, q4_k_m, …")] = "bf16",
    kv: Annotated[str, typer.Option(help="Of the cache: bf16, fp8, q8_0, …")] = "bf16",
    method: Annotated[
        str, typer.Option(help="engine, or seed: a well-known wrong rule.")
    ] = "engine",
    train: Annotated[str, typer.Option(help="full, lora or qlora instead of serving.")] = "",
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapters.")] = 16,
    gpu: Annotated[
        str, typer.Option(help="ServingPlan for L4:1, H100:2, mig-2g.20gb, cpu:64GB, …")
    ] = "",
    users: Annotated[int, typer.Option(min=1, help="Sequences to be served at once.")] = 1,
    ctx: Annotated[int, typer.Option(min=0, help="Tokens of each; 0 means --seq.")] = 0,
    cpu_bandwidth: Annotated[float, typer.Option(min=1, help="GB/s of cpu:… memory.")] = 60.0,
    output: Annotated[Path | None, typer.Option("-o", help="Write the plan as JSON.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the memory by part.")] = None,
    json: JsonOption = False,
) -> None:
    """Reckon the memory of MODEL, or with --gpu plan whether it fits and how to start it."""
    from models.sizing.hardware import hardware
    from models.sizing.launch import ServingDemand
    from models.sizing.plan import PLANS
    from models.sizing.precision import kv_precision, weight_precision

    found = _sized(model)
    weights, cache = weight_precision(precision), kv_precision(kv)
    if gpu:
        demand = ServingDemand(users, ctx or seq, weights, cache, found.file)
        plan = _planned(found, hardware(gpu, cpu_bandwidth), demand, output, svg)
        if json:
            print_json(PLANS.dump_python(plan, mode="json"))
        else:
            _print_plan(plan)
        if not plan.fits:
            raise typer.Exit(1)
        return
    if output is not None:
        raise UsageError("-o writes a plan, which needs --gpu")
    if train:
        memory = _training_memory(found, train, (seq, batch, rank))
    else:
        memory = _serving_memory(found, method, (seq, batch), (weights, cache))
    if svg is not None:
        _draw(svg, memory, f"{found.architecture.name}, {memory.method}", None)
    if json:
        print_json(memory_json(found, memory))
    else:
        _print_memory(found, memory)


def _sized(name: str) -> "SizedModel":
    from models.sizing.sources import find_model
    from models.weights.store import WeightsStore

    store = WeightsStore(load().paths.models())

    def installed(alias: str) -> Path | None:
        try:
            return store.find(alias).path
        except WeightsError:
            return None

    return find_model(name, installed)


def _planned(
    found: "SizedModel",
    machine: "Hardware",
    demand: "ServingDemand",
    output: Path | None,
    svg: Path | None,
) -> "ServingPlan":
    """Return the plan, which is written and drawn where that is asked for."""
    from models.sizing.memory import engine_memory
    from models.sizing.plan import plan_for, write_plan

    plan = plan_for(found.architecture, machine, demand)
    if output is not None:
        write_plan(plan, output)
    if svg is not None:
        model, tokens = found.architecture, demand.context_tokens
        memory = engine_memory(
            model, tokens, demand.users, demand.precision, demand.kv, demand.file
        )
        limit = plan.weights_gib + plan.workspace_gib + plan.kv_gib
        _draw(svg, memory, f"{plan.model} on {plan.hardware}", limit)
    return plan


def _training_memory(
    found: "SizedModel", kind: str, counts: tuple[int, int, int]
) -> "MemoryEstimate":
    from models.sizing.training import TrainingPlan, training_memory

    if kind not in ("full", "lora", "qlora"):
        raise UsageError(f"--train is {kind!r}; it must be full, lora or qlora")
    return training_memory(found.architecture, TrainingPlan(kind, *counts))  # type: ignore[arg-type]  # just checked


def _serving_memory(
    found: "SizedModel",
    method: str,
    counts: tuple[int, int],
    precisions: "tuple[Precision, Precision]",
) -> "MemoryEstimate":
    from models.sizing.memory import engine_memory, seed_memory

    if method == "seed":
        return seed_memory(found.architecture, *counts)
    if method != "engine":
        raise UsageError(f"--method is {method!r}; it must be engine or seed")
    return engine_memory(found.architecture, *counts, *precisions, found.file)


def memory_json(found: "SizedModel", memory: "MemoryEstimate") -> dict[str, Any]:
    """Return the figures, rounded as people compare them, with exact bytes beside them."""
    model = found.architecture
    return {
        "model": model.name,
        "source": found.source,
        "method": memory.method,
        "parameters": model.parameters,
        "active_parameters": model.active_parameters,
        "weights_gib": round(memory.weights.gib, 2),
        "kv_gib": round(memory.kv.gib, 2),
        "activations_gib": round(memory.activations.gib, 2),
        "total_gib": round(memory.total / GIB, 2),
        "total_gb": round(memory.total / 1e9, 2),
        "kv_bytes_per_token": memory.kv_bytes_per_token,
        "terms": [
            {
                "name": term.name,
                "bytes": round(term.bytes),
                "gib": round(term.gib, 4),
                "gb": round(term.bytes / 1e9, 4),
                "formula": term.formula,
            }
            for term in memory.terms
        ],
        "notes": list(memory.notes),
    }


def _print_memory(found: "SizedModel", memory: "MemoryEstimate") -> None:
    model = found.architecture
    print_line(
        f"{model.name}: {model.parameters:,} parameters ({model.active_parameters:,} a token), "
        f"{model.layers} layers, {model.heads} heads, {model.kv_heads} for keys and values"
    )
    print_line(f"{memory.method} method, from {found.source}")
    print_line()
    for term in memory.terms:
        share = term.bytes / memory.total if memory.total else 0.0
        bar = "█" * round(BAR * share)
        print_line(f"  {term.name:<12} {term.gib:>10.2f} GiB {term.bytes / 1e9:>10.2f} GB  {bar}")
        print_line(f"  {'':<12} = {term.formula}")
    print_line(f"  {'total':<12} {memory.total / GIB:>10.2f} GiB {memory.total / 1e9:>10.2f} GB")
    if memory.kv_bytes_per_token:
        print_line(f"  one more token of context costs {memory.kv_bytes_per_token / 1024:.1f} KiB")
    for note in memory.notes:
        print_line()
        print_line(note)


def _print_plan(plan: "ServingPlan") -> None:
    verdict = "fits" if plan.fits else "does not fit"
    print_line(f"{plan.model} in {plan.precision} on {plan.hardware}: {verdict}")
    for reason in plan.reasons:
        print_line(f"  {reason}")
    print_line()
    print_line(
        f"  weights {plan.weights_gib:.2f} GiB, workspace {plan.workspace_gib:.2f}, "
        f"room for the cache {plan.kv_gib:.2f} = {plan.kv_tokens} tokens"
    )
    print_line(
        f"  {plan.concurrency} sequences of {plan.context_tokens} tokens at once "
        f"({plan.users} asked for), {plan.free_gib:.2f} GiB free then"
    )
    print_line(f"  at most {plan.tokens_per_second:.1f} tokens a second for one of them")
    if plan.vllm:
        print_line(f"  vllm serve MODEL {' '.join(plan.vllm)}")
    print_line(f"  llama-server -m MODEL.gguf {' '.join(plan.llamacpp)}")


def _draw(path: Path, memory: "MemoryEstimate", title: str, limit_gib: float | None) -> None:
    from models.sizing.memory_chart import memory_svg

    try:
        path.write_text(memory_svg(memory, title, limit_gib), "utf-8")
    except OSError as error:
        raise cannot_write(path, error) from error
