"""A model's shape: what its parameters and its cache are counted from.

It is read from a `config.json` as model hubs keep it, which is untrusted, or from a preset in the
same words. Nothing is concluded from a model's name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rooftree.errors import UsageError

MAX_FILE_BYTES = 4 * 1024 * 1024
Count = Field(gt=0, le=10_000_000)
Some = Field(default=0, ge=0, le=10_000_000)
Maybe = Field(default=None, ge=0, le=10_000_000)


class ModelConfig(BaseModel):
    """The keys of a config.json that say how large a model is."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    hidden_size: int = Count
    num_hidden_layers: int = Field(gt=0, le=10_000)
    num_attention_heads: int = Count
    vocab_size: int = Count
    intermediate_size: int = Some
    num_key_value_heads: int | None = Field(default=None, gt=0, le=10_000_000)
    head_dim: int | None = Field(default=None, gt=0, le=10_000_000)
    tie_word_embeddings: bool = False
    attention_bias: bool | None = None
    model_type: str = ""
    qk_norm: bool | None = None
    max_position_embeddings: int = Field(default=0, ge=0, le=1_000_000_000)
    sliding_window: int | None = Maybe
    use_sliding_window: bool | None = None
    layer_types: list[str] | None = None
    num_experts: int | None = Maybe
    num_local_experts: int | None = Maybe
    n_routed_experts: int | None = Maybe
    num_experts_per_tok: int = Some
    moe_intermediate_size: int | None = Maybe
    shared_expert_intermediate_size: int = Some
    n_shared_experts: int = Some
    first_k_dense_replace: int = Some
    kv_lora_rank: int | None = Maybe
    q_lora_rank: int | None = Maybe
    qk_rope_head_dim: int = Some
    qk_nope_head_dim: int = Some
    v_head_dim: int = Some

    @model_validator(mode="before")
    @classmethod
    def _text_part(cls, value: Any) -> Any:
        """Models that see keep the language model's keys one level down."""
        inner = value.get("text_config") if isinstance(value, Mapping) else None
        return {**value, **inner} if isinstance(inner, Mapping) else value


@dataclass(frozen=True, slots=True)
class Architecture:
    """What memory and speed are reckoned from; counts of parameters, not of bytes."""

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    vocabulary: int
    context: int
    parameters: int
    active_parameters: int
    """Those that one token is multiplied with; fewer with experts."""
    cached_values: int
    """Numbers that the cache keeps of one token in one layer."""
    windowed_layers: int = 0
    """Layers that keep no more than `window` tokens."""
    window: int = 0
    nominal_parameters: float | None = None
    """The round number by which people call it."""
    linear_parameters: int = 0
    """Those inside the layers: what quantisation and adapters are about."""
    adapter_width: int = 0
    """Sum over a layer's matrices of inputs and outputs: parameters of an adapter of rank 1."""


