"""What the tests of the HTTP face stand on: small services, an application, a running server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from server.services.backend import ChangeOptions, ReviewOptions, Sees

from agents.ask.answer import Answer
from models.client.client import ModelClient
from models.pool.events import ignore
from models.wire.endpoint import Deadlines
from rooftree.config import Config, IndexSection, ModelSection, ServeSection, StateSection
from rooftree.errors import RooftreeError
from rooftree.telemetry.events import Event, EventLog
from server.access.api_keys import SCOPES, KeyStore
from server.access.request_guards import policy_for
from server.http.app import Application, build_app
from server.http.serve import serve
from tests.support.scripted_model import ScriptedServer, vector_of

Listener = Callable[[Event], None]
BASE = "http://127.0.0.1:8311"
SERVED = Path("/srv/code/served")
BODY = "Where to look:\n\n[1] queue.py:1-9 `Queue.push`\n\n"
SUMMARY = "Summary: items are pushed to the end."
CONTEXT_TOKENS = 512
EMBEDDER = "toy-embedder"


class OneModel:
    """A model server that is already there."""

    def __init__(self, client: ModelClient, model: str = "scripted") -> None:
        self.model = model
        self._client = client

    async def client(self) -> ModelClient:
        return self._client

    def context_tokens(self, _: str) -> int | None:
        return CONTEXT_TOKENS if self._client.endpoint.embedded else None


class NoModel:
    """No model server, for the reason given."""

    model = "default"

    def __init__(self, error: RooftreeError) -> None:
        self._error = error

    async def client(self) -> ModelClient:
        raise self._error

    def context_tokens(self, _: str) -> int | None:
        return None


class ToyWork:
    """Work that is done at once, and remembered."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def change(
        self, task: str, repo: Path | None, owner: str, options: ChangeOptions, listener: Listener
    ) -> dict[str, Any]:
        return self._done("change", owner)

    async def review(
        self, repo: Path | None, owner: str, options: ReviewOptions, listener: Listener
    ) -> dict[str, Any]:
        return self._done("review", owner, options.tests, options.untested)

    async def runs(self, sees: Sees, limit: int, repo: Path | None) -> dict[str, Any]:
        return self._done("runs", limit)

    async def run(self, run: str, sees: Sees) -> dict[str, Any]:
        return self._done("run", run)

    async def apply(self, run: str, sees: Sees, digest: str, repo: Path | None) -> dict[str, Any]:
        return self._done("apply", run)

    async def undo(self, run: str, sees: Sees, repo: Path | None) -> dict[str, Any]:
        return self._done("undo", run)

    def _done(self, *what: Any) -> dict[str, Any]:
        self.asked.append(what)
        return {"done": what[0]}


