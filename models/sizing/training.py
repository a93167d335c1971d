"""The memory of training, term by term.

Sources: activations and their recomputation, arXiv 2205.05198 (Korthikanti et al.); optimiser
states in mixed precision, 1910.02054 (ZeRO); NF4 and double quantisation, 2305.14314 (QLoRA).
QLoRA quantises the frozen base; the adapters stay in 16 and 32 bits.
"""

from dataclasses import dataclass
from typing import Literal

from models.sizing.architecture import Architecture
from models.sizing.memory import GIB, MemoryEstimate, MemoryTerm
from models.sizing.precision import WEIGHTS, Precision

TrainingKind = Literal["full", "lora", "qlora"]
Recomputation = Literal["full", "selective", "none"]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How a model is trained."""

    kind: TrainingKind
    tokens: int
    """Of one sequence."""
    batch: int
    rank: int = 16
    """Of the adapters, on all seven matrices of a layer."""
    recomputation: Recomputation = "full"
    sequence_parallel: int = 1
    base: Precision = WEIGHTS["nf4-dq"]
    """How `qlora` keeps the frozen base."""


def training_memory(model: Architecture, plan: TrainingPlan) -> MemoryEstimate:
    """Reckon training with AdamW in mixed precision; the cache of inference does not exist then."""
    kind, rank, base = plan.kind, plan.rank, plan.base
    adapters = rank * model.adapter_width * model.layers
    activations = training_activations(model, plan)
    trained = model.parameters if kind == "full" else adapters
    if kind == "full":
        weights = MemoryTerm("weights", model.parameters * 2.0, f"{model.parameters:,} × 2 B")
        states = MemoryTerm(
            "optimiser",
            model.parameters * 14.0,
            f"{model.parameters:,} × (2 gradient + 12 AdamW) B",
        )
    else:
        weights = _frozen(model, kind, base)
        states = MemoryTerm("adapters", adapters * 16.0, f"{adapters:,} of rank {rank} × 16 B")
    return MemoryEstimate(
        method=f"train {kind}",
        weights=weights,
        kv=MemoryTerm("kv", 0.0, "none while training"),
        activations=activations,
        others=(states,),
        notes=(_rule_of_thumb(model, trained),),
    )


def _frozen(model: Architecture, kind: TrainingKind, base: Precision) -> MemoryTerm:
    """Return a frozen base: in 16 bits, or quantised but for embeddings and output."""
    if kind == "lora":
        return MemoryTerm("weights", model.parameters * 2.0, f"{model.parameters:,} frozen × 2 B")
    outside = model.parameters - model.linear_parameters
    return MemoryTerm(
        "weights",
        model.linear_parameters * base.bytes + outside * 2.0,
        f"{model.linear_parameters:,} × {base.bytes:.4g} B + {outside:,} embeddings × 2 B",
    )


def training_activations(model: Architecture, plan: TrainingPlan) -> MemoryTerm:
    """Return what the forward pass keeps for the backward one, in 16 bits, and the logits."""
    tokens, batch, recomputation = plan.tokens, plan.batch, plan.recomputation
    parallel = plan.sequence_parallel
    sbh = float(tokens * batch * model.hidden)
    attention = 5 * model.heads * tokens / model.hidden
    per_layer = {"none": 34 + attention, "selective": 34.0, "full": 2.0}[recomputation] * sbh
    # One layer is whole at a time while the others are made again.
    working = 34.0 * sbh if recomputation == "full" else 0.0
    logits = float(tokens * batch * model.vocabulary) * 4
    formula = (
        f"{model.layers} layers × {per_layer / sbh:.3g} × {tokens} × {batch} × {model.hidden} B"
        f"{f' ÷ {parallel}' if parallel > 1 else ''} + one layer + logits × 4 B"
    )
    total = (model.layers * per_layer + working) / parallel + logits
    return MemoryTerm("activations", total, formula)


def _rule_of_thumb(model: Architecture, trained: int) -> str:
    inference = model.parameters * 2.0 / GIB
    return (
        f"{trained:,} parameters are trained. The rule of thumb of 4 to 6 times inference would "
        f"say {4 * inference:.1f} to {6 * inference:.1f} GiB; AdamW in mixed precision takes 16 B "
        "a trained parameter before activations."
    )
