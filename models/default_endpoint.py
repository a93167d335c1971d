"""The endpoint of the `[model]` section: the server that it names, else the embedded one.

The embedded server is started when it is first needed and again when it has ended. It knows nothing
of aliases or of other endpoints.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from models.chat.abilities import Abilities
from models.client.client import ModelClient
from models.embedded.server import EmbeddedServer
from models.pool.upstream import OpenClient
from models.wire.endpoint import MODEL_SETTINGS, Deadlines, Endpoint, endpoint_at
from models.wire.keys import key_in
from models.wire.network import NetworkSettings
from rooftree.config import EndpointSection, ModelSection
from rooftree.errors import ModelUnavailableError

DEFAULT_NAME = "default"
AbilitiesOf = Callable[[Endpoint, str], Abilities]
"""Tells what the model with this id at this endpoint can do."""


class DefaultEndpoint:
    """Provides the one client of this endpoint; `aclose` it at the end."""

    def __init__(
        self,
        section: ModelSection,
        weights: Callable[[str], Path],
        environ: Mapping[str, str],
        network: NetworkSettings,
        abilities: AbilitiesOf,
    ) -> None:
        """`weights` finds the GGUF file of an embedded model, or raises WeightsError."""
        self._section = section
        self._weights = weights
        self._environ = environ
        self._network = network
        self._abilities = abilities
        self._lock = asyncio.Lock()
        self._opened: OpenClient | None = None
        self._server: EmbeddedServer | None = None
        self.model = section.name
        """The id that the server has for the model; known once it has been opened."""

    @property
    def pid(self) -> int | None:
        """The embedded server's process."""
        return self._server.pid if self._server else None

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the model is, once it has been opened."""
        return self._opened.client.endpoint if self._opened else None

    async def opened(self) -> OpenClient:
        """Return the client, starting the embedded server if it does not run."""
        async with self._lock:
            if self._opened is not None and (self._server is None or self._server.alive):
                return self._opened
            await self._close()
            if self._section.endpoint:
                client = await self._connected()
            else:
                client = await self._started()
            self._opened = OpenClient(client, {self._section.name: self.model})
            return self._opened

    async def aclose(self) -> None:
        async with self._lock:
            await self._close()

    async def _connected(self) -> ModelClient:
        section = self._section
        key = key_in(section.api_key_env, self._environ)
        endpoint = endpoint_at(section.endpoint, key, MODEL_SETTINGS, self._network)
        client = self._client_of(endpoint)
        if section.name != DEFAULT_NAME:
            return client
        try:
            listed = await client.models()
            if not listed:
                raise ModelUnavailableError(
                    f"{section.endpoint} lists no models; name one in model.name"
                )
        except BaseException:
            await client.aclose()
            raise
        self.model = listed[0].id
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
        self.model = server.model
        return self._client_of(server.endpoint())

    def _client_of(self, endpoint: Endpoint) -> ModelClient:
        deadlines = deadlines_of(self._section)
        return ModelClient(endpoint, deadlines, lambda model: self._abilities(endpoint, model))

    async def _close(self) -> None:
        opened, self._opened = self._opened, None
        server, self._server = self._server, None
        if opened is not None:
            await opened.client.aclose()
        if server is not None:
            await server.stop()


def deadlines_of(section: ModelSection | EndpointSection) -> Deadlines:
    """Return the deadlines that a section of the configuration sets."""
    return Deadlines(
        section.connect_seconds,
        section.first_token_seconds,
        section.idle_seconds,
        section.total_seconds,
    )
