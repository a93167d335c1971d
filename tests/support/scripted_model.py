"""A scripted model: a real OpenAI-compatible server on 127.0.0.1 that says what it was told to.

    with ScriptedServer([Text("42"), Failure(503, "busy")]) as server:
        client = ModelClient(server.endpoint(), Deadlines(connect=5, idle=5))

Each request for a completion takes the next reply of the script; every request is kept in
`server.requests`, but for those of the list of models, which `server.listings` counts. It is our
test double for models and knows nothing of rooftree beyond Endpoint.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from models.wire.endpoint import Endpoint
from tests.support.replies import (
    Body,
    Call,
    Calls,
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    Reply,
    Script,
    Text,
    Wire,
    event,
    wire_of,
)
from tests.support.wire_server import Recorded, WireServer

__all__ = [
    "Call",
    "Calls",
    "Cut",
    "Events",
    "Failure",
    "Hang",
    "Json",
    "Pause",
    "Recorded",
    "Reply",
    "Script",
    "ScriptedServer",
    "Text",
    "Wire",
    "event",
    "vector_of",
]

SCRIPTED_PATHS = ("/chat/completions", "/completions", "/infill")
VECTOR_SIZE = 8


class ScriptedServer:
    """Serve a script until the `with` block ends.

    `replies` is a sequence to take one by one, or one callable for every request. `routes` answers
    any other path, or replaces what `/v1/models`, `/v1/embeddings` and `/tokenize` say by default;
    None makes one of them a 404.
    """

    def __init__(
        self,
        replies: Sequence[Script] | Callable[[Body], Reply] = (),
        *,
        models: Sequence[str] = ("scripted",),
        api_key: str = "",
        routes: Mapping[str, Script | None] | None = None,
    ) -> None:
        self.requests: list[Recorded] = []
        self.listings = 0
        self._replies = replies if callable(replies) else list(replies)
        self._models = tuple(models)
        self._api_key = api_key
        self._routes = dict(routes or {})
        self._lock = threading.Condition()
        self._server = WireServer(self._answer)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def endpoint(self) -> Endpoint:
        """Return how to reach this server as an endpoint that an operator configured."""
        return Endpoint(self.base_url, self._api_key, embedded=False)

    def wait_for_requests(self, count: int, seconds: float = 5.0) -> bool:
        """Wait until `count` requests have come; return whether they have."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.requests) >= count, seconds)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _answer(self, request: Recorded) -> Wire:
        with self._lock:
            # Who asks for the list does so once before it asks anything, and now and then.
            if request.path.endswith("/models"):
                self.listings += 1
            else:
                self.requests.append(request)
            self._lock.notify_all()
        body = request.body if isinstance(request.body, Mapping) else {}
        model = str(body.get("model") or self._models[0])
        script = self._script_for(request, body)
        reply = script(body) if callable(script) else script
        return wire_of(reply, request.path, body, model)

    def _script_for(self, request: Recorded, body: Body) -> Script:
        if self._api_key and request.headers.get("authorization") != f"Bearer {self._api_key}":
            return Failure(401, "invalid API key")
        missing = Failure(404, f"no such path: {request.path}")
        path = request.path.removeprefix("/v1")
        for key in (request.path, path):
            if key in self._routes:
                return self._routes[key] or missing
        if path in SCRIPTED_PATHS:
            return self._next()
        builtin = self._builtin(path, body)
        return missing if builtin is None else Json(builtin)

    def _next(self) -> Script:
        with self._lock:
            if callable(self._replies):
                return self._replies
            if not self._replies:
                return Failure(500, "the script has no reply left for this request")
            return self._replies.pop(0)

    def _builtin(self, path: str, body: Body) -> Any:
        if path == "/models":
            data = [{"id": name, "object": "model", "owned_by": "test"} for name in self._models]
            return {"object": "list", "data": data}
        if path == "/embeddings":
            given = body.get("input", [])
            texts = [given] if isinstance(given, str) else given
            vectors = [{"index": i, "embedding": vector_of(text)} for i, text in enumerate(texts)]
            return {"object": "list", "data": vectors}
        if path == "/tokenize":
            words = re.findall(r"\w+|[^\w\s]", str(body.get("content", "")))
            return {"tokens": list(range(len(words)))}
        return None


def vector_of(text: str) -> list[float]:
    """Return the unit vector that the server gives a text; equal texts have equal vectors."""
    numbers = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:VECTOR_SIZE]]
    length = sum(number * number for number in numbers) ** 0.5
    return [number / length for number in numbers]
