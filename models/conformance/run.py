"""Which of rooftree's requirements a live server meets: a table of checks, each with a finding.

A check never guesses: what could not be looked at says so. It needs no particular model, and sends
a few dozen tokens in all.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal

from models.chat.abilities import Abilities
from models.chat.json_schemas import schema_error
from models.chat.normalise import first_choice, mapping_of
from models.chat.text_tool_calls import read_json
from models.client.client import ChatRequest, Completion, CompletionRequest, FimRequest, ModelClient
from models.conformance.presets import Preset, recognise_server
from models.probing.context_measurement import claimed_context
from models.probing.tool_material import is_valid, offered_tools
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url
from models.wire.transport import Transport
from rooftree.errors import ModelError, ModelUnavailableError, UnknownModelError
from rooftree.text.unknown_names import unknown_name

CheckOutcome = Literal["yes", "no", "differs", "could_not_look"]

SAY_HELLO = ({"role": "user", "content": "Say hello."},)
CAR = {
    "type": "object",
    "properties": {"seats": {"enum": [2, 4]}, "colour": {"enum": ["red", "blue"]}},
    "required": ["seats", "colour"],
    "additionalProperties": False,
}
FEW_TOKENS = 16
SOME_TOKENS = 64


@dataclass(frozen=True, slots=True)
class ConformanceFinding:
    """One line of the table."""

    check: str
    outcome: CheckOutcome
    detail: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ConformanceReport:
    """A server and what was found."""

    url: str
    model: str
    preset: Preset | None
    findings: tuple[ConformanceFinding, ...]

    @property
    def serves(self) -> bool:
        """Whether rooftree can work with it: it lists or names a model, and that one answers."""
        needed = {"chat"}
        return needed <= {one.check for one in self.findings if one.outcome in ("yes", "differs")}


CheckResult = tuple[CheckOutcome, str, str]


async def run_checks(
    endpoint: Endpoint,
    model: str,
    deadlines: Deadlines,
    tell: Callable[[ConformanceFinding], None] = lambda _: None,
) -> ConformanceReport:
    """Run every check; `model` empty takes the first that is listed."""
    transport = Transport(endpoint, deadlines)
    client = ModelClient(endpoint, deadlines, lambda _: Abilities(enforces_choice=True))
    findings: list[ConformanceFinding] = []
    try:
        listed = await _listed(transport)
        _check_named(model, listed, endpoint)
        preset = None if isinstance(listed, ModelError) else await recognise_server(transport)
        run = _Run(endpoint, transport, client, model or next(iter(_names(listed)), ""), listed)
        async for finding in run.findings():
            findings.append(finding)
            tell(finding)
    finally:
        await client.aclose()
        await transport.aclose()
    return ConformanceReport(redacted_url(endpoint.base_url), run.model, preset, tuple(findings))


async def _listed(transport: Transport) -> Any:
    try:
        return await transport.get(transport.address("/models"))
    except ModelError as error:
        return error


def _names(listed: Any) -> list[str]:
    data = mapping_of(listed).get("data")
    names = [mapping_of(item).get("id") for item in data] if isinstance(data, list) else []
    return [name for name in names if isinstance(name, str)]


def _check_named(model: str, listed: Any, endpoint: Endpoint) -> None:
    """Refuse a model that the server does not list: many answer for any name."""
    names = _names(listed)
    if model and names and model not in names:
        where = f"asked of {redacted_url(endpoint.base_url)}"
        raise UnknownModelError(unknown_name("model", model, names, where))


class _Run:
    """The checks of one server."""

    def __init__(
        self, endpoint: Endpoint, transport: Transport, client: ModelClient, model: str, listed: Any
    ) -> None:
        self.model = model
        self._endpoint = endpoint
        self._transport = transport
        self._client = client
        self._listed = listed

    async def findings(self) -> AsyncIterator[ConformanceFinding]:
        """Yield findings in the order of the table; without an answer to chat the rest is moot."""
        yield self._models()
        chat = await self._guarded("chat", self._chat)
        yield chat
        if chat.outcome == "could_not_look":
            return
        checks: Mapping[str, Callable[[], Awaitable[CheckResult]]] = {
            "usage": self._usage,
            "stream": self._stream,
            "stream usage": self._stream_usage,
            "json schema": self._schema,
            "tools": self._tools,
            "tool choice required": self._required,
            "system messages": self._system,
            "logprobs": self._logprobs,
            "completions": self._completions,
            "fill in the middle": self._filling,
            "embeddings": self._embeddings,
            "tokenizer": self._tokenizer,
            "context": self._context,
            "key": self._key,
            "adapters": self._adapters,
            "metrics": self._metrics,
        }
        for name, check in checks.items():
            yield await self._guarded(name, check)

    async def _guarded(
        self, name: str, check: Callable[[], Awaitable[CheckResult]]
    ) -> ConformanceFinding:
        """Run a check; a refusal is a no, and a server that is silent was not looked at."""
        try:
            outcome, detail, advice = await check()
        except ModelUnavailableError as error:
            return ConformanceFinding(name, "could_not_look", str(error))
        except ModelError as error:
            return ConformanceFinding(name, "no", str(error))
        return ConformanceFinding(name, outcome, detail, advice)

    def _models(self) -> ConformanceFinding:
        if isinstance(self._listed, ModelError):
            return ConformanceFinding(
                "models", "no", str(self._listed), "name the model with --model"
            )
        data = mapping_of(self._listed).get("data")
        names = [str(mapping_of(item).get("id")) for item in data] if isinstance(data, list) else []
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return ConformanceFinding("models", "yes" if names else "no", shown)

    async def _chat(self) -> CheckResult:
        started = time.monotonic()
        answer = await self._client.chat(self._request())
        seconds = time.monotonic() - started
        if not answer.text and not answer.reasoning:
            return "differs", f"an empty answer after {seconds:.1f} s", "ask another model"
        return "yes", f"{seconds:.1f} s; finish reason {answer.finish_reason}", ""

    async def _usage(self) -> CheckResult:
        answer = await self._client.chat(self._request())
        if answer.usage is None:
            return "no", "", "tokens are estimated, and a cut prompt is harder to detect"
        return "yes", f"{answer.usage.prompt_tokens} + {answer.usage.completion_tokens}", ""

    async def _stream(self) -> CheckResult:
        texts, _, first = await self._streamed()
        if len(texts) < 2:
            return "differs", "the answer came in one piece", "answers appear only when complete"
        return "yes", f"{len(texts)} pieces, the first after {first:.2f} s", ""

    async def _stream_usage(self) -> CheckResult:
        _, answer, _ = await self._streamed()
        return ("yes" if answer.usage else "no"), "", ""

    async def _schema(self) -> CheckResult:
        form = {
            "type": "json_schema",
            "json_schema": {"name": "car", "schema": CAR, "strict": True},
        }
        answer = await self._client.chat(self._request(SOME_TOKENS, response_format=form))
        try:
            problem = schema_error(CAR, read_json(answer.text))
        except ValueError:
            problem = "the answer is no JSON"
        if problem:
            return "no", problem, "tools are offered as text, which small models use badly"
        return "yes", "enforced", ""

    async def _tools(self) -> CheckResult:
        question = ({"role": "user", "content": "Read the file README.md."},)
        request = self._request(SOME_TOKENS, tools=offered_tools(), messages=question)
        body = await self._raw(request)
        native = mapping_of(mapping_of(first_choice(body)).get("message")).get("tool_calls")
        if native:
            return "yes", "native tool calls", ""
        answer = await self._client.chat(request)
        if answer.tool_calls:
            return "differs", "the call is written as text", "rooftree reads it all the same"
        return "no", "no call", "`rooftree models probe` finds the way that works best"

    async def _required(self) -> CheckResult:
        request = self._request(SOME_TOKENS, tools=offered_tools(), tool_choice="required")
        body = await self._raw(request)
        calls = mapping_of(mapping_of(first_choice(body)).get("message")).get("tool_calls")
        answer = await self._client.chat(request)
        sound = bool(answer.tool_calls) and all(map(is_valid, answer.tool_calls))
        if calls and sound:
            return "yes", "enforced by the server", ""
        if sound:
            return "differs", "accepted and not enforced", "rooftree enforces it by a schema"
        return "no", "no call that fits its schema", ""

    async def _system(self) -> CheckResult:
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello."},
            {"role": "system", "content": "Be polite."},
            {"role": "user", "content": "Say hello."},
        ]
        try:
            await self._raw(self._request(messages=tuple(messages)))
        except ModelError:
            return "differs", "only one, at the beginning", "rooftree merges them"
        return "yes", "several, anywhere", ""

    async def _logprobs(self) -> CheckResult:
        body = self._body(self._request()) | {"logprobs": True}
        answer = await self._transport.post(self._chat_url(), body)
        held = bool(mapping_of(mapping_of(first_choice(answer)).get("logprobs")))
        return ("yes" if held else "no"), "", ""

    async def _completions(self) -> CheckResult:
        answer = await self._client.complete(CompletionRequest(self.model, "1, 2, 3,", FEW_TOKENS))
        return ("yes" if answer.text else "no"), "", ""

    async def _filling(self) -> CheckResult:
        for able in (Abilities(filling="infill"), Abilities(filling="suffix")):
            client = ModelClient(self._endpoint, Deadlines(), {self.model: able}.__getitem__)
            try:
                answer = await client.fim(
                    FimRequest(
                        self.model,
                        "def add(a, b):\n    return ",
                        "\n\n\nprint(add(1, 2))\n",
                        FEW_TOKENS,
                        temperature=0.0,
                    )
                )
            except ModelError:
                continue
            finally:
                await client.aclose()
            if "a + b" in answer.text:
                return "yes", f"by {able.filling}", ""
        return "no", "neither /infill nor suffix", "a model's own marks may work: models probe"

    async def _embeddings(self) -> CheckResult:
        vectors = await self._client.embed(self.model, ["a", "b"])
        return "yes", f"{len(vectors[0])} numbers", ""

    async def _tokenizer(self) -> CheckResult:
        url = self._transport.address("/tokenize", outside=True)
        text = "def add(a, b): return a + b"
        body = {"model": self.model, "content": text, "prompt": text}
        tokens = mapping_of(await self._transport.post(url, body)).get("tokens")
        if not isinstance(tokens, list) or not tokens:
            return "no", "", "tokens are estimated from what the server counts"
        return "yes", f"{len(tokens)} tokens of {len(text)} characters", ""

    async def _context(self) -> CheckResult:
        claimed = await claimed_context(self._transport, self.model)
        if claimed is None:
            return (
                "could_not_look",
                "the server does not tell",
                "`rooftree models probe` measures it",
            )
        return "yes", f"claims {claimed} tokens", "`rooftree models probe` measures it"

    async def _key(self) -> CheckResult:
        """Check that requests without a key are refused."""
        if not self._endpoint.api_key:
            return "no", "it answers without a key", "anybody who reaches it may use it"
        stranger = Endpoint(
            self._endpoint.base_url, "", embedded=False, network=self._endpoint.network
        )
        transport = Transport(stranger, Deadlines())
        try:
            await transport.get(transport.address("/models"))
        except ModelError:
            return "yes", "asked for", ""
        finally:
            await transport.aclose()
        return "no", "it answers without one too", "anybody who reaches it may use it"

    async def _adapters(self) -> CheckResult:
        data = mapping_of(self._listed).get("data")
        items = map(mapping_of, data) if isinstance(data, list) else ()
        adapters = [str(item.get("id")) for item in items if item.get("parent")]
        return ("yes" if adapters else "no"), ", ".join(adapters[:5]), ""

    async def _metrics(self) -> CheckResult:
        page = await self._transport.text(self._transport.address("/metrics", outside=True))
        names = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if line[:1] != "#"}
        return ("yes" if names - {""} else "no"), f"{len(names - {''})} series", ""

    async def _streamed(self) -> tuple[list[str], Completion, float]:
        texts: list[str] = []
        started, first = time.monotonic(), 0.0
        question = ({"role": "user", "content": "Count from 1 to 9."},)
        async with aclosing(self._client.stream(self._request(40, messages=question))) as parts:
            async for part in parts:
                if isinstance(part, Completion):
                    return texts, part, first
                first = first or time.monotonic() - started
                texts.append(part)
        raise AssertionError("a stream ends with a Completion or raises")

    def _request(self, tokens: int = FEW_TOKENS, **more: Any) -> ChatRequest:
        request = ChatRequest(self.model, SAY_HELLO, tokens, temperature=0.0, seed=1)
        return replace(request, **more)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        """Return the body as it stands, without anything that the client would put right."""
        fields = {
            "model": request.model,
            "messages": list(request.messages),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "tools": list(request.tools),
            "tool_choice": request.tool_choice,
        }
        return {key: value for key, value in fields.items() if value not in (None, [])}

    async def _raw(self, request: ChatRequest) -> Any:
        return await self._transport.post(self._chat_url(), self._body(request))

    def _chat_url(self) -> str:
        return self._transport.address("/chat/completions")
