"""What a client owes has a deadline, and what we owe has none; with real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.access.throttle import BURST
from server.http.connections import ConnectionLimits
from tests.server.stand import Running, serving
from tests.support import until
from tests.support.scripted_model import ScriptedServer

HEAD = 0.5
BODY = 1.0
GUESS = "rt_0123456789ab_" + "A" * 43
PROXY = "127.0.0.9"
Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def hasty(tmp_path: Path, scripted: ScriptedServer) -> AsyncIterator[Running]:
    """A server whose patience is short, and that believes one proxy."""
    settings = {"head_seconds": HEAD, "body_seconds": BODY, "trusted_proxies": [PROXY]}
    async with serving(tmp_path / "s", scripted, **settings) as running:
        yield running


@asynccontextmanager
async def connected(running: Running, source: str = "127.0.0.1") -> AsyncIterator[Pipe]:
    port = int(running.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def request(running: Running | None, path: str = "/api/search", *more: str) -> bytes:
    """Return the head of a request that announces a body of 100,000 bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Content-Length: 100000",
        *([f"Authorization: Bearer {running.key}"] if running else []),
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one answer."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    return int(head.split()[1]), await reader.readexactly(length)


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send a little again and again, until the other side has closed."""
    try:
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
    except OSError:
        pass


async def end_of(reader: asyncio.StreamReader) -> bytes:
    """Wait until the other side closes, and return what it said last."""
    said = b""
    try:
        while data := await asyncio.wait_for(reader.read(65536), 30):
            said += data
    except ConnectionError:
        pass
    return said


async def test_a_connection_that_says_nothing_is_closed(hasty: Running) -> None:
    async with connected(hasty) as (reader, _):
        assert await end_of(reader) == b""


async def test_a_head_that_drips_is_closed_and_told_why(hasty: Running) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        dripping = asyncio.create_task(drip(writer, b"a"))
        status, _, body = (await end_of(reader)).partition(b"\r\n\r\n")
        assert status.startswith(b"HTTP/1.1 408 ")
        assert json.loads(body)["error"]["code"] == "too_late"
        await dripping


async def test_the_next_head_has_a_deadline_too(hasty: Running) -> None:
    async with connected(hasty) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert (await answer(reader))[0] == 200
        dripping = asyncio.create_task(drip(writer, b"G"))
        assert (await end_of(reader)).startswith(b"HTTP/1.1 4")
        await dripping


async def test_a_refused_request_cannot_hold_on_by_its_body(hasty: Running) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(request(None))
        assert (await answer(reader))[0] == 401
        dripping = asyncio.create_task(drip(writer, b"x"))
        assert await end_of(reader) == b""
        await dripping


async def test_a_body_that_stalls_is_closed_and_told_why(hasty: Running) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(request(hasty) + b"{")
        assert (await end_of(reader)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_drips_is_closed(hasty: Running) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(request(hasty) + b"{")
        dripping = asyncio.create_task(drip(writer, b" "))
        assert (await end_of(reader)).startswith(b"HTTP/1.1 408 ")
        await dripping


async def test_a_large_body_may_take_longer_than_all_deadlines(hasty: Running) -> None:
    body = json.dumps({"query": "queue"}).encode().rjust(100_000)
    async with connected(hasty) as (reader, writer):
        writer.write(request(hasty))
        for start in range(0, len(body), 10_000):
            writer.write(body[start : start + 10_000])
            await writer.drain()
            await asyncio.sleep((HEAD + 2 * BODY) / 10)
        status, said = await answer(reader)
    assert (status, json.loads(said)["hits"]) == (200, [])
    assert hasty.services.asked == [("search", {"query": "queue"})]


async def test_a_stream_outlives_all_deadlines(hasty: Running) -> None:
    hasty.services.hold = asyncio.Event()
    body = json.dumps({"question": "where?", "stream": True})
    head = request(hasty, "/api/ask").replace(b"100000", str(len(body)).encode())
    async with connected(hasty) as (reader, writer):
        writer.write(head + body.encode())
        await asyncio.wait_for(reader.readuntil(b"message.delta"), 30)
        await asyncio.sleep(2 * (HEAD + BODY))
        hasty.services.hold.set()
        await asyncio.wait_for(reader.readuntil(b"event: result"), 30)


async def test_answers_that_nobody_reads_end_a_strangers_connection(hasty: Running) -> None:
    """They fill the buffers of both sides, until nothing more can be written."""
    async with connected(hasty) as (reader, writer):
        refused = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1000
        reader.set_exception(OSError("nobody reads"))
        writer.transport.pause_reading()  # type: ignore[attr-defined]

        async def ask_on() -> None:
            try:
                while not writer.is_closing():
                    writer.write(refused)
                    await writer.drain()
            except OSError:
                pass

        await asyncio.wait_for(ask_on(), 60)


async def still_open(pipes: list[Pipe]) -> list[bool]:
    await asyncio.sleep(0.1)
    return [not reader.at_eof() and reader.exception() is None for reader, _ in pipes]


async def test_a_client_behind_a_proxy_has_its_own_share(
    tmp_path: Path, scripted: ScriptedServer
) -> None:
    """The proxy itself has none: what it has not said whose it is, is nobody's."""
    share = ConnectionLimits().share
    async with serving(tmp_path / "s", scripted, trusted_proxies=[PROXY]) as running:

        async def through_proxy(client: str) -> Pipe:
            reader, writer = await opened(running, PROXY)
            if client:
                writer.write(request(None, "/api/search", f"X-Forwarded-For: 8.8.8.8, {client}"))
                assert (await answer(reader))[0] == 401
            return reader, writer

        pipes = [await through_proxy("") for _ in range(share + 5)]
        lone = [await through_proxy("203.0.113.1")]
        many = [await through_proxy("203.0.113.2") for _ in range(share + 5)]
        await until(lambda: sum(reader.at_eof() or bool(reader.exception()) for reader, _ in many))
        assert await still_open(many) == [False] * 5 + [True] * share
        assert await still_open(lone) == [True]
        assert await still_open(pipes) == [True] * (share + 5)
        for _, writer in (*pipes, *lone, *many):
            writer.transport.abort()


async def opened(running: Running, source: str) -> Pipe:
    port = int(running.url.rpartition(":")[2])
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


@pytest.mark.parametrize(("source", "believed"), [(PROXY, True), ("127.0.0.1", False)])
async def test_wrong_keys_count_for_the_client_whom_a_proxy_names(
    hasty: Running, source: str, believed: bool
) -> None:
    """Whoever is no proxy of ours may say what it likes, and is counted as itself."""
    statuses = []
    for number in range(BURST + 1):
        async with connected(hasty, source) as (reader, writer):
            forged = f"X-Forwarded-For: 203.0.113.{number}"
            head = f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: {GUESS}\r\n{forged}"
            writer.write(f"{head}\r\n\r\n".encode())
            statuses.append((await answer(reader))[0])
    assert statuses == [401] * BURST + [401 if believed else 429]
