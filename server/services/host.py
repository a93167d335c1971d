"""What one process works with: its configuration, repositories, embedder and models.

A command makes one for as long as it runs; `rooftree serve` makes one that owns its repositories.
Everything dear is made when it is first needed. It knows no operation that is run with it.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from indexing.repository.full_index import index_first
from indexing.repository.repository import Repository
from indexing.vectors.coverage_notes import OFF
from indexing.vectors.embedder import Embedder
from indexing.vectors.embedders import EmbedderSource
from rooftree.config import Config
from rooftree.errors import RunsFullError, UnknownModelError, UsageError, WeightsError
from rooftree.telemetry.events import EventLog
from server.services.hosted_repository import HostedRepository
from server.services.repositories import OpenRepositories

if TYPE_CHECKING:
    from models.gateway import ModelAccess
    from models.pool.events import PoolEvent
    from models.probing.profiler import Profiler
    from models.probing.store import ProfileStore
    from models.weights.store import WeightsStore


class Host:
    """The one of a process; `default` is the repository that is meant where none is named."""

    def __init__(
        self,
        config: Config,
        *,
        default: Path | None = None,
        owner: bool = False,
        embedders: EmbedderSource | None = None,
    ) -> None:
        """An `owner` holds the lock of each of its repositories, and keeps them fresh."""
        self.config = config
        if config.traces.file is not None or config.traces.endpoint:
            from rooftree.telemetry.tracing import start_tracing

            start_tracing(config.traces)
        self.embedders = embedders or EmbedderSource(config, lambda: self.weights)
        self.repositories = OpenRepositories(
            config, self.embedders.get, owner=owner, problem=lambda: self.embedders.problem
        )
        self._default = default
        self.measuring = asyncio.Lock()
        """Held while an unknown model is measured: who comes then finds it known."""
        self._answering = 0
        self._running = 0
        self.model_listener: Callable[[PoolEvent], None] = lambda _: None
        """Hears what happens in the pool of models; set it before models are asked."""

    @cached_property
    def weights(self) -> "WeightsStore":
        """The store of weights; a search rarely needs it."""
        from models.weights.store import WeightsStore

        return WeightsStore(self.config.paths.models())

    @cached_property
    def models(self) -> "ModelAccess":
        """The models of each role; a search must not wait for the openai package."""
        from models.gateway import ModelAccess

        self.check_model()
        weights = self.weights
        access = ModelAccess(
            self.config, lambda name: weights.find(name).path, abilities=self.profiles.abilities
        )
        access.listener = self.model_listener
        return access

    def check_model(self) -> None:
        """Raise UnknownModelError where embedded weights are to answer that nothing is known of."""
        if self.answers_embedded():
            self.weights.check_model(self.config.model.name)

    def answers_embedded(self) -> bool:
        """Say whether chat is answered, at least in turn, by a server of our own."""
        from models.pool.routes import CHAT, DEFAULT_ROUTE, routes_of

        targets = routes_of(self.config)[CHAT].targets
        return not self.config.model.endpoint and any(
            one.endpoint == DEFAULT_ROUTE for one in targets
        )

    @cached_property
    def profiles(self) -> "ProfileStore":
        """What was measured of models."""
        from models.probing.store import ProfileStore

        return ProfileStore(self.config.paths.profiles())

    def profiler(self) -> "Profiler":
        """Return what measures models."""
        from models.probing.profiler import Profiler

        weights = self.weights
        return Profiler(
            self.models, self.profiles, self.config, lambda name: weights.find(name).sha256
        )

    def model_version(self) -> str | None:
        """Return the embedded weights' hash; an endpoint does not say which weights it serves."""
        if self.config.model.endpoint:
            return None
        try:
            return self.weights.find(self.config.model.name).sha256[:12]
        except (WeightsError, UnknownModelError):
            return None

    def place(self, repo: str | Path | None) -> Path:
        """Return which repository is meant; UsageError where it is none at all."""
        path = self._default if repo is None else Path(repo)
        if path is None:
            raise UsageError("name a repository; this server was started without a default one")
        return path

    def open(self, repo: str | Path | None) -> HostedRepository:
        """Return a repository, opened; the default one where none is named."""
        return self.repositories.open(self.place(repo))

    def indexed(self, repo: str | None, events: EventLog) -> Repository:
        """Return a repository that something is looked up in; it is indexed first."""
        repository = self.open(repo).repository
        index_first(repository, events)
        return repository

    def embedder(self) -> Embedder | None:
        """Return the embedder, or None where it is switched off or cannot be had now."""
        return self.embedders.get()

    def notice(self) -> str:
        """Say why there are no vectors, where some are wanted."""
        problem = self.embedders.problem
        if self.embedder() is not None or problem in ("", OFF):
            return ""
        return f"searching by words alone: {problem}"

    @property
    def is_answering(self) -> bool:
        """Whether a question is being answered."""
        return self._answering > 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Have it known, for a `with` block, that a question is being answered."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1

    @contextmanager
    def room_for_a_run(self) -> Iterator[None]:
        """Take one more run, or refuse it: each needs a copy, tests and a model."""
        most = self.config.serve.runs
        if self._running >= most:
            raise RunsFullError(f"{most} runs are at work already; ask again, or raise serve.runs")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def aclose(self) -> None:
        await asyncio.to_thread(self.embedders.close)
        if "models" in vars(self):
            await self.models.aclose()
        await asyncio.to_thread(self.repositories.close)
