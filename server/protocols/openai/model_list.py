"""Which models this server answers for: `rooftree`, what the endpoint serves, the embedder."""

import time
from collections.abc import Callable, Iterable

from models.chat.types import ModelInfo
from rooftree.errors import ModelError, ModelProtocolError
from rooftree.telemetry.logs import logger
from rooftree.text.unknown_names import unknown_name
from server.base.error_bodies import RequestRefusedError, refuse
from server.services.host import Host

OURS = "rooftree"
FRESH_SECONDS = 30.0


class ModelList:
    """The list of models, asked for anew when it is old or lacks a name."""

    def __init__(self, host: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._clock = clock
        self._served: tuple[ModelInfo, ...] = ()
        self._until = clock()

    @property
    def embedder(self) -> str | None:
        """The id under which the default embedder is listed."""
        name = self._host.config.index.embedder
        return None if name == "none" else name

    async def listed(self) -> tuple[ModelInfo, ...]:
        """Return every model; without a model server there is still `rooftree`."""
        try:
            served = await self._serve_list(fresh=True)
        except ModelError as error:
            logger("server").warning("the model server lists nothing: %s", error)
            served = ()
        aliases = tuple(ModelInfo(name, owned_by=OURS) for name in self._host.config.aliases)
        return ModelInfo(OURS, owned_by=OURS), *aliases, *served, *self._embedders(served)

    async def chat_model(self, name: str) -> str:
        """Return what to ask the pool for; `rooftree` means its default model."""
        if name in self._host.config.aliases:
            return name
        configured = self._host.config.model.name
        if name in (OURS, configured, self._host.models.model):
            await self._host.models.client()
            return self._host.models.model
        for fresh in (False, True):
            if any(model.id == name for model in await self._serve_list(fresh)):
                return name
        raise unknown_model(name, [one.id for one in await self.listed()])

    async def _serve_list(self, fresh: bool) -> tuple[ModelInfo, ...]:
        if self._served and not fresh and self._clock() < self._until:
            return self._served
        client = await self._host.models.client()
        try:
            served = await client.models()
        except ModelProtocolError as error:
            # Some servers have no such list, and still serve the model that is configured.
            logger("server").warning("no list of models: %s", error)
            served = ()
        default = self._host.models.model
        if all(model.id != default for model in served):
            served = (ModelInfo(default), *served)
        self._served, self._until = served, self._clock() + FRESH_SECONDS
        return served

    def _embedders(self, served: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
        name = self.embedder
        if name is None or any(model.id == name for model in served):
            return ()
        return (ModelInfo(name, owned_by=OURS),)


def unknown_model(name: str, known: Iterable[str]) -> RequestRefusedError:
    """Return the refusal of a name, with those that are alike among the names in `known`."""
    message = unknown_name("model", name, known, "GET /v1/models lists those that are served")
    return refuse(404, "model_not_found", message, "model")
