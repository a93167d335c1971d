"""A model that is unavailable: each call raises the reason."""

from collections.abc import AsyncGenerator
from typing import NoReturn

from models.chat.types import ModelInfo
from rooftree.errors import ModelUnavailableError


class UnavailableModel:
    """A `LanguageModel` that always raises: work goes on without a model."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def models(self) -> tuple[ModelInfo, ...]:
        return ()

    async def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ModelUnavailableError(self._reason)

    async def stream(self, *_: object, **__: object) -> AsyncGenerator[NoReturn, None]:
        yield await self._refuse()

    chat = fim = complete = embed = count_tokens = count_prompt = _refuse
