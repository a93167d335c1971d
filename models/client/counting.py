"""How many tokens a prompt has: by the server's own tokenizer, else by a guess that learns.

A guess is scaled by what the server has said of earlier prompts. It knows nothing of how much there
may be.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from models.chat.messages import REASONING, Message
from models.chat.normalise import mapping_of
from models.chat.tokens import estimate_tokens
from models.chat.types import ChatRequest, Usage
from models.wire.requests import RequestBody
from rooftree.errors import ContextOverflowError, ModelProtocolError

if TYPE_CHECKING:
    from models.wire.transport import Transport

MIN_TOKENS = 64
"""A shorter prompt tells more of the template than of the text."""
REMEMBERED = 32
MIN_SCALE, MAX_SCALE = 0.25, 4.0
PROMPT_FIELDS = ("model", "messages", "tools")
TURN_TOKENS = 8
"""What a chat template adds to each message, at most (ChatML takes 5)."""


class Calibration:
    """What a server's own counts say of our guesses."""

    def __init__(self, scale: float = 1.0) -> None:
        self._measured = scale
        self._seen: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def scale(self) -> float:
        """Real tokens for each guessed one, on the high side."""
        return max(self._seen) if self._seen else self._measured

    def learn(self, guessed: int, usage: Usage | None) -> None:
        """Compare a guess with what the server counted."""
        if usage is not None and min(guessed, usage.prompt_tokens) >= MIN_TOKENS:
            scale = usage.prompt_tokens / guessed
            self._seen.append(min(MAX_SCALE, max(MIN_SCALE, scale)))


class TokenCounter:
    """Counts for one endpoint; what it cannot do is asked once."""

    def __init__(self, transport: "Transport") -> None:
        self._transport = transport
        self._tokenizes = True
        self._takes_messages = True

    async def text(self, text: str, calibration: Calibration) -> int:
        """Return the tokens of a text."""
        counted = await self._tokenized({"content": text, "prompt": text})
        return guess(text, calibration) if counted is None else counted

    async def prompt(
        self, request: ChatRequest, body: RequestBody, calibration: Calibration
    ) -> int:
        """Return the tokens of a whole chat prompt, with its tools and its template's marks.

        `body` is what the request is sent as.
        """
        guessed = round(guess_prompt(request) * calibration.scale)
        if not self._tokenizes:
            return guessed
        if self._takes_messages:
            asked: RequestBody = {key: body[key] for key in PROMPT_FIELDS if key in body}
            applied = await self._templated(asked)
            counted = await self._tokenized(asked if applied is None else applied)
            # A server that knows no messages here counts the text that is not there.
            if counted:
                return counted
            self._tokenizes, self._takes_messages = True, False
        texts = flat_text(request)
        counted = await self._tokenized({"content": texts, "prompt": texts})
        if counted is None:
            return guessed
        return counted + TURN_TOKENS * (len(body["messages"]) + 1)

    async def _templated(self, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the body to tokenize where the server lays out prompts apart, as llama.cpp."""
        url = self._transport.address("/apply-template", outside=True)
        try:
            prompt = mapping_of(await self._transport.post(url, asked)).get("prompt")
        except (ModelProtocolError, ContextOverflowError):
            return None
        if not isinstance(prompt, str):
            return None
        return {"content": prompt, "add_special": True, "parse_special": True}

    async def _tokenized(self, body: Mapping[str, Any]) -> int | None:
        if not self._tokenizes:
            return None
        url = self._transport.address("/tokenize", outside=True)
        try:
            payload = mapping_of(await self._transport.post(url, body))
        except (ModelProtocolError, ContextOverflowError):
            payload = {}
        tokens = payload.get("tokens")
        if isinstance(tokens, list):
            return len(tokens)
        self._tokenizes = False
        return None


def guess(text: str, calibration: Calibration) -> int:
    return round(estimate_tokens(text) * calibration.scale)


def guess_prompt(request: ChatRequest) -> int:
    """Return about how many tokens a chat prompt has, before any calibration."""
    texts = [*map(message_text, request.messages), json_text(request.tools)]
    return sum(map(_estimated, texts)) + (TURN_TOKENS + 1) * (len(request.messages) + 1)


@lru_cache(maxsize=2048)
def _estimated(text: str) -> int:
    """Return the estimate of a message: a conversation is counted again with each turn of it."""
    return estimate_tokens(text)


def flat_text(request: ChatRequest) -> str:
    """Return about what a template makes of a request."""
    texts = [*map(message_text, request.messages), json_text(request.tools)]
    return "\n".join(filter(None, texts))


def message_text(message: Message) -> str:
    """Return what a message adds to a prompt."""
    content, calls = message.get("content"), message.get("tool_calls")
    words = content if isinstance(content, str) else json_text(content or ())
    thoughts = message.get(REASONING)
    return (
        words
        + (json_text(calls) if calls else "")
        + (thoughts if isinstance(thoughts, str) else "")
    )


def json_text(values: Sequence[Any]) -> str:
    """Return about what a model server makes tokens of."""
    return json.dumps(list(values), ensure_ascii=False) if values else ""
