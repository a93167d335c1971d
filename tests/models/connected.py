"""How these tests ask a scripted server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

from models.chat.abilities import UNMEASURED, Abilities
from models.client.client import ChatRequest, Completion, ModelClient
from models.wire.endpoint import Deadlines
from tests.support.scripted_model import ScriptedServer

QUESTION: tuple[Mapping[str, Any], ...] = ({"role": "user", "content": "What is a queue?"},)
TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}


def request(**options: Any) -> ChatRequest:
    return replace(ChatRequest("scripted", QUESTION, 64), **options)


@asynccontextmanager
async def connected(
    server: ScriptedServer,
    idle_seconds: float = 20.0,
    total_seconds: float = 20.0,
    abilities: Abilities = UNMEASURED,
    **endpoint: Any,
) -> AsyncIterator[ModelClient]:
    deadlines = Deadlines(5.0, total_seconds, idle_seconds, total_seconds)
    client = ModelClient(replace(server.endpoint(), **endpoint), deadlines, lambda _: abilities)
    try:
        yield client
    finally:
        await client.aclose()


async def streamed(
    client: ModelClient, asked: ChatRequest, texts: list[str] | None = None
) -> tuple[list[str], Completion]:
    """Return the texts and the answer of a stream, also putting the texts into `texts`."""
    texts = [] if texts is None else texts
    async with aclosing(client.stream(asked)) as parts:
        async for part in parts:
            if isinstance(part, Completion):
                answer = part
            else:
                texts.append(part)
    return texts, answer
