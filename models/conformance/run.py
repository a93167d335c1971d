"""Which of rooftree's requirements a live server meets: a table of checks, each with a finding.

A check never guesses: what could not be looked at says so. It needs no particular model, and sends
a few dozen tokens in all.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from models.chat.abilities import Abilities
from models.chat.normalise import first_choice, mapping_of
from models.client.client import ChatRequest, CompletionRequest, ModelClient
from models.probing.probe_material import InfillProbe
from models.probing.probe_session import ProbeSession, calls_soundly, car_error, timed
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url
from models.wire.presets import Preset, recognise_server
from models.wire.reported_context import reported_context
from models.wire.requests import fields_of
from models.wire.responses import listed_models
from models.wire.transport import Transport
from rooftree.errors import ModelError, ModelUnavailableError, UnknownModelError
from rooftree.text.unknown_names import unknown_name

CheckOutcome = Literal["yes", "no", "differs", "could_not_look"]

HELLO = "Say hello."
HOLE = InfillProbe("add", "def add(a, b):\n    return ", "\n\n\nprint(add(1, 2))\n", ("a + b",))
FEW_TOKENS = 16
SOME_TOKENS = 64
MAX_LISTED = 5
COUNT = "Count from 1 to 9."
COUNT_TOKENS = 40


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
        answers = ("yes", "differs")
        return any(one.check == "chat" and one.outcome in answers for one in self.findings)


CheckResult = tuple[CheckOutcome, str, str]


async def run_checks(
    endpoint: Endpoint,
    model: str,
    deadlines: Deadlines,
    tell: Callable[[ConformanceFinding], None] = lambda _: None,
) -> ConformanceReport:
    """Run every check; `model` empty takes the first that is listed."""
    session = ProbeSession(endpoint, model, deadlines)
    findings: list[ConformanceFinding] = []
    async with (
        session.transport() as transport,
        session.client(Abilities(enforces_choice=True)) as client,
    ):
        listed = await _listed(transport)
        _check_named(model, listed, endpoint)
        preset = None if isinstance(listed, ModelError) else await recognise_server(transport)
        session = replace(session, model=model or next(iter(_names(listed)), ""))
        async for finding in _Run(session, transport, client, listed).findings():
            findings.append(finding)
            tell(finding)
    return ConformanceReport(
        redacted_url(endpoint.base_url), session.model, preset, tuple(findings)
    )


async def _listed(transport: Transport) -> Any:
    try:
        return await transport.get(transport.address("/models"))
    except ModelError as error:
        return error


def _names(listed: Any) -> list[str]:
    return [item["id"] for item in listed_models(listed)]


def _check_named(model: str, listed: Any, endpoint: Endpoint) -> None:
    """Refuse a model that the server does not list: many answer for any name."""
    names = _names(listed)
    if model and names and model not in names:
        where = f"asked of {redacted_url(endpoint.base_url)}"
        raise UnknownModelError(unknown_name("model", model, names, where))


class _Run:
    """The checks of one server."""

    def __init__(
        self, session: ProbeSession, transport: Transport, client: ModelClient, listed: Any
    ) -> None:
        self._session = session
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
        names = _names(self._listed)
        more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
        shown = ", ".join(names[:MAX_LISTED]) + more
        return ConformanceFinding("models", "yes" if names else "no", shown)

    async def _chat(self) -> CheckResult:
        started = time.monotonic()
        answer = await self._client.chat(self._hello())
        seconds = time.monotonic() - started
        if not answer.text and not answer.reasoning:
            return "differs", f"an empty answer after {seconds:.1f} s", "ask another model"
        return "yes", f"{seconds:.1f} s; finish reason {answer.finish_reason}", ""

    async def _usage(self) -> CheckResult:
        usage = (await self._client.chat(self._hello())).usage
        if usage is None:
            return "no", "", "tokens are estimated, and a cut prompt is harder to detect"
        return "yes", f"{usage.prompt_tokens} + {usage.completion_tokens}", ""

    async def _stream(self) -> CheckResult:
        answer = await timed(self._client, self._session.request(COUNT, COUNT_TOKENS))
        if answer.pieces < 2:
            return "differs", "the answer came in one piece", "answers appear only when complete"
        return "yes", f"{answer.pieces} pieces, the first after {answer.first_seconds:.2f} s", ""

    async def _stream_usage(self) -> CheckResult:
        answer = await timed(self._client, self._session.request(COUNT, COUNT_TOKENS))
        return _held(answer.completion.usage)

    async def _schema(self) -> CheckResult:
        answer = await self._client.chat(self._session.car_request(HELLO, SOME_TOKENS))
        problem = car_error(answer)
        if problem:
            return "no", problem, "tools are offered as text, which small models use badly"
        return "yes", "enforced", ""

    async def _tools(self) -> CheckResult:
        request = self._session.tool_request("Read the file README.md.", SOME_TOKENS)
        if await self._calls_natively(request):
            return "yes", "native tool calls", ""
        answer = await self._client.chat(request)
        if answer.tool_calls:
            return "differs", "the call is written as text", "rooftree reads it all the same"
        return "no", "no call", "`rooftree models probe` finds the way that works best"

    async def _required(self) -> CheckResult:
        request = self._session.tool_request(HELLO, SOME_TOKENS, "required")
        native = await self._calls_natively(request)
        if not calls_soundly(await self._client.chat(request)):
            return "no", "no call that fits its schema", ""
        if native:
            return "yes", "enforced by the server", ""
        return "differs", "accepted and not enforced", "rooftree enforces it by a schema"

    async def _system(self) -> CheckResult:
        messages = (
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello."},
            {"role": "system", "content": "Be polite."},
            {"role": "user", "content": HELLO},
        )
        try:
            await self._raw_choice(replace(self._hello(), messages=messages))
        except ModelError:
            return "differs", "only one, at the beginning", "rooftree merges them"
        return "yes", "several, anywhere", ""

    async def _logprobs(self) -> CheckResult:
        choice = await self._raw_choice(self._hello(), logprobs=True)
        return _held(mapping_of(choice.get("logprobs")))

    async def _completions(self) -> CheckResult:
        request = CompletionRequest(self._session.model, "1, 2, 3,", FEW_TOKENS)
        return _held((await self._client.complete(request)).text)

    async def _filling(self) -> CheckResult:
        for able in (Abilities(filling="infill"), Abilities(filling="suffix")):
            try:
                verdicts = await self._session.fill(able, [HOLE])
            except ModelError:
                continue
            if any(verdict.right for verdict in verdicts):
                return "yes", f"by {able.filling}", ""
        return "no", "neither /infill nor suffix", "a model's own marks may work: models probe"

    async def _embeddings(self) -> CheckResult:
        vectors = await self._client.embed(self._session.model, ["a", "b"])
        return "yes", f"{len(vectors[0])} numbers", ""

    async def _tokenizer(self) -> CheckResult:
        url = self._transport.address("/tokenize", outside=True)
        text = "def add(a, b): return a + b"
        body = {"model": self._session.model, "content": text, "prompt": text}
        tokens = mapping_of(await self._transport.post(url, body)).get("tokens")
        if not isinstance(tokens, list) or not tokens:
            return "no", "", "tokens are estimated from what the server counts"
        return "yes", f"{len(tokens)} tokens of {len(text)} characters", ""

    async def _context(self) -> CheckResult:
        claimed = await reported_context(self._transport, self._session.model)
        advice = "`rooftree models probe` measures it"
        if claimed is None:
            return "could_not_look", "the server does not tell", advice
        return "yes", f"claims {claimed} tokens", advice

    async def _key(self) -> CheckResult:
        """Check that requests without a key are refused."""
        endpoint, open_to_all = self._session.endpoint, "anybody who reaches it may use it"
        if not endpoint.api_key:
            return "no", "it answers without a key", open_to_all
        stranger = Endpoint(endpoint.base_url, "", embedded=False, network=endpoint.network)
        async with replace(self._session, endpoint=stranger).transport() as transport:
            if isinstance(await _listed(transport), ModelError):
                return "yes", "asked for", ""
        return "no", "it answers without one too", open_to_all

    async def _adapters(self) -> CheckResult:
        adapters = [one["id"] for one in listed_models(self._listed) if one.get("parent")]
        return _held(adapters, ", ".join(adapters[:MAX_LISTED]))

    async def _metrics(self) -> CheckResult:
        page = await self._transport.text(self._transport.address("/metrics", outside=True))
        names = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if line[:1] != "#"}
        series = names - {""}
        return _held(series, f"{len(series)} series")

    def _hello(self) -> ChatRequest:
        return self._session.request(HELLO, FEW_TOKENS)

    async def _calls_natively(self, request: ChatRequest) -> bool:
        message = mapping_of((await self._raw_choice(request)).get("message"))
        return bool(message.get("tool_calls"))

    async def _raw_choice(self, request: ChatRequest, **more: Any) -> Mapping[str, Any]:
        """Return the answer to a request without anything that the client would put right."""
        given = {key: value for key, value in fields_of(request).items() if value not in (None, ())}
        url = self._transport.address("/chat/completions")
        return mapping_of(first_choice(await self._transport.post(url, given | more)))


def _held(found: object, detail: str = "") -> CheckResult:
    return ("yes" if found else "no"), detail, ""
