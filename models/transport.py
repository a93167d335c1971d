"""Bytes to and from one endpoint: the openai client, its time limits, and its failures in words.

It sends JSON and returns JSON or server-sent events; what they mean is the client's business. What
the environment says about OpenAI, proxies or headers has no influence on what is sent.
"""

import json
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai

from models.endpoint import Endpoint
from models.events import DONE, EventReader
from models.failures import explained, public, words_of
from rooftree.errors import ModelProtocolError

LARGEST_ANSWER = 32 * 1024 * 1024
# llama.cpp closes an idle connection after 5 s; reusing one at that moment would fail.
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
KEPT_HEADERS = frozenset({"host", "accept", "content-type", "content-length", "connection"})


class Transport:
    """A connection pool to one endpoint."""

    def __init__(self, endpoint: Endpoint, connect_seconds: float, idle_seconds: float) -> None:
        self._base = endpoint.base_url.rstrip("/")
        self._key = endpoint.api_key
        self._endpoint = endpoint
        self._idle_seconds = idle_seconds
        timeout = httpx2.Timeout(idle_seconds, connect=connect_seconds)
        # OPENAI_LOG=debug would write prompts into a log.
        for name in ("openai", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        http = httpx2.AsyncClient(
            # The system's certificates, so that a company's own authority is trusted.
            transport=httpx2.AsyncHTTPTransport(
                verify=ssl.create_default_context(),
                trust_env=False,
                retries=1,
                limits=LIMITS,
            ),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._tidy]},
        )
        # An empty text keeps the package from reading the variable of the same name.
        self._client = openai.AsyncOpenAI(
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
        async with self._open(url, None) as response:
            return await self._json(response, url)

    async def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON that a POST answers."""
        async with self._open(url, body) as response:
            return await self._json(response, url)

    async def events(self, url: str, body: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Yield the JSON of each event, then DONE if the server said so.

        Leaving the generator closes the connection, which is how a server learns to stop. A server
        that cannot stream answers in one piece; that piece is the only event.
        """
        async with self._open(url, body) as response:
            if response.headers.get("content-type", "").startswith("application/json"):
                yield await self._json(response, url)
                yield DONE
                return
            reader = EventReader(public(url))
            async for block in response.aiter_bytes():
                for event in reader.feed(block):
                    refuse_error(event, url)
                    yield event
                    if event is DONE:
                        return
            for event in reader.finish():
                yield event

    async def aclose(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _open(
        self, url: str, body: Mapping[str, Any] | None
    ) -> AsyncIterator[httpx2.Response]:
        stream: openai.AsyncStream[object] | None = None
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
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
            yield stream.response
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise explained(error, url, self._idle_seconds, self._endpoint) from error
        finally:
            if stream is not None:
                await stream.close()

    async def _json(self, response: httpx2.Response, url: str) -> Any:
        body = bytearray()
        async for block in response.aiter_bytes():
            body += block
            if len(body) > LARGEST_ANSWER:
                raise ModelProtocolError(
                    f"{public(url)} answered more than {LARGEST_ANSWER} bytes; "
                    "check that it is an OpenAI-compatible server"
                )
        return parsed(bytes(body), url, self._endpoint.settings.url)

    async def _tidy(self, request: httpx2.Request) -> None:
        """Send only what the API needs: no platform details and nothing from the environment."""
        for name in set(request.headers) - KEPT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "rooftree"
        request.headers["accept-encoding"] = "identity"
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"


def parsed(body: bytes, url: str, setting: str) -> Any:
    """Return the JSON of a body, or say that it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelProtocolError(
            f"{public(url)} answered something that is not JSON ({len(body)} bytes); "
            f"check that {setting} is an OpenAI-compatible server and ends in /v1"
        ) from error


def refuse_error(event: Any, url: str) -> None:
    """Raise what a server reports in the middle of a stream."""
    error = event.get("error") if isinstance(event, dict) else None
    if error:
        raise ModelProtocolError(f"{public(url)} broke off its answer: {words_of(error)}")
