"""All probes of one model, one after another, and the profile that they make.

Seeded and at temperature 0: the same model behind the same server gives the same profile, but for
its speeds.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from models.chat.abilities import Abilities, InfillMarks, InfillMode, ToolProtocol
from models.chat.edit_formats import FORMATS, EditFormat
from models.chat.json_schemas import schema_error
from models.chat.text_tool_calls import read_json
from models.client.client import ChatRequest, Completion, FimRequest, ModelClient
from models.client.counting import guess_prompt
from models.probing.conclusions import edit_format_of, protocol_of, role_profile, role_scores
from models.probing.context_measurement import ContextMeasurement, claimed_context, measure_context
from models.probing.judging import judge_call, judge_choice, judge_edit, judge_fact, judge_filling
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.probe_material import material
from models.probing.profile import ROLES, SUITE, ModelProfile, TokenSpeed
from models.probing.tool_material import is_valid, offered_tools, read_questions
from models.probing.verdict import ProbeVerdict, score_of
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url
from models.wire.infill_requests import KNOWN_MARKS
from models.wire.transport import Transport
from prompts.library import render
from rooftree.errors import ModelProtocolError, ModelUnavailableError

QUESTIONS = Path(__file__).with_name("tool_questions.toml")
SYSTEM = "You help a developer with a repository. Use the tools to do what is asked."
SEED = 1
CALL_TOKENS = 96
EDIT_TOKENS = 160
FACT_TOKENS = 64
CHOICE_TOKENS = 48
HOLE_TOKENS = 24
COUNTING_TOKENS = 64
PATIENT_SECONDS = 600.0
NATIVE_CHOICE = Abilities(tools="native", enforces_choice=True)

ProbeProgress = Callable[[str, int], None]
"""Receives what is being probed and how many probes are done."""


def ignore_progress(_stage: str, _done: int) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class ProbeFindings:
    """What has been found so far."""

    verdicts: dict[str, list[ProbeVerdict]] = field(default_factory=dict)
    enforces_schema: bool = False
    enforces_choice: bool = False
    filling: InfillMode = "none"
    marks: InfillMarks | None = None
    answer_speed: float = 0.0
    scales: list[float] = field(default_factory=list)
    """Real tokens for each guessed one, prompt by prompt."""


class Prober:
    """Probes one model; whatever it does wrong is a verdict, and only a lost server an error."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        deadlines: Deadlines,
        progress: ProbeProgress = ignore_progress,
        turns: PreemptibleRunner = NO_PREEMPTION,
    ) -> None:
        """`turns` let other work go first, also while a probe is under way."""
        self._endpoint = endpoint
        self._model = model
        # A long prompt on a busy machine is slow, and slow is a finding and no failure.
        self._deadlines = replace(
            deadlines,
            first_token=max(PATIENT_SECONDS, deadlines.first_token),
            total=max(2 * PATIENT_SECONDS, deadlines.total),
        )
        self._progress = progress
        self._turns = turns
        self._found = ProbeFindings()
        self._stage = ""

    async def profile(self, fingerprint: str) -> ModelProfile:
        """Measure everything; takes minutes on a small machine."""
        started = time.monotonic()
        self._stage = "server"
        await self._server()
        ways: tuple[ToolProtocol, ...] = ("native", "guided")
        for way in ways if self._found.enforces_schema else ("native", "text"):
            await self._tools(way)
        await self._choices()
        for form in FORMATS:
            await self._edits(form)
        await self._facts()
        await self._holes()
        await self._speed()
        measured = await self._context()
        return self._concluded(fingerprint, measured, time.monotonic() - started)

    async def _server(self) -> None:
        """Find out what the server enforces, whatever the model would like to do."""
        schema = {
            "type": "object",
            # Nothing that a model could write without end.
            "properties": {"seats": {"enum": [2, 4]}, "colour": {"enum": ["red", "blue"]}},
            "required": ["seats", "colour"],
            "additionalProperties": False,
        }
        form = {"type": "json_schema", "json_schema": {"name": "car", "schema": schema}}
        async with self._client(Abilities()) as client:
            # Nothing in these questions asks for JSON or a tool: only force brings it.
            for question in ("Write one sentence about the sea.", "Say hello."):
                answer = await self._answer(
                    client, self._request(question, CHOICE_TOKENS, response_format=form)
                )
                held = answer is not None and _fits(schema, answer.text)
                self._note("schema", ProbeVerdict(f"schema {question}", held, held, _text(answer)))
        async with self._client(NATIVE_CHOICE) as client:
            for question in ("Write one sentence about the sea.", "Say hello."):
                request = self._request(question, CALL_TOKENS, tools=offered_tools())
                answer = await self._answer(client, replace(request, tool_choice="required"))
                calls = answer.tool_calls if answer else ()
                held = bool(calls) and all(map(is_valid, calls))
                self._note(
                    "choice", ProbeVerdict(f"required {question}", held, held, _text(answer))
                )
        verdicts = self._found.verdicts
        self._found.enforces_schema = all(verdict.right for verdict in verdicts["schema"])
        self._found.enforces_choice = all(verdict.right for verdict in verdicts["choice"])

    async def _tools(self, way: ToolProtocol) -> None:
        self._stage = f"tools by {way}"
        async with self._client(self._abilities(way)) as client:
            for question in read_questions(QUESTIONS):
                request = self._request(
                    question.question, CALL_TOKENS, system=SYSTEM, tools=offered_tools()
                )
                answer = await self._answer(client, replace(request, tool_choice="auto"))
                verdict = ProbeVerdict(f"tool {question.question}", False, False, "no answer")
                self._note(f"tools_{way}", judge_call(question, answer) if answer else verdict)

    async def _choices(self) -> None:
        self._stage = "choices"
        async with self._client(self._abilities("native")) as client:
            for choice in material().choices:
                schema = {
                    "type": "object",
                    "properties": {choice.field: {"enum": list(choice.options)}},
                    "required": [choice.field],
                    "additionalProperties": False,
                }
                options = ", ".join(choice.options)
                question = f'{choice.task}\nAnswer in JSON: {{"{choice.field}": one of: {options}}}'
                form = {"type": "json_schema", "json_schema": {"name": "choice", "schema": schema}}
                answer = await self._answer(
                    client, self._request(question, CHOICE_TOKENS, response_format=form)
                )
                if answer is not None:
                    self._note("choices", judge_choice(choice, answer))

    async def _edits(self, form: EditFormat) -> None:
        self._stage = f"edits by {form}"
        async with self._client(self._abilities("native")) as client:
            for task in material().edits:
                code = task.code.strip("\n")
                prompt = render(f"edit/{form}", task=task.task, code=code, language="python")
                request = replace(self._request("", EDIT_TOKENS), messages=prompt.messages)
                answer = await self._answer(client, request)
                if answer is not None:
                    self._note(f"edit_{form}", judge_edit(form, task, answer))

    async def _facts(self) -> None:
        self._stage = "facts"
        async with self._client(self._abilities("native")) as client:
            for fact in material().facts:
                places = [
                    replace(place, text=place.text.strip("\n")) for place in material().places
                ]
                prompt = render("ask/summary", question=fact.question, places=places)
                request = replace(self._request("", FACT_TOKENS), messages=prompt.messages)
                answer = await self._answer(client, request)
                if answer is not None:
                    kind = "facts" if fact.expects else "abstains"
                    self._note(kind, judge_fact(fact, answer))

    async def _holes(self) -> None:
        """Find the way to fill holes that fills most; a way that is refused fills none."""
        self._stage = "filling"
        ways = [
            Abilities(filling="infill"),
            Abilities(filling="suffix"),
            *(Abilities(filling="tokens", marks=marks) for marks in KNOWN_MARKS),
        ]
        best = 0
        for able in ways:
            verdicts = await self._filled(able)
            right = sum(verdict.right for verdict in verdicts)
            if right > best:
                best = right
                self._found.filling, self._found.marks = able.filling, able.marks
                self._found.verdicts["filling"] = verdicts
            if best == len(material().holes):
                break
        self._found.verdicts.setdefault(
            "filling", [ProbeVerdict("fill", False, False, "in no way")]
        )

    async def _filled(self, able: Abilities) -> list[ProbeVerdict]:
        verdicts: list[ProbeVerdict] = []
        async with self._client(able) as client:
            for hole in material().holes:
                try:
                    request = FimRequest(
                        self._model, hole.before, hole.after, HOLE_TOKENS, temperature=0.0
                    )
                    answer = await self._turns.taken(partial(client.fim, request))
                except (ModelUnavailableError, ModelProtocolError):
                    return verdicts
                verdicts.append(judge_filling(hole, answer.text))
        return verdicts

    async def _speed(self) -> None:
        """Time how fast an answer is written, from its first word on."""
        self._stage = "speed"
        self._found.answer_speed = await self._turns.taken(self._writing_speed)

    async def _writing_speed(self) -> float:
        request = self._request("Count from 1 to 100, in digits.", COUNTING_TOKENS)
        async with self._client(self._abilities("native")) as client:
            first = last = 0.0
            tokens = 0
            async with aclosing(client.stream(request)) as parts:
                async for part in parts:
                    last = time.monotonic()
                    first = first or last
                    if isinstance(part, Completion) and part.usage is not None:
                        tokens = part.usage.completion_tokens
        return (tokens - 1) / (last - first) if tokens > 1 and last > first else 0.0

    async def _context(self) -> ContextMeasurement:
        self._stage = "context"
        transport = Transport(self._endpoint, self._deadlines)
        try:
            claimed = await claimed_context(transport, self._model)
        finally:
            await transport.aclose()
        async with self._client(self._abilities("native")) as client:
            return await measure_context(client, self._model, claimed, SEED, self._turns)

    def _concluded(
        self, fingerprint: str, measured: ContextMeasurement, seconds: float
    ) -> ModelProfile:
        found = self._found
        scores = {kind: score_of(verdicts) for kind, verdicts in found.verdicts.items()}
        tools, why_tools = protocol_of(scores)
        form, why_form = edit_format_of(scores)
        judged = role_scores(scores, tools, form)
        context = measured.context
        return ModelProfile(
            suite=SUITE,
            fingerprint=fingerprint,
            model=self._model,
            endpoint="embedded"
            if self._endpoint.embedded
            else redacted_url(self._endpoint.base_url),
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 1),
            probes=sum(len(verdicts) for verdicts in found.verdicts.values()) + 2,
            scores=scores,
            tools=tools,
            enforces_choice=found.enforces_choice,
            enforces_schema=found.enforces_schema,
            filling=found.filling if found.filling != "unknown" else "none",
            marks=(found.marks.prefix, found.marks.suffix, found.marks.middle)
            if found.marks
            else None,
            edit_format=form,
            context=context,
            speed=TokenSpeed(round(measured.prompt_speed, 1), round(found.answer_speed, 1)),
            tokens_scale=round(max(found.scales, default=1.0), 3),
            roles={role: role_profile(role, judged, context) for role in ROLES},
            reasons=(why_tools, why_form),
            verdicts=tuple(v for verdicts in found.verdicts.values() for v in verdicts),
        )

    def _abilities(self, tools: ToolProtocol) -> Abilities:
        return Abilities(tools=tools, enforces_schema=self._found.enforces_schema)

    @asynccontextmanager
    async def _client(self, abilities: Abilities) -> AsyncIterator[ModelClient]:
        client = ModelClient(self._endpoint, self._deadlines, lambda _: abilities)
        try:
            yield client
        finally:
            await client.aclose()

    def _request(self, question: str, tokens: int, system: str = "", **more: object) -> ChatRequest:
        messages = [{"role": "user", "content": question}]
        if system:
            messages.insert(0, {"role": "system", "content": system})
        request = ChatRequest(self._model, tuple(messages), tokens, temperature=0.0, seed=SEED)
        return replace(request, **more)  # type: ignore[arg-type]  # fields of ChatRequest

    async def _answer(self, client: ModelClient, request: ChatRequest) -> Completion | None:
        """Return the answer, or None where the server or the model did not give one."""
        try:
            answer = await self._turns.taken(lambda: client.chat(request))
        except ModelProtocolError:
            return None
        if answer.usage is not None and answer.usage.prompt_tokens > 64 and not request.tools:
            self._found.scales.append(answer.usage.prompt_tokens / guess_prompt(request))
        return answer

    def _note(self, kind: str, verdict: ProbeVerdict) -> None:
        self._found.verdicts.setdefault(kind, []).append(verdict)
        done = sum(map(len, self._found.verdicts.values()))
        self._progress(self._stage, done)


def _fits(schema: dict[str, object], text: str) -> bool:
    try:
        return not schema_error(schema, read_json(text))
    except ValueError:
        return False


def _text(answer: Completion | None) -> str:
    return " ".join(answer.text.split())[:120] if answer else "no answer"
