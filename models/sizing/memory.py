"""The memory of inference, term by term, each with the formula it came from.

Sources: the cache of grouped-query attention, arXiv 2305.13245; of latent attention, 2405.04434;
blocks of the cache, 2309.06180 (PagedAttention).
"""

import math
from dataclasses import dataclass

from models.sizing.architecture import Architecture
from models.sizing.precision import Precision

GIB = 1 << 30
BLOCK_TOKENS = 16
"""Engines hand out the cache in blocks of this many tokens (PagedAttention)."""
BATCHED_TOKENS = 2048
"""Tokens that an engine works on at once, unless it is told otherwise."""


REPACKED_FORMULA = "4-bit tensors once more, as llama.cpp lays them out for a processor"


@dataclass(frozen=True, slots=True)
class WeightBytes:
    """What the tensors of a file take."""

    weights: int
    repacked: int = 0
    """What llama.cpp keeps a second time on a processor, laid out for it."""


@dataclass(frozen=True, slots=True)
class MemoryTerm:
    """One part of the memory, in bytes, and how it was reckoned."""

    name: str
    bytes: float
    formula: str

    @property
    def gib(self) -> float:
        return self.bytes / GIB


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """All parts; the three that everybody asks for by name."""

    method: str
    weights: MemoryTerm
    kv: MemoryTerm
    activations: MemoryTerm
    others: tuple[MemoryTerm, ...] = ()
    kv_bytes_per_token: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[MemoryTerm, ...]:
        return (self.weights, self.kv, self.activations, *self.others)

    @property
    def total(self) -> float:
        """The sum in bytes."""
        return sum(term.bytes for term in self.terms)


def seed_memory(model: Architecture, tokens: int, batch: int) -> MemoryEstimate:
    """Reckon by the widely copied rule, whose figures people bring along."""
    count = model.nominal_parameters or float(model.parameters)
    layers, hidden, heads = model.layers, model.hidden, model.heads
    kv = 2.0 * batch * tokens * layers * hidden * 2
    activations = float(batch * tokens * hidden) * (34 + 5 * tokens * heads / hidden) * 4
    return MemoryEstimate(
        method="seed",
        weights=MemoryTerm("weights", count * 2, f"{count:.3g} parameters × 2 B"),
        kv=MemoryTerm(
            "kv", kv, f"2 × {batch} × {tokens} tokens × {layers} layers × {hidden} × 2 B"
        ),
        activations=MemoryTerm(
            "activations",
            activations,
            f"{batch} × {tokens} × {hidden} × (34 + 5 × {tokens} × {heads} / {hidden}) × 4 B",
        ),
        kv_bytes_per_token=2.0 * layers * hidden * 2,
        notes=(_seed_note(model),),
    )


def engine_memory(
    model: Architecture,
    tokens: int,
    batch: int,
    precision: Precision,
    kv: Precision,
    file: WeightBytes | None = None,
) -> MemoryEstimate:
    """Reckon as engines use memory; a `file` tells the exact bytes of the weights."""
    others: tuple[MemoryTerm, ...] = ()
    if file is not None:
        weights = MemoryTerm("weights", file.weights, "sum of the file's tensors")
        others = (MemoryTerm("repacked", file.repacked, REPACKED_FORMULA),) if file.repacked else ()
    else:
        formula = f"{model.parameters:,} parameters × {precision.bytes:.4g} B"
        weights = MemoryTerm("weights", model.parameters * precision.bytes, formula)
    held = blocks(tokens)
    return MemoryEstimate(
        method="engine",
        weights=weights,
        kv=MemoryTerm("kv", batch * kv_bytes(model, held, kv), _kv_formula(model, held, batch, kv)),
        activations=workspace(model, batch),
        others=others,
        kv_bytes_per_token=kv_bytes_per_token(model, kv),
    )


def blocks(tokens: int) -> int:
    """Return the tokens that blocks of the cache hold for so many."""
    return math.ceil(tokens / BLOCK_TOKENS) * BLOCK_TOKENS


def kv_bytes_per_token(model: Architecture, kv: Precision) -> float:
    """Return what one more token costs while no window is full."""
    return model.layers * model.cached_values * kv.bytes


def kv_bytes(model: Architecture, tokens: int, kv: Precision) -> float:
    """Return the cache of one sequence; a layer with a window keeps no more than that."""
    whole = (model.layers - model.windowed_layers) * tokens
    windowed = model.windowed_layers * min(tokens, model.window)
    return (whole + windowed) * model.cached_values * kv.bytes


def workspace(model: Architecture, batch: int) -> MemoryTerm:
    """Return what one step of inference works in: nothing of it is kept for the next layer.

    Hidden states in and out of a layer, queries with keys and values, and the two halves of the
    feed-forward, in 16 bits, of the tokens of one step; and the logits of each sequence in 32.
    """
    width = 2 * model.hidden + 2 * model.heads * model.head_dim + 2 * model.feed_forward
    step = BATCHED_TOKENS * width * 2
    logits = batch * model.vocabulary * 4
    formula = (
        f"{BATCHED_TOKENS} tokens a step × {width} × 2 B "
        f"+ {batch} × {model.vocabulary} logits × 4 B"
    )
    return MemoryTerm("activations", step + logits, formula)


def _seed_note(model: Architecture) -> str:
    return (
        "This rule overstates serving: its cache ignores that query heads share keys and values "
        f"({model.kv_heads} of {model.heads} heads here), and its activations are those of one "
        "layer in training without FlashAttention, times four. Use --method engine to plan "
        "hardware."
    )


def _kv_formula(model: Architecture, tokens: int, batch: int, kv: Precision) -> str:
    each = f"{model.cached_values} values × {kv.bytes:.4g} B"
    if not model.windowed_layers:
        return f"{batch} × {tokens} tokens × {model.layers} layers × {each}"
    whole = model.layers - model.windowed_layers
    window = min(tokens, model.window)
    inner = f"{tokens} tokens × {whole} layers + {window} × {model.windowed_layers}"
    return f"{batch} × ({inner}) × {each}"
