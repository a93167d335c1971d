"""The OpenAI API: models, chat, completions with fill-in-the-middle, embeddings.

`rooftree` is answered by the ask flow. Every other model, and any request that brings tools of its
own, goes to the model server as it is: two agent loops would fight over one conversation. The scope
`chat` opens what passes through; `rooftree` reads code, so under that name nothing is answered, and
nothing listed, for a key that lacks `search`.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from models.chat.tokens import estimate_tokens
from models.chat.types import ModelInfo, Usage
from models.client.client import ChatRequest, Completion, CompletionRequest, FimRequest
from models.client.counting import json_text
from models.client.language_model import LanguageModel
from server.access.authenticate import ScopeRequirement, access_of, require
from server.base.error_bodies import refuse
from server.base.metrics import Metrics
from server.base.sse import DESCRIBED, DONE, EventStream, frame, while_connected
from server.operations.find.ask import AskRequest, AskResponse
from server.operations.operation import Caller, Operation
from server.protocols.openai.ask import AskedChat
from server.protocols.openai.context_check import check_context
from server.protocols.openai.messages import earlier_turns, normalised, question_of
from server.protocols.openai.model_list import OURS, ModelList, unknown_model
from server.protocols.openai.schemas import ChatBody, CompletionBody, EmbeddingBody
from server.protocols.openai.wire import (
    TEXT,
    CompletionEnvelope,
    embedding_json,
    model_json,
    reason_of,
    usage_json,
    usage_of,
)
from server.services.embedding import embedded
from server.services.host import Host

CODE = "search"
"""The scope of what reads code."""


class OpenAIApi:
    """The routes below /v1."""

    def __init__(
        self, host: Host, metrics: Metrics, ask: Operation[AskRequest, AskResponse]
    ) -> None:
        self._host = host
        self._metrics = metrics
        self._ask = ask
        self._catalogue = ModelList(host)

    def add_to(self, router: APIRouter) -> None:
        """Add the routes, each with the scope that it needs."""
        chat = [Depends(ScopeRequirement("chat"))]
        router.add_api_route("/v1/models", self.models, dependencies=chat)
        router.add_api_route("/v1/models/{model:path}", self.model, dependencies=chat)
        post: dict[str, Any] = {"methods": ["POST"], "dependencies": chat}
        streamed: dict[int | str, dict[str, Any]] = {200: DESCRIBED}
        router.add_api_route("/v1/chat/completions", self.chat, responses=streamed, **post)
        router.add_api_route("/v1/completions", self.complete, responses=streamed, **post)
        router.add_api_route("/v1/embeddings", self.embed, **post)

    async def models(self, request: Request) -> Response:
        listed = await self._listed(request)
        return JSONResponse({"object": "list", "data": [model_json(model) for model in listed]})

    async def model(self, model: str, request: Request) -> Response:
        listed = await self._listed(request)
        for known in listed:
            if known.id == model:
                return JSONResponse(model_json(known))
        raise unknown_model(model, [known.id for known in listed])

    async def chat(self, body: ChatBody, request: Request) -> Response:
        _check_may_read(body.model, request)
        if body.model == OURS and not body.tools:
            envelope, question = CompletionEnvelope(OURS), question_of(body.messages)
            earlier = earlier_turns(body.messages)
            caller = Caller(access_of(request), over_http=True)
            asked = AskedChat(
                self._host, self._metrics, self._ask, question, envelope, caller, earlier
            )
            if body.stream:
                return EventStream(asked.stream(body.wants_usage))
            return await while_connected(request, asked.whole())
        if body.stream:
            return EventStream(self._chat_stream(body))
        return await while_connected(request, self._chat_whole(body))

    async def complete(self, body: CompletionBody, request: Request) -> Response:
        _check_may_read(body.model, request)
        if body.stream:
            return EventStream(self._text_stream(body))
        return await while_connected(request, self._text_whole(body))

    async def embed(self, body: EmbeddingBody, request: Request) -> Response:
        _check_may_read(body.model, request)
        embedders = [name for name in (OURS, self._catalogue.embedder) if name]
        if body.model not in embedders:
            raise unknown_model(body.model, embedders)
        return await while_connected(request, self._embedded(body))

    async def _listed(self, request: Request) -> list[ModelInfo]:
        """Return the models that the caller may use."""
        may_read = CODE in access_of(request).scopes
        return [one for one in await self._catalogue.listed() if may_read or one.id != OURS]

    async def _chat_whole(self, body: ChatBody) -> dict[str, Any]:
        client, asked = await self._admitted(body)
        completion = await client.chat(asked)
        usage = self._spent(asked.model, completion, json_text(asked.messages))
        return CompletionEnvelope(completion.model).chat(completion, usage)

    async def _chat_stream(self, body: ChatBody) -> AsyncGenerator[bytes, None]:
        client, asked = await self._admitted(body)
        envelope = CompletionEnvelope(asked.model)
        head = [frame(envelope.delta({"role": "assistant", "content": ""}))]
        async with aclosing(client.stream(asked)) as parts:
            async for part in parts:
                # The head waits for the first part: until then a failure has a status of its own.
                while head:
                    yield head.pop()
                if isinstance(part, str):
                    yield frame(envelope.delta({"content": part}))
                    continue
                if part.tool_calls:
                    yield frame(envelope.calls(part.tool_calls))
                yield frame(envelope.delta({}, reason_of(part)))
                usage = self._spent(asked.model, part, json_text(asked.messages))
                if body.wants_usage:
                    yield frame(envelope.usage(usage))
        yield DONE

    async def _admitted(self, body: ChatBody) -> tuple[LanguageModel, ChatRequest]:
        model = await self._catalogue.chat_model(body.model)
        client = await self._host.models.client()
        asked = body.request(model, normalised(body.messages))
        await check_context(client, asked, await self._host.models.window(model))
        return client, asked

    async def _text_whole(self, body: CompletionBody) -> dict[str, Any]:
        completion, usage = await self._continued(body)
        return CompletionEnvelope(completion.model).text(completion, usage)

    async def _text_stream(self, body: CompletionBody) -> AsyncGenerator[bytes, None]:
        completion, usage = await self._continued(body)
        envelope = CompletionEnvelope(completion.model)
        if completion.text:
            yield frame(envelope.text_chunk(completion.text))
        yield frame(envelope.text_chunk("", reason_of(completion)))
        if body.wants_usage:
            yield frame(envelope.usage(usage, TEXT))
        yield DONE

    async def _continued(self, body: CompletionBody) -> tuple[Completion, Usage]:
        """Fill in the middle, or continue the prompt as it stands: it may hold a template."""
        model = await self._catalogue.chat_model(body.model)
        client = await self._host.models.client()
        asked = (body.limit, body.temperature, body.stop)
        if body.suffix is not None:
            completion = await client.fim(FimRequest(model, body.prompt, body.suffix, *asked))
        else:
            request = CompletionRequest(model, body.prompt, *asked, seed=body.seed)
            completion = await client.complete(request)
        return completion, self._spent(model, completion, body.prompt + (body.suffix or ""))

    async def _embedded(self, body: EmbeddingBody) -> dict[str, Any]:
        name, vectors = await embedded(self._host, body.input)
        if body.dimensions not in (None, len(vectors[0])):
            message = f"the embedder {name!r} makes vectors of {len(vectors[0])} dimensions only"
            raise refuse(400, "unsupported_dimensions", message, "dimensions")
        tokens = sum(map(estimate_tokens, body.input))
        usage = Usage(tokens, 0)
        self._metrics.count_tokens(name, usage)
        data = embedding_json(vectors, body.encoding_format == "base64")
        return {"object": "list", "model": name, "data": data, "usage": usage_json(usage)}

    def _spent(self, model: str, completion: Completion, prompt: str) -> Usage:
        usage = usage_of(completion, prompt)
        self._metrics.count_tokens(model, usage)
        return usage


def _check_may_read(model: str, request: Request) -> None:
    if model == OURS:
        require(access_of(request), CODE, f"the model {OURS!r}")
