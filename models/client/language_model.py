"""The interface of a language model, as callers use it and clients implement it.

`models.client.client.ModelClient`, one endpoint, and `models.pool.pool.EndpointPool`, many, fit it
without knowing it.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from models.chat.types import ChatRequest, Completion, CompletionRequest, FimRequest, ModelInfo


class LanguageModel(Protocol):
    """Answers questions put to models."""

    async def models(self) -> tuple[ModelInfo, ...]: ...

    async def chat(self, request: ChatRequest) -> Completion: ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[str | Completion, None]: ...

    async def fim(self, request: FimRequest) -> Completion: ...

    async def complete(self, request: CompletionRequest) -> Completion: ...

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]: ...

    async def count_tokens(self, text: str, model: str) -> int: ...

    async def count_prompt(self, request: ChatRequest) -> int: ...
