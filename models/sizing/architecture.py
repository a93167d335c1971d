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

from rooftree.data_files import first_problem
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

    @property
    def experts(self) -> int:
        return self.num_experts or self.num_local_experts or self.n_routed_experts or 0

    @property
    def kv_heads(self) -> int:
        return self.num_key_value_heads or self.num_attention_heads

    @property
    def head(self) -> int:
        """Numbers of one head."""
        return self.head_dim or max(1, self.hidden_size // self.num_attention_heads)

    def architecture(self, name: str, nominal: float | None) -> "Architecture":
        """Count parameters, matrix by matrix."""
        layers, embedding = self._layers(active=False), self.vocab_size * self.hidden_size
        outside = embedding * (1 if self.tie_word_embeddings else 2) + self.hidden_size
        # A token looks up one row of the embedding, and is multiplied with the whole output.
        read_outside = embedding + self.hidden_size
        windowed, window = self._windows()
        return Architecture(
            name=name,
            layers=self.num_hidden_layers,
            hidden=self.hidden_size,
            heads=self.num_attention_heads,
            kv_heads=self.kv_heads,
            head_dim=self.head,
            feed_forward=self._active_feed_forward(),
            vocabulary=self.vocab_size,
            context=self.max_position_embeddings,
            parameters=layers + outside,
            active_parameters=self._layers(active=True) + read_outside,
            cached_values=self._cached_values(),
            windowed_layers=windowed,
            window=window,
            nominal_parameters=nominal,
            linear_parameters=layers,
            adapter_width=self._adapter_width(),
        )

    def _layers(self, *, active: bool) -> int:
        """Return the parameters of all layers, or those that one token is multiplied with."""
        sparse = max(0, self.num_hidden_layers - self.first_k_dense_replace) if self.experts else 0
        dense = self.num_hidden_layers - sparse
        norms = 2 * self.hidden_size
        mlp = 3 * self.hidden_size * self.intermediate_size
        both = self.num_hidden_layers * (self._attention() + norms)
        return both + dense * mlp + sparse * self._moe(active=active)

    def _attention(self) -> int:
        hidden, heads = self.hidden_size, self.num_attention_heads
        if self.kv_lora_rank:
            return self._latent_attention(self.kv_lora_rank)
        q, kv = heads * self.head, self.kv_heads * self.head
        count = hidden * (q + 2 * kv) + q * hidden
        if self._has_bias():
            outer = self.attention_bias and self.model_type == "gpt_oss"
            count += q + 2 * kv + (hidden if outer else 0)
        if self.qk_norm or self.model_type.startswith("qwen3"):
            count += 2 * self.head
        return count

    def _latent_attention(self, rank: int) -> int:
        """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434)."""
        hidden, heads = self.hidden_size, self.num_attention_heads
        rope, nope, value = self.qk_rope_head_dim, self.qk_nope_head_dim, self.v_head_dim
        q_rank = self.q_lora_rank or 0
        inner = hidden * q_rank + q_rank
        query = inner + (q_rank or hidden) * heads * (nope + rope)
        down = hidden * (rank + rope) + rank
        up = rank * heads * (nope + value)
        return query + down + up + heads * value * hidden

    def _has_bias(self) -> bool:
        """Qwen2 has biases and does not say so in its configuration."""
        if self.attention_bias is not None:
            return self.attention_bias
        return self.model_type.startswith("qwen2")

    def _expert_width(self) -> int:
        return self.moe_intermediate_size or self.intermediate_size

    def _shared_width(self) -> int:
        return self.shared_expert_intermediate_size or self.n_shared_experts * self._expert_width()

    def _moe(self, *, active: bool) -> int:
        hidden = self.hidden_size
        chosen = self.num_experts_per_tok if active else self.experts
        router = hidden * self.experts
        return router + 3 * hidden * (chosen * self._expert_width() + self._shared_width())

    def _active_feed_forward(self) -> int:
        if not self.experts:
            return self.intermediate_size
        return self.num_experts_per_tok * self._expert_width() + self._shared_width()

    def _cached_values(self) -> int:
        if self.kv_lora_rank:
            return self.kv_lora_rank + self.qk_rope_head_dim
        return 2 * self.kv_heads * self.head

    def _windows(self) -> tuple[int, int]:
        """Return how many layers look no further back than a window, and how far that is."""
        if not self.sliding_window or self.use_sliding_window is False:
            return 0, 0
        if self.layer_types is not None:
            return self.layer_types.count("sliding_attention"), self.sliding_window
        return self.num_hidden_layers, self.sliding_window

    def _adapter_width(self) -> int:
        """Return inputs plus outputs of the seven matrices that adapters usually cover."""
        hidden, q = self.hidden_size, self.num_attention_heads * self.head
        kv, wide = self.kv_heads * self.head, self._active_feed_forward()
        return (hidden + q) + 2 * (hidden + kv) + (q + hidden) + 3 * (hidden + wide)


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
        raise UsageError(
            f"the configuration of {name!r} cannot be used: {first_problem(error, 'it')}; expected "
            "the config.json of a transformer model"
        ) from error
    return shape.architecture(name, nominal)
