"""The one way to call a model, whatever serves it.

`ModelClient` speaks the OpenAI API, and llama.cpp's own extras where it is llama.cpp that answers.
It knows nothing of which endpoint was chosen (`models.access`) or why it is asked.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from models.endpoint import Endpoint
from models.events import DONE
from models.exchange import ChatRequest, Completion, ModelInfo, ToolCall, Usage
from models.failures import ModelRefusedError, public
from models.infill import cut_infill
from models.joiner import StreamJoiner
from models.normalise import assemble, completion_of, mapping_of
from models.payloads import models_of, raw_text_of, vectors_of
from models.tokens import estimate_tokens
from models.transport import Transport
from rooftree.errors import ModelProtocolError, ModelUnavailableError

__all__ = [
    "ChatRequest",
    "Completion",
    "ModelClient",
    "ModelInfo",
    "ToolCall",
    "Usage",
]

LLAMA_OWNER = "llamacpp"
Body = dict[str, Any]


class ModelClient:
    """Ask the models of one endpoint."""

    def __init__(self, endpoint: Endpoint, *, connect_seconds: float, idle_seconds: float) -> None:
        self.endpoint = endpoint
        self._transport = Transport(endpoint, connect_seconds, idle_seconds)
        self._is_llama: bool | None = True if endpoint.embedded else None
        self._counts_tokens = True

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return the models that the endpoint lists; each adapter is one of them."""
        url = self._transport.address("/models")
        found = models_of(await self._transport.get(url), public(url))
        base = found[0].id if found else None
        return found + tuple(
            ModelInfo(name, parent=base, owned_by="rooftree") for name in self.endpoint.adapters
        )

    async def chat(self, request: ChatRequest) -> Completion:
        """Return the whole answer."""
        if self.endpoint.embedded:
            # A long prompt keeps two cores silent for a minute; streamed, the server's pings keep
            # `idle_seconds` a measure of whether it still lives.
            return await self._last_of_stream(request)
        url = self._transport.address("/chat/completions")
        payload = await self._transport.post(url, self._chat_body(request))
        return self._named(request.model, completion_of(payload, request, public(url)))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | Completion, None]:
        """Yield text as it comes and exactly one Completion last; that one is authoritative.

        Close the generator (`contextlib.aclosing`) to stop early: the server then stops too.
        """
        url = self._transport.address("/chat/completions")
        body = self._chat_body(request) | {
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        joiner = StreamJoiner(request, public(url))
        done = False
        async with aclosing(self._transport.events(url, body)) as events:
            async for event in events:
                if event is DONE:
                    done = True
                elif text := joiner.feed(event):
                    yield text
        if not (done or joiner.ended):
            raise ModelUnavailableError(
                f"{public(url)} stopped in the middle of its answer; ask again, and look at the "
                "server's log if it happens again"
            )
        rest, completion = joiner.finish()
        if rest:
            yield rest
        yield self._named(request.model, completion)

    async def fim(
        self,
        model: str,
        prefix: str,
        suffix: str,
        *,
        max_tokens: int,
        temperature: float | None = None,
        stop: tuple[str, ...] = (),
    ) -> Completion:
        """Fill the hole between `prefix` and `suffix`, cut to the hole."""
        options = {"temperature": temperature, "stop": stop}
        try:
            if await self._llama():
                url = self._transport.address("/infill", outside=True)
                body = {"input_prefix": prefix, "input_suffix": suffix, "n_predict": max_tokens}
            else:
                url = self._transport.address("/completions")
                body = {"model": model, "prompt": prefix, "suffix": suffix}
                body["max_tokens"] = max_tokens
            payload = await self._transport.post(url, self._body(model, body | options))
        except ModelRefusedError as error:
            raise ModelUnavailableError(
                f"{model!r} cannot fill in the middle: {error}; use a model that was trained for "
                "it, such as the embedded `default` or `small`"
            ) from error
        raw = raw_text_of(payload, public(url))
        cut = cut_infill(raw.text, suffix)
        if cut != raw.text:
            raw.text, raw.finish_reason = cut, "stop"
        return self._named(model, assemble(raw, ChatRequest(model, (), max_tokens)))

    async def complete(
        self,
        model: str,
        prompt: str,
        *,
        max_tokens: int,
        temperature: float | None = None,
        stop: tuple[str, ...] = (),
        seed: int | None = None,
    ) -> Completion:
        """Continue `prompt` as it stands, without any chat template."""
        url = self._transport.address("/completions")
        body = {"model": model, "prompt": prompt, "max_tokens": max_tokens}
        options = {"temperature": temperature, "stop": stop, "seed": seed}
        payload = await self._transport.post(url, self._body(model, body | options))
        raw = raw_text_of(payload, public(url))
        return self._named(model, assemble(raw, ChatRequest(model, (), max_tokens)))

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order."""
        if not texts:
            return []
        url = self._transport.address("/embeddings")
        body = {"model": model, "input": list(texts), "encoding_format": "float"}
        vectors = vectors_of(await self._transport.post(url, body))
        if len(vectors) != len(texts):
            raise ModelProtocolError(
                f"{public(url)} answered {len(vectors)} usable vectors for {len(texts)} texts; "
                f"check that {model!r} is an embedding model"
            )
        return vectors

    async def count_tokens(self, text: str) -> int:
        """Return the tokens of `text` by the server's tokenizer, else a guess on the high side."""
        if self._counts_tokens:
            url = self._transport.address("/tokenize", outside=True)
            try:
                payload = await self._transport.post(url, {"content": text, "prompt": text})
                tokens = mapping_of(payload).get("tokens")
                if isinstance(tokens, list):
                    return len(tokens)
            except ModelProtocolError:
                pass
            self._counts_tokens = False
        return estimate_tokens(text)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _last_of_stream(self, request: ChatRequest) -> Completion:
        async with aclosing(self.stream(request)) as parts:
            async for part in parts:
                if isinstance(part, Completion):
                    return part
        raise AssertionError("a stream ends with a Completion or raises")

    async def _llama(self) -> bool:
        """Return whether llama.cpp serves the endpoint, as its list of models says."""
        if self._is_llama is None:
            try:
                listed = await self.models()
            except ModelProtocolError:
                listed = ()
            self._is_llama = any(model.owned_by == LLAMA_OWNER for model in listed)
        return self._is_llama

    def _chat_body(self, request: ChatRequest) -> Body:
        return self._body(
            request.model,
            {
                "model": request.model,
                "messages": [dict(message) for message in request.messages],
                "max_tokens": request.max_tokens,
                "temperature": request.temperature,
                "top_p": request.top_p,
                "seed": request.seed,
                "stop": request.stop,
                "tools": request.tools,
                "tool_choice": request.tool_choice,
                "response_format": request.response_format,
            },
        )

    def _body(self, model: str, fields: Mapping[str, Any]) -> Body:
        """Return the fields that are set, and which adapter is to be used."""
        body = {key: value for key, value in fields.items() if value not in (None, ())}
        adapters = self.endpoint.adapters
        if self.endpoint.embedded and "@" in model and model not in adapters:
            # llama.cpp ignores the model's name and would answer with the base model.
            raise ModelUnavailableError(
                f"the adapter {model!r} is not loaded; "
                f"model.adapters holds {', '.join(adapters) or 'none'}"
            )
        if adapters:
            body["lora"] = [
                {"id": number, "scale": 1.0 if name == model else 0.0}
                for number, name in enumerate(adapters)
            ]
        return body

    def _named(self, model: str, completion: Completion) -> Completion:
        """Name the adapter that answered; the server names only its base."""
        if model not in self.endpoint.adapters:
            return completion
        return replace(completion, model=model)
