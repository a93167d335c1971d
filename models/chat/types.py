"""Requests to a model and its responses: plain values, independent of the wire format.

`models.client.client` hands these names on; callers import them from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat question; what is None or empty is left to the server's default."""

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


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint lists; an adapter names the model it belongs to as its parent."""

    id: str
    parent: str | None = None
    owned_by: str = ""
