"""Transport to one endpoint: the openai client, its timeouts, and its errors as messages.

It sends JSON and returns JSON or server-sent events; what they mean is the client's business. What
the environment says about OpenAI, proxies or headers has no influence on what is sent.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import httpx2
import openai

from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url, stream_error, timeout_error, to_model_error
from models.wire.sse import DONE, SseReader
from rooftree.errors import ModelProtocolError

MAX_ANSWER_BYTES = 32 * 1024 * 1024
# llama.cpp closes an idle connection after 5 s; reusing one at that moment would fail.
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=2.0)
KEPT_HEADERS = frozenset({"host", "content-type", "content-length", "connection"})


class _Client(openai.AsyncOpenAI):
    """The package's client, which asks this machine nothing about itself.

    To name the system in headers that we take off again it runs `uname`, and where there is no
    /etc/os-release `lsb_release` too, by a PATH that may name folders of the repository.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._platform = "Unknown"

    def platform_headers(self) -> dict[str, str]:
        return {}


class Transport:
    """A connection pool to one endpoint."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines) -> None:
        self._base = endpoint.base_url.rstrip("/")
        self._key = endpoint.api_key
        self.endpoint = endpoint
        self._deadlines = deadlines
        timeout = httpx2.Timeout(deadlines.idle, connect=deadlines.connect)
        # OPENAI_LOG=debug would write prompts into a log.
        for name in ("openai", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        http = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(
                # Certificates take 20 ms to load, and without TLS there are none to check.
                verify=endpoint.network.context() if self._base.startswith("https:") else False,
                proxy=endpoint.network.proxy_for(self._base),
                trust_env=False,
                limits=LIMITS,
            ),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._tidy]},
        )
        # An empty text keeps the package from reading the variable of the same name.
        self._client = _Client(
            api_key=self._key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            base_url=self._base,
            timeout=timeout,
            max_retries=0,
            http_client=http,
        )

    def address(self, path: str, outside: bool = False) -> str:
        """Return the URL of a path below /v1, or `outside` of it."""
        return (self._base.removesuffix("/v1") if outside else self._base) + path

    async def get(self, url: str) -> Any:
        """Return the JSON that a GET answers."""
        async with self._in_time(url), self._open(url, None) as response:
            return await self._json(response, url)

    async def text(self, url: str) -> str:
        """Return what a GET answers as text, whatever it is; `/metrics` is no JSON."""
        async with self._in_time(url), self._open(url, None) as response:
            return (await self._body(response, url)).decode("utf-8", "replace")

    async def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON that a POST answers; silence is no sign while it makes a whole answer."""
        async with self._in_time(url), self._open(url, body, patient=True) as response:
            return await self._json(response, url)

    async def events(self, url: str, body: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Yield the JSON of each event, then DONE if the server said so.

        Leaving the generator closes the connection, which is how a server learns to stop. A server
        that cannot stream answers in one piece; that piece is the only event.
        """
        clock = CallDeadlines(self._deadlines, url, self.endpoint)
        async with AsyncExitStack() as stack:
            async with clock.running():
                response = await stack.enter_async_context(self._open(url, body))
            if response.headers.get("content-type", "").startswith("application/json"):
                async with clock.running():
                    answer = await self._json(response, url)
                yield answer
                yield DONE
                return
            reader = SseReader(redacted_url(url))
            blocks = await stack.enter_async_context(aclosing(response.aiter_bytes()))
            while True:
                async with clock.running():
                    block = await anext(blocks, None)
                if block is None:
                    break
                for event in reader.feed(block):
                    refuse_error(event, url)
                    clock.answers = True
                    yield event
                    if event is DONE:
                        return
            for event in reader.finish():
                yield event

    async def aclose(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _in_time(self, url: str) -> AsyncIterator[None]:
        """Let a whole call take no longer than the total deadline."""
        clock = CallDeadlines(self._deadlines, url, self.endpoint)
        clock.answers = True
        async with clock.running():
            yield

    @asynccontextmanager
    async def _open(
        self, url: str, body: Mapping[str, Any] | None, *, patient: bool = False
    ) -> AsyncIterator[httpx2.Response]:
        stream: openai.AsyncStream[object] | None = None
        silence = self._deadlines.total if patient else self._deadlines.idle
        timeout = httpx2.Timeout(silence, connect=self._deadlines.connect)
        try:
            if body is None:
                stream = await self._client.get(
                    url, cast_to=object, stream=True, stream_cls=openai.AsyncStream[object]
                )
            else:
                stream = await self._client.post(
                    url,
                    cast_to=object,
                    body=body,
                    options={"timeout": timeout},
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
            yield stream.response
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise to_model_error(error, url, silence, self.endpoint) from error
        finally:
            if stream is not None:
                await stream.close()

    async def _json(self, response: httpx2.Response, url: str) -> Any:
        return parse_json_body(await self._body(response, url), url, self.endpoint.settings.url)

    async def _body(self, response: httpx2.Response, url: str) -> bytes:
        body = bytearray()
        async with aclosing(response.aiter_bytes()) as blocks:
            async for block in blocks:
                body += block
                if len(body) > MAX_ANSWER_BYTES:
                    raise ModelProtocolError(
                        f"{redacted_url(url)} answered more than {MAX_ANSWER_BYTES} bytes; "
                        "check that it is an OpenAI-compatible server"
                    )
        return bytes(body)

    async def _tidy(self, request: httpx2.Request) -> None:
        """Send only what the API needs: no platform details and nothing from the environment."""
        for name in set(request.headers) - KEPT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "rooftree"
        request.headers["accept"] = "application/json"
        request.headers["accept-encoding"] = "identity"
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"


class CallDeadlines:
    """The deadlines of one call; they apply only while we wait for the server."""

    def __init__(self, deadlines: Deadlines, url: str, endpoint: Endpoint) -> None:
        self._started = asyncio.get_running_loop().time()
        self._deadlines = deadlines
        self._url = url
        self._endpoint = endpoint
        self.answers = False
        """Whether the first event has come."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Give up, in words, when the deadline passes inside the block."""
        seconds = self._deadlines.total
        if not self.answers:
            seconds = min(seconds, self._deadlines.first_token)
        try:
            async with asyncio.timeout_at(self._started + seconds) as limit:
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise timeout_error(self._url, seconds, self._endpoint, begun=self.answers) from error


def parse_json_body(body: bytes, url: str, setting: str) -> Any:
    """Return the JSON of a body, or say that it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelProtocolError(
            f"{redacted_url(url)} answered something that is not JSON ({len(body)} bytes); "
            f"check that {setting} is an OpenAI-compatible server and ends in /v1"
        ) from error


def refuse_error(event: Any, url: str) -> None:
    """Raise what a server reports in the middle of a stream."""
    error = event.get("error") if isinstance(event, dict) else None
    if error:
        raise stream_error(error, url)
