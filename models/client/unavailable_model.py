"""A model that is unavailable: each call raises the reason."""

from collections.abc import AsyncGenerator, Sequence
from typing import NoReturn

from models.chat.types import ChatRequest, Completion, ModelInfo
from rooftree.errors import ModelUnavailableError


class UnavailableModel:
    """Fits `models.client.protocol.Answers` and always raises: work goes on without a model."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def models(self) -> tuple[ModelInfo, ...]:
        return ()

    async def chat(self, request: ChatRequest) -> Completion:  # noqa: ARG002 - the seam's names
        self._refuse()

    async def stream(
        self,
        request: ChatRequest,  # noqa: ARG002 - the seam's names
    ) -> AsyncGenerator[str | Completion, None]:
        self._refuse()
        yield ""

    async def fim(
        self,
        model: str,  # noqa: ARG002 - the seam's names
        prefix: str,  # noqa: ARG002
        suffix: str,  # noqa: ARG002
        *,
        max_tokens: int,  # noqa: ARG002
        temperature: float | None = None,  # noqa: ARG002
        stop: tuple[str, ...] = (),  # noqa: ARG002
    ) -> Completion:
        self._refuse()

    async def complete(
        self,
        model: str,  # noqa: ARG002 - the seam's names
        prompt: str,  # noqa: ARG002
        *,
        max_tokens: int,  # noqa: ARG002
        temperature: float | None = None,  # noqa: ARG002
        stop: tuple[str, ...] = (),  # noqa: ARG002
        seed: int | None = None,  # noqa: ARG002
    ) -> Completion:
        self._refuse()

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:  # noqa: ARG002
        self._refuse()

    async def count_tokens(self, text: str, model: str) -> int:  # noqa: ARG002
        self._refuse()

    async def count_prompt(self, request: ChatRequest) -> int:  # noqa: ARG002
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ModelUnavailableError(self._reason)
