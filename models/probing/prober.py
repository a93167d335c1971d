"""All probes of one model, one after another, and the profile that they make.

Seeded and at temperature 0: the same model behind the same server gives the same profile, but for
its speeds.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from models.chat.abilities import Abilities, InfillMarks, InfillMode, ToolProtocol
from models.chat.edit_formats import FORMATS
from models.client.client import ChatRequest, Completion, ModelClient
from models.client.counting import guess_prompt
from models.probing.conclusions import edit_format_of, protocol_of, role_profile, role_scores
from models.probing.context_measurement import ContextMeasurement, measure_context
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.probe_material import material
from models.probing.probe_session import SEED, ProbeSession, timed
from models.probing.probes import (
    Probe,
    choice_probes,
    edit_probes,
    fact_probes,
    schema_probes,
    tool_choice_probes,
    tool_probes,
)
from models.probing.profile import ROLES, SUITE, ModelProfile, TokenSpeed
from models.probing.verdict import ProbeVerdict, score_of
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url
from models.wire.infill_requests import KNOWN_MARKS
from models.wire.reported_context import reported_context
from rooftree.errors import ModelProtocolError

COUNTING_TOKENS = 64
PATIENT_SECONDS = 600.0
NATIVE_CHOICE = Abilities(tools="native", enforces_choice=True)

ProbeProgress = Callable[[str, int], None]
"""Receives what is being probed and how many probes are done."""


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
        progress: ProbeProgress = lambda _stage, _done: None,
        turns: PreemptibleRunner = NO_PREEMPTION,
    ) -> None:
        """`turns` let other work go first, also while a probe is under way."""
        # A long prompt on a busy machine is slow, and slow is a finding and no failure.
        patient = replace(
            deadlines,
            first_token=max(PATIENT_SECONDS, deadlines.first_token),
            total=max(2 * PATIENT_SECONDS, deadlines.total),
        )
        self._session = ProbeSession(endpoint, model, patient, turns)
        self._progress = progress
        self._found = ProbeFindings()
        self._stage = "server"

    async def profile(self, fingerprint: str) -> ModelProfile:
        """Measure everything; takes minutes on a small machine."""
        started = time.monotonic()
        session, found = self._session, self._found
        found.enforces_schema = await self._run("server", Abilities(), schema_probes(session))
        found.enforces_choice = await self._run(
            "server", NATIVE_CHOICE, tool_choice_probes(session)
        )
        ways: tuple[ToolProtocol, ...] = ("native", "guided")
        for way in ways if found.enforces_schema else ("native", "text"):
            await self._run(f"tools by {way}", self._abilities(way), tool_probes(session, way))
        native = self._abilities("native")
        await self._run("choices", native, choice_probes(session))
        for form in FORMATS:
            await self._run(f"edits by {form}", native, edit_probes(session, form))
        await self._run("facts", native, fact_probes(session))
        await self._holes()
        self._stage = "speed"
        found.answer_speed = await session.turns.run(self._writing_speed)
        measured = await self._context()
        return self._concluded(fingerprint, measured, time.monotonic() - started)

    async def _run(self, stage: str, abilities: Abilities, probes: Iterable[Probe]) -> bool:
        """Put probes one after another; tell whether all answers were right."""
        self._stage = stage
        verdicts = []
        async with self._session.client(abilities) as client:
            for probe in probes:
                answer = await self._answer(client, probe.request)
                verdict = probe.judge(answer) if answer is not None else probe.unanswered
                if verdict is not None:
                    self._note(probe.kind, verdict)
                    verdicts.append(verdict)
        return all(verdict.right for verdict in verdicts)

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
            verdicts = await self._session.fill(able, material().holes)
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

    async def _writing_speed(self) -> float:
        """Time how fast an answer is written, from its first word on."""
        request = self._session.request("Count from 1 to 100, in digits.", COUNTING_TOKENS)
        async with self._session.client(self._abilities("native")) as client:
            answer = await timed(client, request)
        usage = answer.completion.usage
        tokens = usage.completion_tokens if usage is not None else 0
        seconds = answer.last_seconds - answer.first_seconds
        return (tokens - 1) / seconds if tokens > 1 and seconds > 0 else 0.0

    async def _context(self) -> ContextMeasurement:
        self._stage = "context"
        model, turns = self._session.model, self._session.turns
        async with self._session.transport() as transport:
            claimed = await reported_context(transport, model)
        async with self._session.client(self._abilities("native")) as client:
            return await measure_context(client, model, claimed, SEED, turns)

    def _concluded(
        self, fingerprint: str, measured: ContextMeasurement, seconds: float
    ) -> ModelProfile:
        found, endpoint = self._found, self._session.endpoint
        scores = {kind: score_of(verdicts) for kind, verdicts in found.verdicts.items()}
        tools, why_tools = protocol_of(scores)
        form, why_form = edit_format_of(scores)
        judged = role_scores(scores, tools, form)
        context = measured.context
        return ModelProfile(
            suite=SUITE,
            fingerprint=fingerprint,
            model=self._session.model,
            endpoint="embedded" if endpoint.embedded else redacted_url(endpoint.base_url),
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

    async def _answer(self, client: ModelClient, request: ChatRequest) -> Completion | None:
        """Return the answer, or None where the server or the model did not give one."""
        try:
            answer = await self._session.turns.run(lambda: client.chat(request))
        except ModelProtocolError:
            return None
        if answer.usage is not None and answer.usage.prompt_tokens > 64 and not request.tools:
            self._found.scales.append(answer.usage.prompt_tokens / guess_prompt(request))
        return answer

    def _note(self, kind: str, verdict: ProbeVerdict) -> None:
        self._found.verdicts.setdefault(kind, []).append(verdict)
        done = sum(map(len, self._found.verdicts.values()))
        self._progress(self._stage, done)
