"""Requests to a model and its responses: plain values, independent of the wire format.

`models.client.client` hands these names on; callers import them from there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from models.chat.abilities import ToolProtocol

LATER = {"later": True}
"""Marks a field that values of older versions do not have: at its default it is not stored."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat question; what is None or empty is left to the server's default.

    A message of the assistant may hold its `reasoning`; how it travels is the wire's matter.
    """

    model: str
    messages: tuple[Mapping[str, Any], ...]
    max_tokens: int | None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Any = None
    response_format: Mapping[str, Any] | None = None
    top_k: int | None = field(default=None, metadata=LATER)
    min_p: float | None = field(default=None, metadata=LATER)
    presence_penalty: float | None = field(default=None, metadata=LATER)
    repetition_penalty: float | None = field(default=None, metadata=LATER)
    thinking: Literal["on", "off"] | None = field(default=None, metadata=LATER)
    """Whether the model thinks before it answers, where it can be told so."""
    thinking_tokens: int | None = field(default=None, metadata=LATER)
    """The most tokens that it may think, where the server keeps such a budget."""
    parallel_calls: bool | None = field(default=None, metadata=LATER)
    """Whether one answer may call several tools."""
    tool_protocol: ToolProtocol | None = field(default=None, metadata=LATER)
    """How tools are offered, whatever was measured to be best."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A text to go on with as it stands, without any chat template."""

    model: str
    prompt: str
    max_tokens: int
    temperature: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class FimRequest:
    """A hole to fill in between `prefix` and `suffix`."""

    model: str
    prefix: str
    suffix: str
    max_tokens: int
    temperature: float | None = None
    stop: tuple[str, ...] = ()

    def as_completion(self, prompt: str) -> CompletionRequest:
        """Return what asks the same with a prompt alone."""
        return CompletionRequest(self.model, prompt, self.max_tokens, self.temperature, self.stop)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that the model requests."""

    id: str
    name: str
    arguments: str
    """JSON text of an object; text that the model wrote and that is none is kept as it was, so
    that the tool can refuse it instead of running with arguments the model did not give."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a call took, as the server counts them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    """One of stop, length, tool_calls, content_filter, unknown."""
    usage: Usage | None
    model: str
    reasoning: str = ""
    leaked: Literal["", "content", "reasoning"] = field(default="", metadata=LATER)
    """Where the calls stood, if the model or its server wrote them as text."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint lists; an adapter names the model it belongs to as its parent."""

    id: str
    parent: str | None = None
    owned_by: str = ""


def stored(value: ChatRequest | Completion) -> dict[str, Any]:
    """Return a value as it is kept and compared: without what no older version knew of.

    A run that was recorded before finds its answers by the same text.
    """
    told = asdict(value)
    for one in fields(value):
        if one.metadata is not None and one.metadata.get("later") and told[one.name] == one.default:
            del told[one.name]
    return told
