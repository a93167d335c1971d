"""What every face offers: ask, search, status, index and embed, over one configuration.

A command makes short-lived services; `rooftree serve` makes one that owns its repositories and
keeps them fresh behind the scenes. Faces translate to and from these calls and do nothing else.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexing.coverage_notes import OFF
from indexing.embed import Embedder
from indexing.embedders import EmbedderSource
from indexing.merge import merged
from indexing.repository import Repository
from indexing.search import SearchResult
from rooftree.config import Config
from rooftree.errors import (
    EmbeddingError,
    IndexingError,
    RepositoryError,
    UsageError,
    WeightsError,
)
from rooftree.events import Event, EventLog
from rooftree.logs import logger
from server import lookups
from server.workplace import Hosted, Workplace, catch_up
from tools.index_run import index_first, index_whole
from tools.keep import CaughtUp, Keeper

if TYPE_CHECKING:
    from agents.answer import Answer
    from models.access import ModelAccess
    from models.pool.happenings import Happening
    from models.probing.store import ProfileStore
    from models.profiler import Profiler
    from models.weights import WeightsStore
    from server.changes import Changes
    from server.reviews import Reviews
    from server.work import ServedWork

MOST_HITS = 100
LONGEST_QUERY = 20_000
"""Characters; room for a long traceback."""
LOOK_SECONDS = 5.0
"""How often a server looks whether its repositories have changed where no event told it so."""
COULD_NOT_LOOK = "could_not_look"
LOCK_SECONDS = 600.0
"""How long `index` waits for another writer."""

Listener = Callable[[Event], None]


class Services:
    """The services of one process."""

    def __init__(self, config: Config, *, default: Path | None = None, owner: bool = False) -> None:
        self.config = config
        if config.traces.file is not None or config.traces.endpoint:
            from server.tracing import start_tracing

            start_tracing(config.traces)
        self._embedders = EmbedderSource(config, lambda: self.weights)
        self.workplace = Workplace(config, self._embedder, owner=owner, problem=self._problem)
        self._default = default
        self._answering = 0
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self.model_listener: Callable[[Happening], None] = _ignore_happening
        """Hears what happens in the pool of models; set it before models are asked."""

    @cached_property
    def weights(self) -> "WeightsStore":
        """The store of weights; made when it is first needed, because a search rarely needs it."""
        from models.weights import WeightsStore

        return WeightsStore(self.config.paths.models())

    @cached_property
    def models(self) -> "ModelAccess":
        """Who answers; made when it is first needed, because a search must not wait for openai."""
        from models.access import ModelAccess

        weights = self.weights
        access = ModelAccess(
            self.config, lambda name: weights.find(name).path, abilities=self.profiles.abilities
        )
        access.listener = self.model_listener
        return access

    @cached_property
    def profiles(self) -> "ProfileStore":
        """What was measured of models."""
        from models.probing.store import ProfileStore

        return ProfileStore(self.config.paths.profiles())

    @cached_property
    def changes(self) -> "Changes":
        """Changes of repositories and their runs."""
        from server.changes import Changes

        return Changes(self)

    @cached_property
    def work(self) -> "ServedWork":
        """Changes and reviews for callers who are not at this terminal."""
        from server.work import ServedWork

        return ServedWork(self)

    @cached_property
    def reviews(self) -> "Reviews":
        """Reviews of changes."""
        from server.reviews import Reviews

        return Reviews(self)

    def relayed(self, listener: Listener) -> Listener:
        """Return a listener that may be told from any thread."""
        return _Relay(listener)

    def profiler(self) -> "Profiler":
        """Return what measures models."""
        from models.profiler import Profiler

        weights = self.weights
        return Profiler(
            self.models, self.profiles, self.config, lambda name: weights.find(name).sha256
        )

    async def ask(self, question: str, repo: Path | None, listener: Listener) -> "Answer":
        """Answer a question about a repository, telling the listener what happens."""
        from agents.ask import Asker

        hosted = await asyncio.to_thread(self._host, repo)
        asker = Asker(
            hosted.repository,
            self.models,
            self.config.ask,
            nearest=await asyncio.to_thread(hosted.nearest),
            model_version=self.model_version(),
        )
        relay = _Relay(listener)
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
        _check_search(query, limit)
        return await self._told(listener, lambda events: self._search(query, repo, limit, events))

    async def search_several(
        self, query: str, repos: Sequence[Path], limit: int, listener: Listener | None = None
    ) -> dict[str, Any]:
        """Search several repositories; each is told of, those too that could not be looked at."""
        _check_search(query, limit)
        return await self._told(
            listener, lambda events: self._search_several(query, repos, limit, events)
        )

    async def _told(
        self, listener: Listener | None, work: Callable[[EventLog], dict[str, Any]]
    ) -> dict[str, Any]:
        """Do work in a thread, telling the listener of it."""
        relay = _Relay(listener or _ignore_event)
        try:
            return await asyncio.to_thread(work, EventLog(relay))
        finally:
            relay.close()

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

        return await self._told(listener, work)

    async def status(self, repo: Path | None) -> dict[str, Any]:
        return await asyncio.to_thread(lambda: self._host(repo).repository.status().as_json())

    async def index(self, repo: Path | None, listener: Listener) -> dict[str, Any]:
        """Index a repository whole: words, symbols, vectors."""
        relay = _Relay(listener)
        try:
            return await asyncio.to_thread(self._index, repo, EventLog(relay))
        finally:
            relay.close()

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
        except WeightsError:
            return None

    def start_keeping(self) -> None:
        """Keep every open repository fresh, and models measured, until `aclose`."""
        self._keeper = asyncio.create_task(self._keep())
        if self.config.model.probe:
            from server.profiling import BackgroundProfiling

            measuring = BackgroundProfiling(self.models, self.profiler(), self._is_busy)
            self._measuring = asyncio.create_task(measuring.run())

    async def aclose(self) -> None:
        self._closing.set()
        self._wake.set()
        # Before anybody is waited for: a call to a slow endpoint would keep us.
        await asyncio.to_thread(self._embedders.close)
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        if self._keeper is not None:
            await self._keeper
        if "models" in vars(self):
            await self.models.aclose()
        await asyncio.to_thread(self.workplace.close)

    async def _keep(self) -> None:
        closing = self._closing.is_set
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody is kept fresh any more
                loop.call_soon_threadsafe(self._wake.set)

        while not closing():
            self._wake.clear()
            await asyncio.to_thread(self.workplace.equip)
            for hosted in self.workplace.hosted():
                hosted.keep_watch(wake)
                try:
                    await asyncio.to_thread(catch_up, hosted, self._may_fill, closing)
                except Exception as error:  # noqa: BLE001 - one repository must not stop the others
                    logger("services").warning("cannot catch up: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    def _is_busy(self) -> bool:
        """Say whether somebody asks, or an index is behind: both come before measuring a model."""
        changed = any(hosted.changed.is_set() for hosted in self.workplace.hosted())
        return self._answering > 0 or changed or not self.models.pool.is_idle

    def _may_fill(self) -> bool:
        """Say whether vectors may be filled: an answer and a changed file come first."""
        changed = any(hosted.changed.is_set() for hosted in self.workplace.hosted())
        return self._answering == 0 and not changed

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

    def _search(
        self, query: str, repo: Path | None, limit: int, events: EventLog
    ) -> dict[str, Any]:
        repository, result = self._find(query, repo, limit, events)
        root = str(repository.worktree.root)
        return {
            "query": query,
            "repo": root,
            "coverage": result.coverage.as_json(),
            "hits": [{"repo": root} | hit.as_json() for hit in result.hits],
        }

    def _search_several(
        self, query: str, repos: Sequence[Path], limit: int, events: EventLog
    ) -> dict[str, Any]:
        found: dict[str, SearchResult] = {}
        looked: list[dict[str, Any]] = []
        for repo in dict.fromkeys(repos):
            try:
                repository, result = self._find(query, repo, limit, events)
            except (RepositoryError, IndexingError) as error:
                told = {"repo": str(repo), "status": COULD_NOT_LOOK, "reason": str(error)}
                looked.append(told)
                continue
            root = str(repository.worktree.root)
            if root not in found:
                found[root] = result
                coverage = result.coverage.as_json()
                looked.append({"repo": root, "status": "looked", "coverage": coverage})
        hits = [
            {"repo": root} | hit.as_json() | {"score": round(score, 4)}
            for root, hit, score in merged(found, limit)
        ]
        return {"query": query, "repos": looked, "hits": hits}

    def _find(
        self, query: str, repo: Path | None, limit: int, events: EventLog
    ) -> tuple[Repository, SearchResult]:
        hosted = self._host(repo)
        repository = hosted.repository
        index_first(repository, events)
        with repository.searcher(nearest=hosted.nearest()) as searcher:
            return repository, searcher.search(query, limit)

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

        return await self._told(listener, work)

    def _index(self, repo: Path | None, events: EventLog) -> dict[str, Any]:
        repository = self._host(repo).repository
        started = time.monotonic()
        if notice := self._notice():
            events.emit("error", message=notice)
        done = index_whole(repository, events)
        return repository.status().as_json() | {
            "parsed": done.parsed,
            "embedded": done.embedded,
            "lexical_seconds": round(done.lexical_seconds, 3),
            "seconds": round(time.monotonic() - started, 3),
        }


def _check_search(query: str, limit: int) -> None:
    if not query.strip():
        raise UsageError("the query is empty; give words or names to look for")
    if len(query) > LONGEST_QUERY:
        raise UsageError(f"the query has {len(query)} characters; at most {LONGEST_QUERY}")
    if not 1 <= limit <= MOST_HITS:
        raise UsageError(f"the number of hits must be 1 to {MOST_HITS}, not {limit}")


def _ignore_happening(_: "Happening") -> None:
    """Take what nobody counts."""


def _ignore_event(event: Event) -> None:
    """Take events that nobody watches."""


class _Relay:
    """Delivers events in the caller's event loop, in order, whatever thread they come from.

    Once it is closed nobody waits for the run any more: a thread that still works for it ends at
    the next thing that it tells, and what it has committed by then is kept.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._closed = False

    def __call__(self, event: Event) -> None:
        if self._closed:
            raise asyncio.CancelledError
        if threading.get_ident() == self._home:
            self._listener(event)
        else:
            self._loop.call_soon_threadsafe(self._listener, event)

    def close(self) -> None:
        self._closed = True
