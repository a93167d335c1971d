"""Our model client as one of AutoGen's, for agents that choose their own tools.

AutoGen sees sound messages only: calls have ids and JSON arguments, reasoning is apart, and every
failure is one of ours. What does not fit into the model's context is left out visibly, or it is an
error. It does not know what the agents do.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Protocol

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
    SystemMessage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from models.client.client import ChatRequest, Completion
from models.client.context_window import fit_request
from models.client.counting import guess_prompt
from prompts.library import neutralise
from rooftree.errors import RooftreeError

REASONS = {"tool_calls": "function_calls"}
ToolList = Sequence[Tool | ToolSchema]


class ChatModel(Protocol):
    """What an agent needs of a language model."""

    async def chat(self, request: ChatRequest) -> Completion: ...

    async def count_prompt(self, request: ChatRequest) -> int: ...


class RuntimeClient(ChatCompletionClient):
    """One model, as an agent of AutoGen's asks it."""

    def __init__(
        self,
        client: ChatModel,
        model: str,
        *,
        context_tokens: int,
        answer_tokens: int,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`context_tokens` is the model's window; `tell` hears what is left out of a prompt."""
        self._client = client
        self._model = model
        self._context_tokens = context_tokens
        self._answer_tokens = answer_tokens
        self._tell = tell
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._last = self._total
        self.failure: RooftreeError | None = None
        """The last call's error; a team of AutoGen's tells errors as text and loses their kind."""

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: ToolList = (),
        tool_choice: Any = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        self.failure = None
        work = asyncio.ensure_future(self._answer(self._request(messages, tools)))
        if cancellation_token is not None:
            cancellation_token.link_future(work)
        try:
            return await work
        except RooftreeError as error:
            self.failure = error
            raise

    async def create_stream(
        self, messages: Sequence[LLMMessage], **options: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Yield the whole answer: what is recorded comes in one piece."""
        yield await self.create(messages, **options)

    async def close(self) -> None:
        """The model client belongs to its creator."""

    def actual_usage(self) -> RequestUsage:
        return self._last

    def total_usage(self) -> RequestUsage:
        return self._total

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: ToolList = ()) -> int:
        return guess_prompt(self._request(messages, tools))

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: ToolList = ()) -> int:
        used = self.count_tokens(messages, tools=tools) + self._answer_tokens
        return max(0, self._context_tokens - used)

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

    async def _answer(self, request: ChatRequest) -> CreateResult:
        fitted = await fit_request(
            self._client,
            request,
            context_tokens=self._context_tokens,
            answer_tokens=self._answer_tokens,
            trim=True,
        )
        for trim in fitted.trims:
            self._tell(str(trim))
        return self._result(await self._client.chat(fitted.request), fitted.tokens)

    def _request(self, messages: Sequence[LLMMessage], tools: ToolList) -> ChatRequest:
        wire = [item for message in messages for item in wire_messages(message)]
        return ChatRequest(
            self._model,
            tuple(wire),
            self._answer_tokens,
            temperature=0.0,
            tools=tuple(map(wire_tool, tools)),
            tool_choice="auto" if tools else None,
        )

    def _result(self, completion: Completion, prompt_tokens: int) -> CreateResult:
        usage = completion.usage
        self._last = RequestUsage(
            prompt_tokens=usage.prompt_tokens if usage else prompt_tokens,
            completion_tokens=usage.completion_tokens if usage else 0,
        )
        self._total = RequestUsage(
            self._total.prompt_tokens + self._last.prompt_tokens,
            self._total.completion_tokens + self._last.completion_tokens,
        )
        calls = [
            FunctionCall(id=call.id, name=call.name, arguments=call.arguments)
            for call in completion.tool_calls
        ]
        # Text beside calls has no place of its own in AutoGen but this one.
        thoughts = [completion.reasoning, completion.text if calls else ""]
        return CreateResult(
            finish_reason=REASONS.get(completion.finish_reason, completion.finish_reason),  # type: ignore[arg-type]  # ours are AutoGen's but for the one renamed
            content=calls or completion.text,
            usage=self._last,
            cached=False,
            thought="\n".join(filter(None, thoughts)) or None,
        )


def wire_messages(message: LLMMessage) -> list[dict[str, Any]]:
    """Return the API's form of one of AutoGen's messages; results of several calls are several."""
    if isinstance(message, SystemMessage):
        return [{"role": "system", "content": message.content}]
    if isinstance(message, FunctionExecutionResultMessage):
        return [
            {
                "role": "tool",
                "tool_call_id": result.call_id,
                "name": result.name,
                "content": _safe_tool_result(result),
            }
            for result in message.content
        ]
    if isinstance(message, AssistantMessage):
        return [_wire_assistant(message)]
    content = message.content
    if not isinstance(content, str):
        content = "\n".join(part for part in content if isinstance(part, str))
    return [{"role": "user", "content": content}]


def _safe_tool_result(result: FunctionExecutionResult) -> str:
    """Return what a tool said, which may hold anything, as text that cannot end its turn."""
    content = neutralise(result.content)
    return f"Error: {content}" if result.is_error else content


def wire_tool(tool: Tool | ToolSchema) -> dict[str, Any]:
    """Return the API's form of a tool."""
    schema = tool.schema if isinstance(tool, Tool) else tool
    return {
        "type": "function",
        "function": {
            "name": schema["name"],
            "description": schema.get("description", ""),
            "parameters": schema.get("parameters", {}),
        },
    }


def _wire_assistant(message: AssistantMessage) -> dict[str, Any]:
    if isinstance(message.content, str):
        return {"role": "assistant", "content": message.content}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": _sound_arguments(call.arguments)},
        }
        for call in message.content
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _sound_arguments(arguments: str) -> str:
    """Return arguments that a template can read; some parse those of earlier turns and fail."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return json.dumps({"unreadable": arguments[:200]})
    return arguments if isinstance(value, dict) else json.dumps({"value": value})
