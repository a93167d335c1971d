"""Which endpoints answer for which name: values, made from the configuration and checked.

With nothing configured, every role is answered by the one model of the `[model]` section.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from rooftree.config import AliasSection, Config
from rooftree.errors import ConfigError
from rooftree.text.unknown_names import unknown_name

ROLES = ("chat", "planner", "coder", "reviewer", "fim", "embed")
DEFAULT_ROUTE = "model"
"""The name of the endpoint that the `[model]` section describes."""
CHAT = "chat"


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """One version of an alias: a model on an endpoint."""

    endpoint: str
    model: str
    version: str
    """What metrics and traces call it; immutable, such as `coder@v3`."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Route:
    """An alias: its versions, and the aliases that stand in for it."""

    alias: str
    targets: tuple[ModelTarget, ...]
    fallback: tuple[str, ...] = ()


def routes_of(config: Config) -> dict[str, Route]:
    """Return the routes of all aliases; roles that are not configured go the way of `chat`."""
    routes = {name: _route(name, section, config) for name, section in config.aliases.items()}
    home = (ModelTarget(DEFAULT_ROUTE, config.model.name, config.model.name),)
    chat = routes.get(CHAT) or Route(CHAT, home)
    for role in ROLES:
        routes.setdefault(role, Route(role, chat.targets, chat.fallback))
    for route in routes.values():
        for name in route.fallback:
            if name not in routes:
                known = unknown_name("alias", name, routes)
                raise ConfigError(f"aliases.{route.alias}.fallback names {name!r}, but {known}")
    return routes


def in_order(targets: Iterable[ModelTarget], key: str) -> list[ModelTarget]:
    """Return the targets, best first for a conversation with this key.

    Rendezvous hashing: a conversation stays with its endpoint, whose cache knows its prompt, and
    the shares of many conversations are as the weights (Thaler and Ravishankar 1998; with weights
    -w / ln h, Schindelhauer and Schomaker 2005).
    """
    return sorted(
        (target for target in targets if target.weight > 0),
        key=lambda target: _score(target, key),
        reverse=True,
    )


def _score(target: ModelTarget, key: str) -> float:
    text = f"{key}\0{target.endpoint}\0{target.version}"
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])
    # Never 0 or 1, of which neither has a logarithm to divide by.
    return -target.weight / math.log((number + 1) / (2**64 + 2))


def _route(name: str, section: AliasSection, config: Config) -> Route:
    targets = []
    for number, version in enumerate(section.versions):
        if version.endpoint != DEFAULT_ROUTE and version.endpoint not in config.endpoints:
            known = unknown_name("endpoint", version.endpoint, {DEFAULT_ROUTE, *config.endpoints})
            raise ConfigError(f"aliases.{name}.versions[{number}] names its endpoint, but {known}")
        label = version.version or version.model
        targets.append(ModelTarget(version.endpoint, version.model, label, version.weight))
    if not any(target.weight > 0 for target in targets):
        raise ConfigError(f"aliases.{name} has no version with a weight above 0")
    return Route(name, tuple(targets), tuple(section.fallback))
