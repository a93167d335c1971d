"""The memory of training, term by term.

Sources: activations and their recomputation, arXiv 2205.05198 (Korthikanti et al.); optimiser
states in mixed precision, 1910.02054 (ZeRO); NF4 and double quantisation, 2305.14314 (QLoRA).
QLoRA quantises the frozen base; the adapters stay in 16 and 32 bits.
"""

from dataclasses import dataclass
from typing import Literal

from models.sizing.architecture import Architecture
from models.sizing.memory import GIB, MemoryEstimate, MemoryTerm
from models.sizing.precision import WEIGHTS

TrainingKind = Literal["full", "lora", "qlora"]
QLORA_BASE = WEIGHTS["nf4-dq"]
"""How `qlora` keeps the frozen base."""
KEPT_PER_VALUE, WORKING_PER_VALUE = 2.0, 34.0
"""Bytes of activations for each hidden value: of a layer that is made again in the backward pass,
and of the one layer that is whole meanwhile."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How a model is trained."""

    kind: TrainingKind
    tokens: int
    """Of one sequence."""
    batch: int
    rank: int = 16
    """Of the adapters, on all seven matrices of a layer."""


def training_memory(model: Architecture, plan: TrainingPlan) -> MemoryEstimate:
    """Reckon training with AdamW in mixed precision; the cache of inference does not exist then."""
    kind, rank = plan.kind, plan.rank
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
        weights = _frozen(model, kind)
        states = MemoryTerm("adapters", adapters * 16.0, f"{adapters:,} of rank {rank} × 16 B")
    return MemoryEstimate(
        method=f"train {kind}",
        weights=weights,
        kv=MemoryTerm("kv", 0.0, "none while training"),
        activations=activations,
        others=(states,),
        notes=(_rule_of_thumb(model, trained),),
    )


def _frozen(model: Architecture, kind: TrainingKind) -> MemoryTerm:
    """Return a frozen base: in 16 bits, or quantised but for embeddings and output."""
    if kind == "lora":
        return MemoryTerm("weights", model.parameters * 2.0, f"{model.parameters:,} frozen × 2 B")
    outside = model.parameters - model.linear_parameters
    return MemoryTerm(
        "weights",
        model.linear_parameters * QLORA_BASE.bytes + outside * 2.0,
        f"{model.linear_parameters:,} × {QLORA_BASE.bytes:.4g} B + {outside:,} embeddings × 2 B",
    )


def training_activations(model: Architecture, plan: TrainingPlan) -> MemoryTerm:
    """Return what the forward pass keeps for the backward one, in 16 bits, and the logits."""
    tokens, batch = plan.tokens, plan.batch
    sbh = float(tokens * batch * model.hidden)
    logits = float(tokens * batch * model.vocabulary) * 4
    formula = (
        f"{model.layers} layers × {KEPT_PER_VALUE:.3g} × {tokens} × {batch} × {model.hidden} B"
        " + one layer + logits × 4 B"
    )
    total = (model.layers * KEPT_PER_VALUE + WORKING_PER_VALUE) * sbh + logits
    return MemoryTerm("activations", total, formula)


def _rule_of_thumb(model: Architecture, trained: int) -> str:
    inference = model.parameters * 2.0 / GIB
    return (
        f"{trained:,} parameters are trained. The rule of thumb of 4 to 6 times inference would "
        f"say {4 * inference:.1f} to {6 * inference:.1f} GiB; AdamW in mixed precision takes 16 B "
        "a trained parameter before activations."
    )
