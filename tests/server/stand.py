"""What the tests of the HTTP face stand on: small services, an application, a running server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import httpx
from pydantic import BaseModel

from agents.ask.answer import Answer
from models.chat.windows import ASSUMED, ContextWindow, window_of
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
from server.operations.find.ask import AskResponse
from server.operations.operation import Call, Caller, Operation, Request, Response
from server.operations.table import OPERATIONS
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

    async def window(self, _: str) -> ContextWindow:
        embedded = self._client.endpoint.embedded
        return window_of(configured=CONTEXT_TOKENS if embedded else None)


def least(model: type[BaseModel]) -> Any:
    """Return the emptiest value that a response can be."""
    needed = ((name, one) for name, one in model.model_fields.items() if one.is_required())
    return model(**{name: _empty(one.annotation) for name, one in needed})


def _empty(kind: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inner[0]
    if origin is Annotated:
        return _empty(inner[0])
    if origin is UnionType or origin is Union:
        return None if type(None) in inner else _empty(inner[0])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return least(kind)
    return None if kind is Any else (origin or kind)()


class NoModel:
    """No model server, for the reason given."""

    model = "default"

    def __init__(self, error: RooftreeError) -> None:
        self._error = error

    async def client(self) -> ModelClient:
        raise self._error

    async def window(self, _: str) -> ContextWindow:
        return ASSUMED


class ToyEmbedder:
    """Makes a vector of each text's own characters."""

    def __init__(self, services: "ToyServices") -> None:
        self._services = services

    def embed(self, texts: Sequence[str]) -> Any:
        self._services.note("embed", {"texts": list(texts)})
        return [vector_of(text) for text in texts]


@dataclass
class ToyServices:
    """A host whose operations answer at once, and remember what they were asked."""

    config: Config
    models: OneModel | NoModel
    error: Exception | None = None
    model_listener: Any = ignore
    hold: asyncio.Event | None = None
    """When set, an ask waits for it after its first checked words."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def operations(self) -> tuple[Operation[Any, Any], ...]:
        """All operations, with what is done by this."""
        return tuple(replace(one, run=self._run_of(one)) for one in OPERATIONS)

    def embedder(self) -> ToyEmbedder:
        return ToyEmbedder(self)

    def note(self, name: str, fields: dict[str, Any]) -> None:
        """Remember that something was asked for, and fail if it shall."""
        self.asked.append((name, fields))
        if self.error is not None:
            raise self.error

    def _run_of(self, operation: Operation[Any, Any]) -> Any:
        async def run(call: Call, request: Request) -> Response:
            self.callers.append(call.caller)
            self.note(operation.name, request.model_dump(mode="json", exclude_unset=True))
            if operation.name == "ask":
                return await self._ask(request.model_dump()["question"], call.listener)
            if operation.streams:
                # From another thread, as the real ones tell it.
                told = EventLog(call.listener).emit
                await asyncio.to_thread(told, "progress", stage="index", done=1, total=1)
            return cast(Response, least(operation.response))

        return run

    async def _ask(self, question: str, listener: Listener) -> AskResponse:
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
        return AskResponse.model_validate(answer.as_json())


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
        application = build_app(services, (SERVED,), services.operations)  # type: ignore[arg-type]  # a toy
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
                services,  # type: ignore[arg-type]  # a toy
                announce=announced.set_result,
                roots=(SERVED,),
                stop=stop,
                operations=services.operations,
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
