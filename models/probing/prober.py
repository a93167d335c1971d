"""All probes of one model, one after another, and the profile that they make.

Seeded and at temperature 0: the same model behind the same server gives the same profile, but for
its speeds.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from models.chat.abilities import Abilities, ToolProtocol
from models.chat.edit_formats import FORMATS
from models.client.client import ChatRequest, Completion, ModelClient
from models.client.counting import guess_prompt
from models.probing.conclusions import protocol_of
from models.probing.findings import ProbeFindings
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.probe_material import material
from models.probing.probe_session import SEED, ProbeSession, cut_while_thinking, timed
from models.probing.profile import EDIT_TOOLS, ModelProfile
from models.probing.trials.call_edits import call_edits, try_edit
from models.probing.trials.context_measurement import ContextMeasurement, measure_context
from models.probing.trials.loop_probe import measure_loop
from models.probing.trials.probes import (
    Probe,
    choice_probes,
    edit_probes,
    fact_probes,
    schema_probes,
    tool_choice_probes,
    tool_probes,
)
from models.probing.trials.thinking import ThinkingProbe
from models.probing.verdict import ProbeVerdict
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.infill_requests import KNOWN_MARKS
from models.wire.presets import recognise_server
from models.wire.reported_context import reported_context
from rooftree.errors import ModelProtocolError

COUNTING_TOKENS = 64
PATIENT_SECONDS = 600.0
NATIVE_CHOICE = Abilities(tools="native", enforces_choice=True)

ProbeProgress = Callable[[str, int], None]
"""Receives what is being probed and how many probes are done."""


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
        found = self._found
        await self._thinking()
        session = self._session
        found.enforces_schema = await self._run("server", Abilities(), schema_probes(session))
        found.enforces_choice = await self._run(
            "server", NATIVE_CHOICE, tool_choice_probes(session)
        )
        await self._tools()
        native = self._abilities("native")
        await self._run("choices", native, choice_probes(session))
        for form in FORMATS:
            await self._run(f"edits by {form}", native, edit_probes(session, form))
        await self._run("facts", native, fact_probes(session))
        await self._holes()
        self._stage = "speed"
        found.answer_speed = await session.turns.run(self._writing_speed)
        measured = await self._context()
        await self._loop(measured.context.measured)
        return found.profile(session, fingerprint, measured, time.monotonic() - started)

    async def _thinking(self) -> None:
        """Find out what answers, and how it thinks: the other probes need room for that."""
        self._stage = "thinking"
        async with self._session.transport() as transport:
            self._found.preset = await recognise_server(transport)
            window = await reported_context(transport, self._session.model)
            self._session = replace(self._session, window=window or 0)
            probe = ThinkingProbe(self._session, transport, self._found.preset)
            self._found.thinking = await probe.measure()
        if self._found.thinking.thinks:
            self._session = self._session.with_room()
        self._progress(self._stage, 0)

    async def _tools(self) -> None:
        """Call tools in each way that the server has, and edit by the best of them."""
        session = self._session
        ways: tuple[ToolProtocol, ...] = ("native", "guided")
        for way in ways if self._found.enforces_schema else ("native", "text"):
            await self._run(f"tools by {way}", self._abilities(way), tool_probes(session, way))
        self._stage = "edits with tools"
        async with session.client(self._abilities(protocol_of(self._found.scores)[0])) as client:
            for tool in EDIT_TOOLS:
                for case in call_edits():
                    self._note(f"call_{tool}", await try_edit(session, client, tool, case))

    async def _loop(self, window: int) -> None:
        """Make several steps of an agent, by the way in which tools are called best."""
        self._stage = "steps"
        way = protocol_of(self._found.scores)[0]
        async with self._session.client(self._abilities(way)) as client:
            self._found.loop = await measure_loop(self._session, client, window)
        for verdict in self._found.loop.verdicts:
            self._note("loop", verdict)

    async def _run(self, stage: str, abilities: Abilities, probes: Iterable[Probe]) -> bool:
        """Put probes one after another; tell whether all answers were right."""
        self._stage = stage
        verdicts = []
        async with self._session.client(abilities) as client:
            for probe in probes:
                answer = await self._answer(client, probe.request)
                verdict = probe.unanswered
                if answer is not None:
                    verdict = None if cut_while_thinking(answer) else probe.judge(answer)
                    self._note(probe.kind, verdict)
                elif verdict is not None:
                    self._note(probe.kind, verdict)
                verdicts += [verdict] if verdict is not None else []
        return bool(verdicts) and all(verdict.right for verdict in verdicts)

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
        # What it thinks is counted, and is not shown: only the whole time fits to it.
        begun = 0.0 if answer.completion.reasoning else answer.first_seconds
        seconds = answer.last_seconds - begun
        return (tokens - 1) / seconds if tokens > 1 and seconds > 0 else 0.0

    async def _context(self) -> ContextMeasurement:
        self._stage = "context"
        model, turns = self._session.model, self._session.turns
        claimed = self._session.window or None
        async with self._session.client(self._abilities("native")) as client:
            return await measure_context(client, model, claimed, SEED, turns, self._session.room)

    def _abilities(self, tools: ToolProtocol) -> Abilities:
        return replace(
            self._found.thinking.as_abilities(),
            tools=tools,
            enforces_schema=self._found.enforces_schema,
        )

    async def _answer(self, client: ModelClient, request: ChatRequest) -> Completion | None:
        """Return the answer, or None where the server or the model did not give one."""
        try:
            answer = await self._session.turns.run(lambda: client.chat(request))
        except ModelProtocolError:
            return None
        if answer.usage is not None and answer.usage.prompt_tokens > 64 and not request.tools:
            self._found.scales.append(answer.usage.prompt_tokens / guess_prompt(request))
        return answer

    def _note(self, kind: str, verdict: ProbeVerdict | None) -> None:
        """Keep a verdict; None where the model was cut while it thought, which is none."""
        if verdict is None:
            self._found.unmeasured[kind] = self._found.unmeasured.get(kind, 0) + 1
            return
        self._found.verdicts.setdefault(kind, []).append(verdict)
        done = sum(map(len, self._found.verdicts.values()))
        self._progress(self._stage, done)
