"""One question to the model of a loop, put again in another way where the answer is of no use.

An answer that ended at its limit is asked for with more room, an empty one with another seed and
warmer, and what made the server fail is never sent again as it was. Each of these is tried once a
step; what is no use then is for the loop to judge.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from agents.loop.prompt_size import PromptSize
from agents.loop.settings import MOST_TEMPERATURE, USUAL_TEMPERATURE, WARMER, LoopSettings
from models.chat.types import ChatRequest, Completion
from rooftree.errors import ModelProtocolError

OTHER_SEED = 1_000


class ChatModel(Protocol):
    """What a loop needs of a language model."""

    async def chat(self, request: ChatRequest) -> Completion: ...


@dataclass(slots=True)
class LoopModel:
    """The model of one loop, as it is asked."""

    answers: ChatModel
    name: str
    settings: LoopSettings
    size: PromptSize
    traits: Counter[str] = field(default_factory=Counter)

    async def step(self, messages: tuple[Mapping[str, Any], ...], step: int) -> Completion:
        """Return the answer to the transcript; ModelError where there is none."""
        request = self._request(messages, step)
        try:
            answer = await self._asked(request)
        except ModelProtocolError:
            # The same request would make the same parser fail again.
            self.traits["server errors"] += 1
            return await self._asked(_warmer(request))
        again = self._again(request, answer)
        if again is None:
            return answer
        second = await self._asked(again)
        return second if second.tool_calls or second.text else answer

    async def words(self, messages: tuple[Mapping[str, Any], ...], tokens: int) -> Completion:
        """Return an answer in words: without thinking, and with the same tools in the prompt."""
        request = replace(self._request(messages, 0), max_tokens=tokens, tool_choice="none")
        return await self._asked(replace(request, thinking="off", thinking_tokens=None))

    def _again(self, request: ChatRequest, answer: Completion) -> ChatRequest | None:
        """Return another request, where an answer was cut off or empty."""
        if answer.tool_calls and answer.finish_reason != "length":
            return None
        if answer.finish_reason == "length":
            return self._roomier(request, answer)
        if not answer.text.strip():
            self.traits["empty answers"] += 1
            return _warmer(request)
        return None

    def _roomier(self, request: ChatRequest, answer: Completion) -> ChatRequest | None:
        """Return a request with half the thinking, or twice the room, where there is any."""
        self.traits["cut answers"] += 1
        thought_only = bool(answer.reasoning) and not answer.text and not answer.tool_calls
        if thought_only and request.thinking_tokens:
            return replace(request, thinking_tokens=request.thinking_tokens // 2)
        prompt = self.size.tokens(request.messages)
        room = min(2 * (request.max_tokens or 0), self.settings.window - prompt)
        return replace(request, max_tokens=room) if room > (request.max_tokens or 0) else None

    async def _asked(self, request: ChatRequest) -> Completion:
        answer = await self.answers.chat(request)
        self.size.learn(request.messages, answer.usage)
        if answer.leaked:
            self.traits[f"calls in {answer.leaked}"] += 1
        return answer

    def _request(self, messages: tuple[Mapping[str, Any], ...], step: int) -> ChatRequest:
        settings = self.settings
        sampling: dict[str, Any] = dict(settings.sampling)
        return ChatRequest(
            self.name,
            messages,
            settings.answer_room(self.size.tokens(messages)),
            seed=settings.seed + step if step else None,
            tools=self.size.tools,
            tool_choice="auto",
            thinking_tokens=settings.thinking_tokens or None,
            tool_protocol=settings.protocol,
            **sampling,
        )


def _warmer(request: ChatRequest) -> ChatRequest:
    """Return a request that a deterministic server answers otherwise."""
    temperature = USUAL_TEMPERATURE if request.temperature is None else request.temperature
    return replace(
        request,
        seed=(request.seed or 0) + OTHER_SEED,
        temperature=min(MOST_TEMPERATURE, temperature + WARMER),
    )
