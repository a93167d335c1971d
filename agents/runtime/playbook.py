"""A playbook: turns that code decides, for models that are too small to choose tools.

To AutoGen it is a model like any other: it asks for tool calls, sees their results and ends with
text. Only the turn that a playbook hands over reaches the real model, by `models.client.client`.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from models.client.client import ChatRequest, Completion
from models.client.language_model import LanguageModel

NO_USAGE = RequestUsage(prompt_tokens=0, completion_tokens=0)
CHARACTERS_A_TOKEN = 3
CONTEXT_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class ToolTurn:
    """Call tools: (name, arguments) each."""

    calls: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class TextTurn:
    """End the run with this text; the model is not asked."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """Hand this turn to the model, with exactly this request."""

    client: LanguageModel
    request: ChatRequest


PlaybookTurn = ToolTurn | TextTurn | ModelTurn
Playbook = Callable[[int], Awaitable[PlaybookTurn]]
"""Decides the turn with this number, from 0; what tools found it knows from its own tools."""


class PlaybookClient(ChatCompletionClient):
    """Plays one run of a playbook."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._turns = 0
        self._usage = NO_USAGE

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Any = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        async for item in self.create_stream(messages, tools=tools):
            if isinstance(item, CreateResult):
                return item
        raise AssertionError("a stream ends with its result")

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Any = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        turn = await self._playbook(self._turns)
        self._turns += 1
        if not isinstance(turn, ModelTurn):
            yield _fixed_result(turn)
            return
        async with aclosing(turn.client.stream(turn.request)) as stream:
            async for item in stream:
                if isinstance(item, str):
                    yield item
                    continue
                result = _model_result(item)
                self._usage = result.usage
                yield result

    async def close(self) -> None:
        """The model client belongs to its creator."""

    def actual_usage(self) -> RequestUsage:
        return self._usage

    def total_usage(self) -> RequestUsage:
        return self._usage

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return sum(len(str(message.content)) for message in messages) // CHARACTERS_A_TOKEN

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return max(0, CONTEXT_TOKENS - self.count_tokens(messages, tools=tools))

    @property
    def capabilities(self) -> ModelCapabilities:
        return {"vision": False, "function_calling": True, "json_output": False}

    @property
    def model_info(self) -> ModelInfo:
        return {
            "vision": False,
            "function_calling": True,
            "json_output": False,
            "structured_output": False,
            "family": ModelFamily.UNKNOWN,
            "multiple_system_messages": True,
        }


def _fixed_result(turn: ToolTurn | TextTurn) -> CreateResult:
    if isinstance(turn, TextTurn):
        return CreateResult(finish_reason="stop", content=turn.text, usage=NO_USAGE, cached=False)
    calls = [
        FunctionCall(id=uuid4().hex, name=name, arguments=json.dumps(arguments))
        for name, arguments in turn.calls
    ]
    return CreateResult(finish_reason="function_calls", content=calls, usage=NO_USAGE, cached=False)


def _model_result(completion: Completion) -> CreateResult:
    usage = NO_USAGE
    if completion.usage is not None:
        usage = RequestUsage(
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
        )
    return CreateResult(
        finish_reason="length" if completion.finish_reason == "length" else "stop",
        content=completion.text,
        usage=usage,
        cached=False,
        thought=completion.reasoning or None,
    )
