"""Access to models: one pool over all configured endpoints, built from the configuration.

It knows the configuration and where profiles are kept, and nothing of what is asked.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from models.chat.abilities import UNMEASURED, Abilities
from models.chat.windows import ASSUMED, ContextWindow, narrowest, window_of
from models.client.client import ModelClient
from models.default_endpoint import AbilitiesOf, DefaultEndpoint, deadlines_of
from models.embedded.server import SLOTS
from models.pool.attempts import RetryPolicy
from models.pool.call_requirements import CallRequirements
from models.pool.events import PoolEvent, ignore
from models.pool.pool import EndpointPool
from models.pool.reported_contexts import LOOK_SECONDS, ReportedContexts
from models.pool.routes import CHAT, DEFAULT_ROUTE, ModelTarget, Route, routes_of
from models.pool.upstream import OpenClient, Upstream
from models.sampling import sampling_of
from models.sizing.plan import read_plan
from models.wire.endpoint import Deadlines, Endpoint, SettingNames, endpoint_at
from models.wire.keys import key_of
from models.wire.network import network_of
from rooftree.config import Config, EndpointSection
from rooftree.errors import ConfigError, ModelError

DEFAULT_ENDPOINT_QUEUE = 256
DEFAULT_ENDPOINT_CONCURRENCY = 64
"""For a server whose capacity is not configured: it queues by itself."""


def no_abilities_measured(_endpoint: Endpoint, _model: str) -> Abilities:
    """Know nothing that was measured."""
    return UNMEASURED


@dataclass(frozen=True, slots=True)
class LocatedModel:
    """A model where it is served."""

    endpoint: Endpoint
    model: str
    deadlines: Deadlines


class ModelAccess:
    """Provide the pool that answers; all callers share one."""

    def __init__(
        self,
        config: Config,
        weights: Callable[[str], Path],
        environ: Mapping[str, str] | None = None,
        abilities: AbilitiesOf = no_abilities_measured,
    ) -> None:
        """`weights` finds the GGUF file of an embedded model, or raises WeightsError.

        `abilities` tells what was measured of a model at an endpoint.
        """
        self._config = config
        self._environ = os.environ if environ is None else environ
        self._abilities = abilities
        self._network = network_of(config.network)
        self._clients: dict[str, ModelClient] = {}
        self._reported = ReportedContexts()
        self.listener: Callable[[PoolEvent], None] = ignore
        """Receives the pool's events; a server's metrics register here."""
        self.home = DefaultEndpoint(config.model, weights, self._environ, self._network, abilities)

    @property
    def model(self) -> str:
        """What answers chat: the alias, or the id of the one model that stands behind it."""
        targets = self.routes[CHAT].targets
        if len(targets) > 1:
            return CHAT
        return self.home.model if targets[0].endpoint == DEFAULT_ROUTE else targets[0].version

    @cached_property
    def routes(self) -> dict[str, Route]:
        return routes_of(self._config)

    @cached_property
    def pool(self) -> EndpointPool:
        """The pool; making it opens no connection."""
        upstreams = {
            name: self._upstream(name, section) for name, section in self._config.endpoints.items()
        }
        embedded = not self._config.model.endpoint
        upstreams[DEFAULT_ROUTE] = Upstream(
            DEFAULT_ROUTE,
            self.home.opened,
            places=SLOTS if embedded else DEFAULT_ENDPOINT_CONCURRENCY,
            queue=DEFAULT_ENDPOINT_QUEUE,
            listener=self._notify,
            names=self._own_names if embedded else None,
        )
        patience = RetryPolicy(total_seconds=self._config.model.total_seconds)
        return EndpointPool(
            self.routes, upstreams, serves=self._serves, listener=self._notify, patience=patience
        )

    async def locate(self, name: str) -> list["LocatedModel"]:
        """Return where the models behind an alias, a version or a model's id are.

        UnknownModelError where there is none of that name, or none of the name that an alias has
        for it.
        """
        found = []
        for target in (await self.pool.resolve(name)).targets:
            await self.pool.check(target)
            opened = await self.pool.opened(target.endpoint)
            section = self._config.endpoints.get(target.endpoint, self._config.model)
            model = opened.id_of(target.model)
            found.append(LocatedModel(opened.client.endpoint, model, deadlines_of(section)))
        return found

    async def check_chat(self) -> None:
        """Raise UnknownModelError where an endpoint that is to answer chat has no such model.

        One that does not answer now, or cannot be asked at all, says nothing of its models.
        """
        for target in self.routes[CHAT].targets:
            if target.endpoint == DEFAULT_ROUTE and not self._config.model.endpoint:
                continue  # our own server has the weights that are configured, or does not start
            with suppress(ModelError, ConfigError):
                await self.pool.check(target)

    async def client(self) -> EndpointPool:
        """Return the pool; where the one model of `[model]` answers chat, once that is ready."""
        chat = self.routes[CHAT]
        if all(target.endpoint == DEFAULT_ROUTE for target in chat.targets) and not chat.fallback:
            await self.home.opened()
        return self.pool

    async def window(self, name: str) -> ContextWindow:
        """Return how long prompts to an alias, a version or a model may be, and who says so."""
        targets = (await self.pool.resolve(name)).targets
        return narrowest(await asyncio.gather(*map(self._window_of, targets)))

    async def slots(self, name: str) -> int:
        """Return how many calls to a model are known to be answered at once; 1 if nothing is."""
        targets = (await self.pool.resolve(name)).targets
        return min(await asyncio.gather(*map(self._slots_of, targets)))

    def abilities(self, name: str) -> Abilities:
        """Return what was measured of the first model behind a name, or the defaults."""
        return self._abilities_of(self.pool.route_of(name).targets[0])

    def sampling(self, name: str, server: str = "") -> Mapping[str, float]:
        """Return how answers of a model are drawn where an operator has said so.

        `server` is the program that serves it: some apply what the model's maker asks for.
        """
        target = self.pool.route_of(name).targets[0]
        section = self._config.endpoints.get(target.endpoint, self._config.model)
        return sampling_of(section.sampling, server)

    async def aclose(self) -> None:
        clients, self._clients = self._clients, {}
        await asyncio.gather(*(client.aclose() for client in clients.values()))
        await self.home.aclose()

    def _upstream(self, name: str, section: EndpointSection) -> Upstream:
        settings = SettingNames(
            url=f"endpoints.{name}.url",
            model=f"aliases.….versions.model of the endpoint {name!r}",
            key_variable=f"endpoints.{name}.api_key_env",
            silence=f"endpoints.{name}.idle_seconds",
            beginning=f"endpoints.{name}.first_token_seconds",
            total=f"endpoints.{name}.total_seconds",
        )
        key = key_of(name, section, self._environ)
        endpoint = endpoint_at(section.url, key, settings, self._network)
        plan = read_plan(section.plan) if section.plan else None
        return Upstream(
            name,
            partial(self._opened, name, endpoint, section),
            places=plan.concurrency if plan else section.concurrency,
            queue=section.queue,
            listener=self._notify,
        )

    async def _opened(self, name: str, endpoint: Endpoint, section: EndpointSection) -> OpenClient:
        if name not in self._clients:
            self._clients[name] = ModelClient(
                endpoint, deadlines_of(section), lambda model: self._abilities(endpoint, model)
            )
        return OpenClient(self._clients[name])

    def _own_names(self) -> frozenset[str]:
        """Return the models of the embedded server: its weights by both their names, adapters."""
        section = self._config.model
        return frozenset({section.name, self.home.model, *section.adapters})

    def _abilities_of(self, target: ModelTarget) -> Abilities:
        if target.endpoint == DEFAULT_ROUTE:
            endpoint = self.home.endpoint
            model = self.home.model if target.model == self._config.model.name else target.model
        else:
            client = self._clients.get(target.endpoint)
            endpoint, model = client.endpoint if client else None, target.model
        return self._abilities(endpoint, model) if endpoint else UNMEASURED

    async def _window_of(self, target: ModelTarget) -> ContextWindow:
        configured = self._configured_context(target)
        if configured:
            return window_of(configured=configured)
        with suppress(ModelError):
            opened = await self.pool.opened(target.endpoint)
            measured = self._abilities_of(target).context_tokens
            reported = None if measured else await self._reported.of(opened, target)
            return window_of(measured=measured, reported=reported)
        return ASSUMED

    async def _slots_of(self, target: ModelTarget) -> int:
        """Return the fewer of what a person set and what the server says of itself."""
        if target.endpoint == DEFAULT_ROUTE and not self._config.model.endpoint:
            return SLOTS
        known = self._configured_slots(target)
        with suppress(ModelError, TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                opened = await self.pool.opened(target.endpoint)
                known.append(await opened.client.reported_slots() or 0)
        return min(filter(None, known), default=1)

    def _configured_slots(self, target: ModelTarget) -> list[int]:
        """Return the limit that a person set; ours of a queue says nothing of a server."""
        section = self._config.endpoints.get(target.endpoint)
        if section is None:
            return []
        if section.plan:
            return [read_plan(section.plan).concurrency]
        return [section.concurrency] if "concurrency" in section.model_fields_set else []

    def _configured_context(self, target: ModelTarget) -> int | None:
        """Return the context that a person set; our own server has the one that is configured."""
        if target.endpoint == DEFAULT_ROUTE:
            section = self._config.model
            is_set = not section.endpoint or "context_tokens" in section.model_fields_set
            return section.context_tokens if is_set else None
        endpoint = self._config.endpoints[target.endpoint]
        if endpoint.plan:
            return read_plan(endpoint.plan).context_tokens
        return endpoint.context_tokens or None

    def _known_context(self, target: ModelTarget) -> int | None:
        """Return what is known of a target's context without asking anybody."""
        measured = self._abilities_of(target).context_tokens
        return self._configured_context(target) or measured

    def _serves(self, target: ModelTarget, needs: CallRequirements) -> bool:
        """Tell whether a target is known to be unable to do what is needed."""
        abilities = self._abilities_of(target)
        context = self._known_context(target)
        if context is not None and needs.prompt_tokens * abilities.tokens_scale > context * 1.5:
            return False
        if not abilities.measured:
            return True
        return not (
            (needs.filling and abilities.filling == "none")
            or (needs.schema and not abilities.enforces_schema)
        )

    def _notify(self, happening: PoolEvent) -> None:
        self.listener(happening)
