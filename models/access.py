"""Who answers: the configured endpoint if there is one, else the embedded server, kept running.

It knows the configuration and how to start a server, and nothing of what is asked.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from models.client import ModelClient
from models.embedded import EmbeddedServer
from models.endpoint import Endpoint
from rooftree.config import Config, ModelSection
from rooftree.errors import ConfigError, ModelUnavailableError

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
        client = self._client_of(configured_endpoint(self._section, self._environ))
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

    def _client_of(self, endpoint: Endpoint) -> ModelClient:
        return ModelClient(
            endpoint,
            connect_seconds=self._section.connect_seconds,
            idle_seconds=self._section.idle_seconds,
        )

    async def _close(self) -> None:
        client, self._client = self._client, None
        server, self._server = self._server, None
        if client is not None:
            await client.aclose()
        if server is not None:
            await server.stop()


def configured_endpoint(section: ModelSection, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of the configuration, or say what is wrong with its URL or key."""
    url = section.endpoint.rstrip("/")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.query or not parts.path.endswith("/v1"):
        raise ConfigError(
            "model.endpoint must be a URL such as http://model-server:8000/v1: it ends in /v1 and "
            "holds no user, password or query; the key belongs into the variable that "
            "model.api_key_env names"
        )
    key = environ.get(section.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"the key in {section.api_key_env} holds characters that no HTTP header can carry; "
            "copy it again"
        )
    return Endpoint(url, key, embedded=False)
