"""Who answers: the configured endpoint if there is one, else the embedded server, kept running.

It knows the configuration and how to start a server, and nothing of what is asked.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from models.client import ModelClient
from models.embedded import EmbeddedServer
from models.endpoint import MODEL_SETTINGS, Deadlines, Endpoint, endpoint_at
from rooftree.config import Config
from rooftree.errors import ModelUnavailableError

DEFAULT_NAME = "default"


class ModelAccess:
    """Give out the client of the model that answers; all callers share one."""

    def __init__(
        self,
        config: Config,
        weights: Callable[[str], Path],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`weights` finds the GGUF file of an embedded model, or raises WeightsError."""
        self._section = config.model
        self._weights = weights
        self._environ = os.environ if environ is None else environ
        self._lock = asyncio.Lock()
        self._client: ModelClient | None = None
        self._server: EmbeddedServer | None = None
        self._model = config.model.name

    @property
    def model(self) -> str:
        """The id of the model for chat: what the configuration names, once `client` has run what
        the server calls it."""
        return self._model

    async def client(self) -> ModelClient:
        """Return the client, starting the embedded server if nobody has or it has crashed."""
        async with self._lock:
            if self._client is not None and self._is_up():
                return self._client
            await self._close()
            if self._section.endpoint:
                self._client = await self._connected()
            else:
                self._client = await self._started()
            return self._client

    async def aclose(self) -> None:
        async with self._lock:
            await self._close()

    def _is_up(self) -> bool:
        return self._server is None or self._server.alive

    async def _connected(self) -> ModelClient:
        client = self._client_of(self._configured())
        if self._section.name != DEFAULT_NAME:
            return client
        try:
            listed = await client.models()
            if not listed:
                raise ModelUnavailableError(
                    f"{self._section.endpoint} lists no models; name one in model.name"
                )
        except BaseException:
            await client.aclose()
            raise
        self._model = listed[0].id
        return client

    async def _started(self) -> ModelClient:
        weights = await asyncio.to_thread(self._weights, self._section.name)
        server = EmbeddedServer(
            weights,
            adapters=self._section.adapters,
            context_tokens=self._section.context_tokens,
            threads=self._section.threads,
        )
        await server.start()
        self._server = server
        self._model = server.model
        return self._client_of(server.endpoint())

    def _configured(self) -> Endpoint:
        section = self._section
        return endpoint_at(section.endpoint, section.api_key_env, self._environ, MODEL_SETTINGS)

    def _client_of(self, endpoint: Endpoint) -> ModelClient:
        section = self._section
        deadlines = Deadlines(
            section.connect_seconds,
            section.first_token_seconds,
            section.idle_seconds,
            section.total_seconds,
        )
        return ModelClient(endpoint, deadlines)

    async def _close(self) -> None:
        client, self._client = self._client, None
        server, self._server = self._server, None
        if client is not None:
            await client.aclose()
        if server is not None:
            await server.stop()
