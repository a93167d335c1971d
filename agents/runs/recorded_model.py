"""A model whose answers are written into a run's log, and come from it after a crash."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from typing import Any

from agents.runs.budget import Spending
from agents.runs.conversations import Conversations, EarlierRequest
from agents.runs.step_log import key_of
from indexing.secrets.redact import redact
from models.chat.types import stored
from models.client.client import (
    ChatRequest,
    Completion,
    FimRequest,
    ToolCall,
    Usage,
)
from models.client.counting import guess_prompt
from models.client.language_model import LanguageModel
from tools.once import Memo


@dataclass(slots=True)
class RecordedModel:
    """Answers of a model; what each cost is counted, recalled or not."""

    answers: LanguageModel
    memo: Memo
    spending: Spending = field(default_factory=Spending)
    conversations: Conversations = field(default_factory=Conversations)

    async def chat(self, request: ChatRequest) -> Completion:
        """Answer whole; budgets are looked at before anything is asked."""
        key = json.dumps(stored(request), sort_keys=True)
        return await self._recorded(key, request, partial(self.answers.chat, request))

    async def fim(self, request: FimRequest) -> Completion:
        key = json.dumps(["fim", *astuple(request)])
        text = request.prefix + request.suffix
        shown = ChatRequest(request.model, ({"role": "user", "content": text},), request.max_tokens)
        return await self._recorded(key, shown, partial(self.answers.fim, request))

    async def count_prompt(self, request: ChatRequest) -> int:
        return await self.answers.count_prompt(request)

    async def _recorded(
        self, key: str, shown: ChatRequest, ask: Callable[[], Awaitable[Completion]]
    ) -> Completion:
        self.spending.check()
        earlier = self.conversations.earlier(shown)

        async def work() -> dict[str, Any]:
            began = time.monotonic()
            completion = await ask()
            # A server that does not count must not make a budget endless.
            guessed = Usage(guess_prompt(shown), max(1, _length(completion) // 3))
            return {
                "completion": stored(replace(completion, usage=completion.usage or guessed)),
                # Told for people and for training; the answer alone is needed to go on.
                "request": _shown(shown, earlier),
                "seconds": round(time.monotonic() - began, 3),
            }

        record = await self.memo.once("model", key, work)
        completion = completion_of(record["completion"])
        usage = completion.usage or Usage(0, 0)
        repeated = min(earlier.tokens, usage.prompt_tokens) if earlier is not None else 0
        self.spending.add(
            usage.prompt_tokens, usage.completion_tokens, record["seconds"], repeated=repeated
        )
        tokens = usage.prompt_tokens + usage.completion_tokens
        self.conversations.note(shown, key_of(key), tokens)
        return completion


def _length(completion: Completion) -> int:
    """Return how many characters a model wrote: what it thought and called is as dear."""
    calls = sum(len(call.arguments) for call in completion.tool_calls)
    return len(completion.text) + len(completion.reasoning) + calls


def completion_of(told: dict[str, Any]) -> Completion:
    """Read an answer back."""
    calls = tuple(ToolCall(**call) for call in told["tool_calls"])
    usage = Usage(**told["usage"]) if told["usage"] else None
    return Completion(**{**told, "tool_calls": calls, "usage": usage})


def _shown(request: ChatRequest, earlier: EarlierRequest | None) -> dict[str, Any]:
    """Return a request as it is written down: one that goes on from another, by what is new."""
    told = stored(request)
    if earlier is None:
        return dict(_redacted(told))
    told["messages"] = told["messages"][earlier.messages :]
    told["goes_on_from"] = earlier.key
    return dict(_redacted(told))


def _redacted(told: Any) -> Any:
    """Return a JSON value without secrets: a reviewer is shown those that a change touches."""
    if isinstance(told, str):
        return redact(told)
    if isinstance(told, dict):
        return {name: _redacted(one) for name, one in told.items()}
    return [_redacted(one) for one in told] if isinstance(told, list | tuple) else told
