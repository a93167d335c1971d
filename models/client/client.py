"""The one way to call a model, whatever serves it.

`ModelClient` speaks the OpenAI API, and llama.cpp's own extras where it is llama.cpp that answers.
What a model can do it takes from `abilities`; where it was not measured, it tries and remembers.
It does not know which endpoint was chosen (`models.pool`) or why it is asked.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from models.chat.abilities import UNMEASURED, Abilities
from models.chat.normalise import RawAnswer, assemble, completion_of
from models.chat.types import (
    ChatRequest,
    Completion,
    CompletionRequest,
    FimRequest,
    ModelInfo,
    ToolCall,
    Usage,
)
from models.client.counting import Calibration, TokenCounter, guess_prompt
from models.client.optional_parts import RefusedParts, with_optional_parts
from models.client.tool_fallback import (
    AnswerParts,
    RefusedProtocols,
    usable_tool_request,
    with_tool_fallback,
)
from models.client.tool_use import ToolRequest, without_tools
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import ModelRefusedError, redacted_url
from models.wire.infill_requests import infill_body, marked_body, suffix_body
from models.wire.infill_templates import cut_infill
from models.wire.limits import refuse_flood
from models.wire.reported_context import reported_context, reported_slots
from models.wire.requests import (
    OptionalPart,
    RequestBody,
    body_of,
    chat_body,
    fields_of,
    optional_parts,
)
from models.wire.responses import models_of, raw_text_of, vectors_of
from models.wire.sse import DONE
from models.wire.stream_assembler import StreamAssembler
from rooftree.errors import ModelProtocolError, ModelUnavailableError

__all__ = [
    "ChatRequest",
    "Completion",
    "CompletionRequest",
    "FimRequest",
    "ModelClient",
    "ModelInfo",
    "ToolCall",
    "Usage",
]

LLAMA_OWNER = "llamacpp"
AskingWay = Callable[[ChatRequest, ChatRequest, ToolRequest | None, RequestBody], AnswerParts]
"""Sends a body; whole or as a stream."""


def unmeasured(_: str) -> Abilities:
    """Assume of every model what most can do."""
    return UNMEASURED


class ModelClient:
    """Ask the models of one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        deadlines: Deadlines,
        abilities: Callable[[str], Abilities] = unmeasured,
    ) -> None:
        """`abilities` tells what the model with this id can do."""
        self.endpoint = endpoint
        self._abilities = abilities
        # With the openai package, whose import takes 0.6 s, it waits for the first model.
        from models.wire.transport import Transport

        self._transport = Transport(endpoint, deadlines)
        self._is_llama: bool | None = True if endpoint.embedded else None
        self._counter = TokenCounter(self._transport)
        self._calibrations: dict[str, Calibration] = {}
        self._refused: RefusedProtocols = set()
        self._refused_parts: RefusedParts = set()

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return the models that the endpoint lists; each adapter is one of them."""
        url = self._transport.address("/models")
        found = models_of(await self._transport.get(url), redacted_url(url))
        base = found[0].id if found else None
        return found + tuple(
            ModelInfo(name, parent=base, owned_by="rooftree") for name in self.endpoint.adapters
        )

    async def chat(self, request: ChatRequest) -> Completion:
        """Return the whole answer; a tool that had to be called has been, or it is an error."""
        # A long prompt keeps two cores silent for a minute; streamed, our own server's pings keep
        # `idle` a measure of whether it still responds.
        asking = self._streamed if self.endpoint.embedded else self._whole
        async with aclosing(self._tried(request, asking)) as parts:
            async for part in parts:
                if isinstance(part, Completion):
                    return part
        raise AssertionError("an answer ends with a Completion or raises")

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | Completion, None]:
        """Yield text as it comes and exactly one Completion last; that one is authoritative.

        Close the generator (`contextlib.aclosing`) to stop early: the server then stops too.
        """
        async with aclosing(self._tried(request, self._streamed)) as parts:
            async for part in parts:
                yield part

    async def fim(self, request: FimRequest) -> Completion:
        """Fill the hole between prefix and suffix, cut to the hole."""
        url, body = await self._filling(request)
        try:
            raw = await self._written(url, request.model, body)
        except ModelRefusedError as error:
            raise _cannot_fill(request.model, str(error)) from error
        cut = cut_infill(raw.text, request.suffix)
        if cut != raw.text:
            raw.text, raw.finish_reason = cut, "stop"
        return self._plain(raw, request)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Continue a prompt as it stands, without any chat template."""
        url = self._transport.address("/completions")
        return self._plain(await self._written(url, request.model, fields_of(request)), request)

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order."""
        if not texts:
            return []
        url = self._transport.address("/embeddings")
        body = {"model": model, "input": list(texts), "encoding_format": "float"}
        vectors = vectors_of(await self._transport.post(url, body))
        if len(vectors) != len(texts):
            raise ModelProtocolError(
                f"{redacted_url(url)} answered {len(vectors)} usable vectors for {len(texts)} "
                f"texts; check that {model!r} is an embedding model"
            )
        return vectors

    async def count_tokens(self, text: str, model: str = "") -> int:
        """Return the tokens of `text` by the server's tokenizer, else a guess on the high side."""
        return await self._counter.text(text, self._calibration(model))

    async def count_prompt(self, request: ChatRequest) -> int:
        """Return the tokens of a whole prompt: messages, tools and what the template adds."""
        use = usable_tool_request(request, self._abilities(request.model), self._refused)
        asked = without_tools(request) if use is None else use.request_to_send()
        return await self._counter.prompt(
            asked, self._body(asked), self._calibration(request.model)
        )

    async def reported_context(self, model: str) -> int | None:
        """Return the context that the server says a model has; None where it does not tell."""
        return await reported_context(self._transport, model)

    async def reported_slots(self) -> int | None:
        """Return how many calls the server says that it answers at once; None where it does not."""
        return await reported_slots(self._transport)

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _tried(self, request: ChatRequest, asking: AskingWay) -> AnswerParts:
        abilities = self._abilities(request.model)

        def sending(asked: ChatRequest, use: ToolRequest | None) -> AnswerParts:
            parts = optional_parts(asked, abilities)
            return with_optional_parts(
                request.model,
                parts,
                self._refused_parts,
                lambda left_out: asking(request, asked, use, self._body(asked, left_out)),
            )

        return with_tool_fallback(request, abilities, self._refused, sending)

    def _body(
        self, asked: ChatRequest, left_out: frozenset[OptionalPart] | None = None
    ) -> RequestBody:
        """Return what is sent; by default without what was refused before."""
        if left_out is None:
            left_out = frozenset(part for name, part in self._refused_parts if name == asked.model)
        return chat_body(self.endpoint, asked, self._abilities(asked.model), left_out)

    async def _whole(
        self, request: ChatRequest, asked: ChatRequest, use: ToolRequest | None, body: RequestBody
    ) -> AnswerParts:
        """Yield the answer to `asked`, read as one to `request`."""
        url = self._transport.address("/chat/completions")
        payload = await self._transport.post(url, body)
        completion = self._named(request.model, completion_of(payload, request, redacted_url(url)))
        refuse_flood(request.max_tokens, len(completion.text), redacted_url(url))
        self._learn(asked, completion)
        yield completion if use is None else use.parse_completion(completion)

    async def _streamed(
        self, request: ChatRequest, asked: ChatRequest, use: ToolRequest | None, body: RequestBody
    ) -> AnswerParts:
        """Yield the text of the answer to `asked` as it comes, then the whole of it."""
        url = self._transport.address("/chat/completions")
        options = {"stream": True, "stream_options": {"include_usage": True}}
        reply_name = use.reply_name if use is not None and use.protocol == "guided" else ""
        joiner = StreamAssembler(request, redacted_url(url), reply_name=reply_name)
        done = False
        async with aclosing(self._transport.events(url, body | options)) as events:
            async for event in events:
                if event is DONE:
                    done = True
                elif text := joiner.feed(event):
                    yield text
                refuse_flood(request.max_tokens, joiner.received, redacted_url(url))
        if not (done or joiner.ended):
            raise ModelUnavailableError(
                f"{redacted_url(url)} stopped in the middle of its answer; ask again, and look "
                "at the server's log if it happens again"
            )
        completion = self._named(request.model, joiner.finish())
        self._learn(asked, completion)
        if use is not None:
            completion = use.parse_completion(completion)
        if rest := joiner.rest_of(completion.text):
            yield rest
        yield completion

    async def _written(self, url: str, model: str, body: RequestBody) -> RawAnswer:
        payload = await self._transport.post(url, body_of(self.endpoint, model, body))
        return raw_text_of(payload, redacted_url(url))

    def _plain(self, raw: RawAnswer, request: CompletionRequest | FimRequest) -> Completion:
        """Return what was written without a chat."""
        asked = ChatRequest(request.model, (), request.max_tokens)
        return self._named(request.model, assemble(raw, asked))

    async def _filling(self, request: FimRequest) -> tuple[str, RequestBody]:
        """Return where and with what a hole is to be filled."""
        abilities = self._abilities(request.model)
        way = abilities.filling
        if way == "unknown":
            way = "infill" if await self._llama() else "suffix"
        if way == "infill":
            return self._transport.address("/infill", outside=True), infill_body(request)
        if way == "none":
            raise _cannot_fill(request.model, "it was measured and did not")
        url = self._transport.address("/completions")
        if way == "tokens" and abilities.marks is not None:
            return url, marked_body(abilities.marks, request)
        return url, suffix_body(request)

    async def _llama(self) -> bool:
        """Return whether llama.cpp serves the endpoint, as its list of models says."""
        if self._is_llama is None:
            try:
                listed = await self.models()
            except ModelProtocolError:
                listed = ()
            self._is_llama = any(model.owned_by == LLAMA_OWNER for model in listed)
        return self._is_llama

    def _calibration(self, model: str) -> Calibration:
        scale = self._abilities(model).tokens_scale
        return self._calibrations.setdefault(model, Calibration(scale))

    def _learn(self, asked: ChatRequest, completion: Completion) -> None:
        self._calibration(asked.model).learn(guess_prompt(asked), completion.usage)

    def _named(self, model: str, completion: Completion) -> Completion:
        """Name the adapter that answered; the server names only its base."""
        if model not in self.endpoint.adapters:
            return completion
        return replace(completion, model=model)


def _cannot_fill(model: str, reason: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"{model!r} cannot fill in the middle: {reason}; use a model that was trained for it, "
        "such as the embedded `default` or `small`"
    )
