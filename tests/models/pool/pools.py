"""How these tests set a pool before scripted servers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from models.client.client import ModelClient
from models.pool.attempts import RetryPolicy
from models.pool.breaker import BreakerSettings
from models.pool.events import PoolEvent
from models.pool.pool import CanServe, EndpointPool, serves_all
from models.pool.routes import ModelTarget, Route
from models.pool.upstream import OpenClient, Upstream
from models.wire.endpoint import Deadlines
from tests.support.scripted_model import ScriptedServer

QUICK = Deadlines(connect=2.0, first_token=0.5, idle=0.5, total=3.0)
SETTINGS = BreakerSettings(failures=3, rest_seconds=0.5, longest_rest_seconds=1.0)


@dataclass
class Standing:
    """A pool and what it told."""

    pool: EndpointPool
    upstreams: Mapping[str, Upstream]
    told: list[PoolEvent] = field(default_factory=list)

    def breaker(self, name: str) -> list[str]:
        """Return the states that an endpoint's breaker went through."""
        return [
            item.detail for item in self.told if item.kind == "breaker" and item.endpoint == name
        ]

    def kinds(self, name: str) -> list[str]:
        return [item.kind for item in self.told if item.endpoint == name and item.kind != "breaker"]


@asynccontextmanager
async def pool_over(
    servers: Mapping[str, ScriptedServer],
    routes: Sequence[Route],
    *,
    places: int = 64,
    queue: int = 256,
    deadlines: Deadlines = QUICK,
    serves: CanServe = serves_all,
    patience: RetryPolicy | None = None,
) -> AsyncIterator[Standing]:
    """Yield a pool over scripted servers by name."""
    told: list[PoolEvent] = []
    clients = {name: ModelClient(server.endpoint(), deadlines) for name, server in servers.items()}
    upstreams = {
        name: Upstream(
            name,
            opener(client),
            places=places,
            queue=queue,
            listener=told.append,
            settings=SETTINGS,
        )
        for name, client in clients.items()
    }
    patience = patience or RetryPolicy(pause_seconds=0.05)
    by_name = {route.alias: route for route in routes}
    pool = EndpointPool(by_name, upstreams, serves=serves, listener=told.append, patience=patience)
    try:
        yield Standing(pool, upstreams, told)
    finally:
        for client in clients.values():
            await client.aclose()


def opener(client: ModelClient) -> Callable[[], Awaitable[OpenClient]]:
    async def opened() -> OpenClient:
        return OpenClient(client)

    return opened


def route(alias: str, *endpoints: str, fallback: tuple[str, ...] = ()) -> Route:
    """Return a route whose targets are `alias@v1`, `alias@v2`, … on these endpoints, in order."""
    targets = tuple(
        ModelTarget(endpoint, "scripted", f"{alias}@v{number}")
        for number, endpoint in enumerate(endpoints, 1)
    )
    return Route(alias, targets, fallback)
