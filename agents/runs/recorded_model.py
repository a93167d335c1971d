"""A model whose answers are written into a run's log, and come from it after a crash."""

import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import asdict, astuple, dataclass, field
from functools import partial
from typing import Any

from agents.runs.budget import Spending
from indexing.secrets.redact import redact
from models.client.client import (
    ChatRequest,
    Completion,
    CompletionRequest,
    FimRequest,
    ModelInfo,
    ToolCall,
    Usage,
)
from models.client.counting import guess_prompt
from models.client.language_model import LanguageModel
from tools.once import Memo


@dataclass(slots=True)
class RecordedModel:
    """Fits `models.client.protocol.Answers`; what each answer cost is counted, recalled or not."""

    answers: LanguageModel
    memo: Memo
    spending: Spending = field(default_factory=Spending)

    async def models(self) -> tuple[ModelInfo, ...]:
        return await self.answers.models()

    async def chat(self, request: ChatRequest) -> Completion:
        """Answer whole; budgets are looked at before anything is asked."""
        key = json.dumps(_request_json(request), sort_keys=True)
        return await self._recorded(key, request, partial(self.answers.chat, request))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | Completion, None]:
        """Yield the whole text at once, then the answer: what is recorded comes in one piece."""
        completion = await self.chat(request)
        if completion.text:
            yield completion.text
        yield completion

    async def fim(self, request: FimRequest) -> Completion:
        key = json.dumps(["fim", *astuple(request)])
        shown = _as_chat(request, request.prefix + request.suffix)
        return await self._recorded(key, shown, partial(self.answers.fim, request))

    async def complete(self, request: CompletionRequest) -> Completion:
        key = json.dumps(["complete", *astuple(request)])
        shown = _as_chat(request, request.prompt)
        return await self._recorded(key, shown, partial(self.answers.complete, request))

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        return await self.answers.embed(model, texts)

    async def count_tokens(self, text: str, model: str) -> int:
        return await self.answers.count_tokens(text, model)

    async def count_prompt(self, request: ChatRequest) -> int:
        return await self.answers.count_prompt(request)

    async def _recorded(
        self, key: str, request: ChatRequest, ask: Callable[[], Awaitable[Completion]]
    ) -> Completion:
        self.spending.check()

        async def asked() -> dict[str, Any]:
            began = time.monotonic()
            return await self._timed(request, await ask(), began)

        return self._counted(await self.memo.once("model", key, asked))

    async def _timed(
        self, request: ChatRequest, completion: Completion, began: float
    ) -> dict[str, Any]:
        usage = completion.usage
        if usage is None:
            # A server that does not count must not make a budget endless.
            usage = Usage(guess_prompt(request), max(1, len(completion.text) // 3))
        told = asdict(completion)
        told["usage"] = asdict(usage)
        return {
            "completion": told,
            # Told for people and for training; the answer alone is needed to go on.
            "request": _redacted(_request_json(request)),
            "seconds": round(time.monotonic() - began, 3),
        }

    def _counted(self, told: dict[str, Any]) -> Completion:
        completion = completion_of(told["completion"])
        usage = completion.usage or Usage(0, 0)
        self.spending.add(usage.prompt_tokens, usage.completion_tokens, told["seconds"])
        return completion


def _as_chat(request: FimRequest | CompletionRequest, text: str) -> ChatRequest:
    """Return what is recorded of a request that is no chat."""
    return ChatRequest(request.model, ({"role": "user", "content": text},), request.max_tokens)


def completion_of(told: dict[str, Any]) -> Completion:
    """Read an answer back."""
    calls = tuple(ToolCall(**call) for call in told["tool_calls"])
    usage = Usage(**told["usage"]) if told["usage"] else None
    return Completion(**{**told, "tool_calls": calls, "usage": usage})


def _redacted(told: Any) -> Any:
    """Return a JSON value without secrets: a reviewer is shown those that a change touches."""
    if isinstance(told, str):
        return redact(told)
    if isinstance(told, dict):
        return {name: _redacted(one) for name, one in told.items()}
    return [_redacted(one) for one in told] if isinstance(told, list | tuple) else told


def _request_json(request: ChatRequest) -> dict[str, Any]:
    return asdict(request)
