"""Completions in the OpenAI API's JSON: whole, and as the chunks of a stream."""

import base64
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from models.chat.tokens import estimate_tokens
from models.chat.types import Completion, ModelInfo, ToolCall, Usage

TEXT = "text_completion"
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CompletionEnvelope:
    """What the whole answer and all chunks of one response share."""

    model: str
    id: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))

    def chat(self, completion: Completion, usage: Usage, **extra: Any) -> JsonObject:
        """Return a whole chat completion."""
        message: JsonObject = {"role": "assistant", "content": completion.text}
        if completion.tool_calls:
            message["content"] = completion.text or None
            message["tool_calls"] = [_call(call) for call in completion.tool_calls]
        if completion.reasoning:
            message["reasoning_content"] = completion.reasoning
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": reason_of(completion),
        }
        return self._head("chat.completion") | {
            "choices": [choice],
            "usage": usage_json(usage),
            **extra,
        }

    def text(self, completion: Completion, usage: Usage) -> JsonObject:
        """Return a whole text completion."""
        choice = self._text_choice(completion.text, reason_of(completion))
        return self._head(TEXT) | {"choices": [choice], "usage": usage_json(usage)}

    def delta(self, delta: JsonObject, reason: str | None = None, **extra: Any) -> JsonObject:
        """Return one chunk of a chat stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._head("chat.completion.chunk") | {"choices": [choice], **extra}

    def calls(self, calls: Sequence[ToolCall]) -> JsonObject:
        """Return the chunk that carries tool calls, each of them whole."""
        numbered = [{"index": number} | _call(call) for number, call in enumerate(calls)]
        return self.delta({"tool_calls": numbered})

    def text_chunk(self, text: str, reason: str | None = None) -> JsonObject:
        """Return one chunk of a text stream."""
        return self._head(TEXT) | {"choices": [self._text_choice(text, reason)]}

    def usage(self, usage: Usage, kind: str = "chat.completion.chunk") -> JsonObject:
        """Return the chunk that ends a stream whose client asked for its usage."""
        return self._head(kind) | {"choices": [], "usage": usage_json(usage)}

    def _head(self, kind: str) -> JsonObject:
        prefix = "cmpl" if kind == TEXT else "chatcmpl"
        return {
            "id": f"{prefix}-{self.id}",
            "object": kind,
            "created": self.created,
            "model": self.model,
        }

    def _text_choice(self, text: str, reason: str | None) -> JsonObject:
        return {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}


def reason_of(completion: Completion) -> str:
    """Return a finish reason that clients know."""
    return "stop" if completion.finish_reason == "unknown" else completion.finish_reason


def usage_of(completion: Completion, prompt: str) -> Usage:
    """Return the server's counts, or an estimate where it sent none."""
    if completion.usage is not None:
        return completion.usage
    return Usage(estimate_tokens(prompt), estimate_tokens(completion.text))


def usage_json(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def model_json(model: ModelInfo) -> JsonObject:
    """Return an entry of the list of models; an adapter names its parent."""
    entry: JsonObject = {"id": model.id, "object": "model", "created": 0}
    entry["owned_by"] = model.owned_by or "rooftree"
    return entry | ({"parent": model.parent} if model.parent else {})


def embedding_json(vectors: Sequence[Sequence[float]], as_base64: bool) -> list[JsonObject]:
    """Return the vectors as lists, or as the base64 of little-endian 32-bit floats."""
    return [
        {
            "object": "embedding",
            "index": index,
            "embedding": _packed(vector) if as_base64 else list(vector),
        }
        for index, vector in enumerate(vectors)
    ]


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def _call(call: ToolCall) -> JsonObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