@dataclass
class ToyServices:
    """Services that answer at once, and remember what they were asked."""

    config: Config
    models: OneModel | NoModel
    error: Exception | None = None
    work: Any = field(default_factory=ToyWork)
    model_listener: Any = ignore
    hold: asyncio.Event | None = None
    """When set, an ask waits for it after its first checked words."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, question: str, repo: Path | None, listener: Listener) -> Answer:
        self.asked.append(("ask", question, repo))
        self._fail()
        events = EventLog(listener)
        events.emit("run.started", flow="ask", question=question)
        events.emit("message.delta", text="words nobody has checked")
        events.emit("message.delta", text=BODY, checked=True)
        try:
            if self.hold is not None:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        events.emit("usage", prompt_tokens=7, completion_tokens=5)
        answer = Answer(question, "answered", BODY + SUMMARY)
        events.emit("run.finished", answer=answer.as_json())
        return answer

    async def search(self, query: str, repo: Path | None, limit: int) -> dict[str, Any]:
        self.asked.append(("search", query, repo, limit))
        self._fail()
        return {"query": query, "hits": []}

    async def search_several(self, query: str, repos: Sequence[Path], limit: int) -> dict[str, Any]:
        self.asked.append(("search_several", query, tuple(repos), limit))
        self._fail()
        return {"query": query, "repos": [], "hits": []}

    async def symbols(
        self, name: str, repo: Path | None, kind: str | None, limit: int
    ) -> dict[str, Any]:
        self.asked.append(("symbols", name, repo, kind, limit))
        self._fail()
        return {"name": name, "symbols": []}

    async def references(self, name: str, repo: Path | None) -> dict[str, Any]:
        self.asked.append(("references", name, repo))
        self._fail()
        return {"name": name, "definitions": []}

    async def map(self, repo: Path | None, tokens: int, focus: Sequence[str]) -> dict[str, Any]:
        self.asked.append(("map", repo, tokens, tuple(focus)))
        self._fail()
        return {"text": "", "files": []}

    async def history(
        self, query: str, repo: Path | None, since: str | None, limit: int, path: str | None
    ) -> dict[str, Any]:
        self.asked.append(("history", query, repo, since, limit, path))
        self._fail()
        return {"query": query, "hits": []}

    async def status(self, repo: Path | None) -> dict[str, Any]:
        self.asked.append(("status", repo))
        self._fail()
        return {"repo": str(repo), "indexed": True}

    async def index(self, repo: Path | None, listener: Listener) -> dict[str, Any]:
        self.asked.append(("index", repo))
        self._fail()
        # From another thread, as the real services tell it.
        await asyncio.to_thread(EventLog(listener).emit, "progress", stage="index", done=1, total=1)
        return {"indexed": True}

    async def embed(self, texts: Sequence[str]) -> tuple[str, list[list[float]]]:
        self.asked.append(("embed", tuple(texts)))
        self._fail()
        return EMBEDDER, [vector_of(text) for text in texts]

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class Stand:
    """An application with its services, a key, and clients of both faces."""

    services: ToyServices
    application: Application
    keys: KeyStore
    key: str
    anonymous: httpx.AsyncClient
    client: httpx.AsyncClient
    local: httpx.AsyncClient


TOKEN = "token-" + "of-the-socket"


def config_in(folder: Path, **serving: Any) -> Config:
    return Config(
        state=StateSection(folder=folder),
        model=ModelSection(name="scripted", context_tokens=CONTEXT_TOKENS),
        index=IndexSection(embedder=EMBEDDER),
        serve=ServeSection(port=0, **serving),
    )


@asynccontextmanager
async def services_of(
    folder: Path, server: ScriptedServer, **section: Any
) -> AsyncIterator[ToyServices]:
    client = ModelClient(server.endpoint(), Deadlines(connect=5, idle=20))
    try:
        yield ToyServices(config_in(folder, **section), OneModel(client))
    finally:
        await client.aclose()


def client_of(face: Any, credential: str, base: str = BASE) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    transport = httpx.ASGITransport(face, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)


@asynccontextmanager
async def standing(
    folder: Path, server: ScriptedServer, largest_body_bytes: int = 100_000
) -> AsyncIterator[Stand]:
    """Build the application around a scripted model, without any socket."""
    async with services_of(folder, server) as services:
        application = build_app(services, (SERVED,))
        keys = KeyStore(folder / "keys.sqlite")
        key = keys.create("tester", SCOPES)
        policy = policy_for("127.0.0.1", largest_body_bytes, behind_proxy=False)
        network = application.network_face(policy, keys)
        local = application.socket_face(policy, TOKEN)
        async with (
            client_of(network, "") as anonymous,
            client_of(network, key) as client,
            client_of(local, TOKEN) as local_client,
        ):
            yield Stand(services, application, keys, key, anonymous, client, local_client)
        keys.close()


@dataclass(frozen=True)
class Running:
    """A server with real sockets."""

    url: str
    key: str
    services: ToyServices
    stop: asyncio.Event
    task: asyncio.Task[None]


@asynccontextmanager
async def serving(
    folder: Path,
    server: ScriptedServer,
    **section: Any,
) -> AsyncIterator[Running]:
    """Run the real thing on a free port, with its state in `folder` and settings of `[serve]`."""
    async with services_of(folder, server, **section) as services:
        stop = asyncio.Event()
        announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        keys = KeyStore(services.config.paths.server_database())
        key = keys.create("tester", SCOPES)
        keys.close()
        task = asyncio.create_task(
            serve(
                services,
                services.config,
                announce=announced.set_result,
                roots=(SERVED,),
                stop=stop,
            )
        )
        first: set[asyncio.Future[Any]] = {task, announced}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        try:
            yield Running(announced.result(), key, services, stop, task)
        finally:
            stop.set()
            await task
