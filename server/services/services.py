"""What every face offers: ask, search, status, index and embed, over one configuration.

A command makes short-lived services; `rooftree serve` makes one that owns its repositories and
keeps them fresh behind the scenes. Faces translate to and from these calls and do nothing else.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexing.repository.full_index import index_first, index_whole
from indexing.repository.keeper import CaughtUp, Keeper
from indexing.repository.repository import Repository
from indexing.vectors.embedder import Embedder
from indexing.vectors.embedders import EmbedderSource
from indexing.vectors.notes import OFF
from rooftree.config import Config
from rooftree.errors import EmbeddingError, UnknownModelError, UsageError, WeightsError
from rooftree.telemetry.events import EventLog
from server.base.thread_relay import Listener, Relay, told
from server.services import lookups, searches
from server.services.background_refresh import Freshness
from server.services.hosted_repository import Hosted
from server.services.repositories import Workplace

if TYPE_CHECKING:
    from agents.ask.answer import Answer
    from models.gateway import ModelAccess
    from models.pool.events import Happening
    from models.probing.profiler import Profiler
    from models.probing.store import ProfileStore
    from models.weights.store import WeightsStore
    from server.services.changes import Changes
    from server.services.reviews import Reviews
    from server.services.runs import ServedWork

MEASURE_SECONDS = 2.0
"""What measures models is not even imported before: the first searches are the first to come."""


class Services:
    """The services of one process."""

    def __init__(self, config: Config, *, default: Path | None = None, owner: bool = False) -> None:
        self.config = config
        if config.traces.file is not None or config.traces.endpoint:
            from rooftree.telemetry.tracing import start_tracing

            start_tracing(config.traces)
        self._embedders = EmbedderSource(config, lambda: self.weights)
        self.workplace = Workplace(config, self._embedder, owner=owner, problem=self._problem)
        self._default = default
        self._answering = 0
        self._freshness = Freshness(self.workplace, lambda: self._answering > 0)
        self._measuring: asyncio.Task[None] | None = None
        self.model_listener: Callable[[Happening], None] = _ignore_happening
        """Hears what happens in the pool of models; set it before models are asked."""

    @cached_property
    def weights(self) -> "WeightsStore":
        """The store of weights; made when it is first needed, because a search rarely needs it."""
        from models.weights.store import WeightsStore

        return WeightsStore(self.config.paths.models())

    @cached_property
    def models(self) -> "ModelAccess":
        """Who answers; made when it is first needed, because a search must not wait for openai."""
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
        from models.pool.routes import CHAT, HOME, routes_of

        targets = routes_of(self.config)[CHAT].targets
        return not self.config.model.endpoint and any(one.endpoint == HOME for one in targets)

    @cached_property
    def profiles(self) -> "ProfileStore":
        """What was measured of models."""
        from models.probing.store import ProfileStore

        return ProfileStore(self.config.paths.profiles())

    @cached_property
    def changes(self) -> "Changes":
        """Changes of repositories and their runs."""
        from server.services.changes import Changes

        return Changes(self)

    @cached_property
    def work(self) -> "ServedWork":
        """Changes and reviews for callers who are not at this terminal."""
        from server.services.runs import ServedWork

        return ServedWork(self)

    @cached_property
    def reviews(self) -> "Reviews":
        """Reviews of changes."""
        from server.services.reviews import Reviews

        return Reviews(self)

    def relayed(self, listener: Listener) -> Relay:
        """Return a listener that may be told from any thread; close it when the work ends."""
        return Relay(listener)

    def profiler(self) -> "Profiler":
        """Return what measures models."""
        from models.probing.profiler import Profiler

        weights = self.weights
        return Profiler(
            self.models, self.profiles, self.config, lambda name: weights.find(name).sha256
        )

    async def ask(self, question: str, repo: Path | None, listener: Listener) -> "Answer":
        """Answer a question about a repository, telling the listener what happens."""
        from agents.ask.asker import Asker

        hosted = await asyncio.to_thread(self._host, repo)
        asker = Asker(
            hosted.repository,
            self.models,
            self.config.ask,
            nearest=await asyncio.to_thread(hosted.nearest),
            model_version=self.model_version(),
        )
        relay = Relay(listener)
        self._answering += 1
        try:
            return await asker.ask(question, EventLog(relay), notice=self._notice())
        finally:
            self._answering -= 1
            relay.close()

    async def search(
        self, query: str, repo: Path | None, limit: int, listener: Listener | None = None
    ) -> dict[str, Any]:
        """Return the search JSON; an unindexed repository is indexed first."""
        searches.check_search(query, limit)
        return await told(
            listener, lambda events: searches.search(self._host(repo), query, limit, events)
        )

    async def search_several(
        self, query: str, repos: Sequence[Path], limit: int, listener: Listener | None = None
    ) -> dict[str, Any]:
        """Search several repositories; each is told of, those too that could not be looked at."""
        searches.check_search(query, limit)
        return await told(
            listener,
            lambda events: searches.search_several(self._host, query, repos, limit, events),
        )

    async def symbols(
        self,
        name: str,
        repo: Path | None,
        kind: str | None,
        limit: int,
        listener: Listener | None = None,
    ) -> dict[str, Any]:
        """Return the definitions that a name fits."""
        return await self._look_up(
            repo, lambda found: lookups.symbols(found, name, kind, limit), listener
        )

    async def references(
        self, name: str, repo: Path | None, listener: Listener | None = None
    ) -> dict[str, Any]:
        """Return the uses of a definition."""
        return await self._look_up(repo, lambda found: lookups.references(found, name), listener)

    async def map(
        self,
        repo: Path | None,
        tokens: int,
        focus: Sequence[str],
        listener: Listener | None = None,
    ) -> dict[str, Any]:
        """Return a ranked map of a repository that fits a number of tokens."""
        return await self._look_up(
            repo, lambda found: lookups.repository_map(found, tokens, focus), listener
        )

    async def history(
        self,
        query: str,
        repo: Path | None,
        since: str | None,
        limit: int,
        path: str | None,
        listener: Listener | None = None,
    ) -> dict[str, Any]:
        """Return the commits that match a query."""

        def work(events: EventLog) -> dict[str, Any]:
            def tell(done: int, total: int) -> None:
                events.emit("progress", stage="history", done=done, total=total)

            repository = self._host(repo).repository
            return lookups.history(repository, query, since, limit, path, tell)

        return await told(listener, work)

    async def status(self, repo: Path | None) -> dict[str, Any]:
        return await asyncio.to_thread(lambda: self._host(repo).repository.status().as_json())

    async def index(self, repo: Path | None, listener: Listener) -> dict[str, Any]:
        """Index a repository whole: words, symbols, vectors."""
        return await told(listener, lambda events: self._index(repo, events))

    def keeper(
        self,
        repo: Path,
        on_caught_up: Callable[[CaughtUp], None],
        on_problem: Callable[[str], None],
        poll_seconds: float,
    ) -> Keeper:
        """Return what keeps a repository's index fresh in the thread that runs it."""
        repository = self._host(repo).repository
        return Keeper(repository, on_caught_up, on_problem, poll_seconds=poll_seconds)

    async def embed(self, texts: Sequence[str]) -> tuple[str, list[list[float]]]:
        """Return the default embedder's id and one vector a text."""
        embedder = self._embedder()
        if embedder is None:
            raise EmbeddingError(f"no vectors: {self._problem()}")
        vectors = await asyncio.to_thread(embedder.embed, list(texts))
        return self.config.index.embedder, [[float(x) for x in row] for row in vectors]

    def model_version(self) -> str | None:
        """Return the embedded weights' hash; an endpoint does not say which weights it serves."""
        if self.config.model.endpoint:
            return None
        try:
            return self.weights.find(self.config.model.name).sha256[:12]
        except (WeightsError, UnknownModelError):
            return None

    def start_keeping(self) -> None:
        """Keep every open repository fresh, and models measured, until `aclose`."""
        self._freshness.start()
        if self.config.model.probe:
            self._measuring = asyncio.create_task(self._measure())

    async def _measure(self) -> None:
        """Measure models once the first who came have been answered."""
        await asyncio.sleep(MEASURE_SECONDS)
        from server.services.background_profiling import BackgroundProfiling

        await BackgroundProfiling(self.models, self.profiler(), self._is_busy).run()

    async def aclose(self) -> None:
        self._freshness.close()
        # Before anybody is waited for: a call to a slow endpoint would keep us.
        await asyncio.to_thread(self._embedders.close)
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        # Before what goes on behind the scenes has ended: their seals take a moment.
        await asyncio.gather(asyncio.to_thread(self.workplace.let_go), self._freshness.closed())
        if "models" in vars(self):
            await self.models.aclose()
        await asyncio.to_thread(self.workplace.close)

    def _is_busy(self) -> bool:
        """Say whether somebody asks, or an index is behind: both come before measuring a model."""
        return self._answering > 0 or self._freshness.is_behind() or not self.models.pool.is_idle

    def place(self, repo: Path | None) -> Path:
        """Return which repository is meant; UsageError where it is none at all."""
        path = repo or self._default
        if path is None:
            raise UsageError("name a repository; this server was started without a default one")
        return path

    def _host(self, repo: Path | None) -> Hosted:
        return self.workplace.open(self.place(repo))

    def _embedder(self) -> Embedder | None:
        """Return the embedder, or None where it is switched off or cannot be had now."""
        return self._embedders.get()

    def _problem(self) -> str:
        return self._embedders.problem

    def _notice(self) -> str:
        """Say why there are no vectors, where some are wanted."""
        problem = self._problem()
        if self._embedder() is not None or problem in ("", OFF):
            return ""
        return f"searching by words alone: {problem}"

    async def _look_up(
        self,
        repo: Path | None,
        look: Callable[[Repository], dict[str, Any]],
        listener: Listener | None,
    ) -> dict[str, Any]:
        """Look something up in a repository; an unindexed one is indexed first."""

        def work(events: EventLog) -> dict[str, Any]:
            repository = self._host(repo).repository
            index_first(repository, events)
            return look(repository)

        return await told(listener, work)

    def _index(self, repo: Path | None, events: EventLog) -> dict[str, Any]:
        repository = self._host(repo).repository
        started = time.monotonic()
        if notice := self._notice():
            events.emit("error", message=notice)
        done = index_whole(repository, events)
        return repository.status(look=False).as_json() | {
            "parsed": done.parsed,
            "embedded": done.embedded,
            "lexical_seconds": round(done.lexical_seconds, 3),
            "seconds": round(time.monotonic() - started, 3),
        }


def _ignore_happening(_: "Happening") -> None:
    """Take what nobody counts."""