def read_config(path: Path) -> Architecture:
    """Read a config.json, or say what is wrong with it."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{str(path)!r} is larger than any config.json")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not JSON: {error}") from error
    return architecture_of(content, path.parent.name or "model")


def architecture_of(config: Any, name: str, nominal: float | None = None) -> Architecture:
    """Return the architecture that a configuration describes."""
    try:
        shape = ModelConfig.model_validate(config)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise UsageError(
            f"the configuration of {name!r} cannot be used: {place}: {first['msg']}; expected the "
            "config.json of a transformer model"
        ) from error
    return _Counting(shape).architecture(name, nominal)


class _Counting:
    """Counts parameters, matrix by matrix."""

    def __init__(self, shape: ModelConfig) -> None:
        self._shape = shape
        self._experts = shape.num_experts or shape.num_local_experts or shape.n_routed_experts or 0
        self._kv_heads = shape.num_key_value_heads or shape.num_attention_heads
        self._head = shape.head_dim or max(1, shape.hidden_size // shape.num_attention_heads)

    def architecture(self, name: str, nominal: float | None) -> Architecture:
        shape = self._shape
        sparse = max(0, shape.num_hidden_layers - shape.first_k_dense_replace)
        sparse = sparse if self._experts else 0
        dense = shape.num_hidden_layers - sparse
        attention, norms = self._attention(), self._norms()
        whole = attention + norms
        layers = (
            shape.num_hidden_layers * whole + dense * self._mlp() + sparse * self._moe(active=False)
        )
        active = (
            shape.num_hidden_layers * whole + dense * self._mlp() + sparse * self._moe(active=True)
        )
        embedding = shape.vocab_size * shape.hidden_size
        outside = embedding * (1 if shape.tie_word_embeddings else 2) + shape.hidden_size
        # A token looks up one row of the embedding, and is multiplied with the whole output.
        read_outside = embedding + shape.hidden_size
        windowed, window = self._windows()
        return Architecture(
            name=name,
            layers=shape.num_hidden_layers,
            hidden=shape.hidden_size,
            heads=shape.num_attention_heads,
            kv_heads=self._kv_heads,
            head_dim=self._head,
            feed_forward=self._active_feed_forward(),
            vocabulary=shape.vocab_size,
            context=shape.max_position_embeddings,
            parameters=layers + outside,
            active_parameters=active + read_outside,
            cached_values=self._cached_values(),
            windowed_layers=windowed,
            window=window,
            nominal_parameters=nominal,
            linear_parameters=layers,
            adapter_width=self._adapter_width(),
        )

    def _attention(self) -> int:
        shape, hidden, heads = self._shape, self._shape.hidden_size, self._shape.num_attention_heads
        if shape.kv_lora_rank:
            return self._latent_attention(shape.kv_lora_rank)
        q, kv = heads * self._head, self._kv_heads * self._head
        count = hidden * (q + 2 * kv) + q * hidden
        if self._has_bias():
            count += (
                q
                + 2 * kv
                + (hidden if shape.attention_bias and shape.model_type == "gpt_oss" else 0)
            )
        if shape.qk_norm or shape.model_type.startswith("qwen3"):
            count += 2 * self._head
        return count

    def _latent_attention(self, rank: int) -> int:
        """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434)."""
        shape, hidden, heads = self._shape, self._shape.hidden_size, self._shape.num_attention_heads
        rope, nope, value = shape.qk_rope_head_dim, shape.qk_nope_head_dim, shape.v_head_dim
        q_rank = shape.q_lora_rank or 0
        query = (
            hidden * q_rank + q_rank + q_rank * heads * (nope + rope)
            if q_rank
            else hidden * heads * (nope + rope)
        )
        down = hidden * (rank + rope) + rank
        up = rank * heads * (nope + value)
        return query + down + up + heads * value * hidden

    def _has_bias(self) -> bool:
        """Qwen2 has biases and does not say so in its configuration."""
        if self._shape.attention_bias is not None:
            return self._shape.attention_bias
        return self._shape.model_type.startswith("qwen2")

    def _norms(self) -> int:
        return 2 * self._shape.hidden_size

    def _mlp(self) -> int:
        return 3 * self._shape.hidden_size * self._shape.intermediate_size

    def _expert_width(self) -> int:
        return self._shape.moe_intermediate_size or self._shape.intermediate_size

    def _shared_width(self) -> int:
        shape = self._shape
        return (
            shape.shared_expert_intermediate_size or shape.n_shared_experts * self._expert_width()
        )

    def _moe(self, *, active: bool) -> int:
        hidden = self._shape.hidden_size
        chosen = self._shape.num_experts_per_tok if active else self._experts
        router = hidden * self._experts
        return router + 3 * hidden * (chosen * self._expert_width() + self._shared_width())

    def _active_feed_forward(self) -> int:
        if not self._experts:
            return self._shape.intermediate_size
        return self._shape.num_experts_per_tok * self._expert_width() + self._shared_width()

    def _cached_values(self) -> int:
        shape = self._shape
        if shape.kv_lora_rank:
            return shape.kv_lora_rank + shape.qk_rope_head_dim
        return 2 * self._kv_heads * self._head

    def _windows(self) -> tuple[int, int]:
        """Return how many layers look no further back than a window, and how far that is."""
        shape = self._shape
        if not shape.sliding_window or shape.use_sliding_window is False:
            return 0, 0
        if shape.layer_types is not None:
            return shape.layer_types.count("sliding_attention"), shape.sliding_window
        return shape.num_hidden_layers, shape.sliding_window

    def _adapter_width(self) -> int:
        """Return inputs plus outputs of the seven matrices that adapters usually cover."""
        hidden, q = self._shape.hidden_size, self._shape.num_attention_heads * self._head
        kv, wide = self._kv_heads * self._head, self._active_feed_forward()
        return (hidden + q) + 2 * (hidden + kv) + (q + hidden) + 3 * (hidden + wide)
