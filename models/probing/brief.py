"""A short measurement: what a first run has to know of a model, by at most eight small calls.

What it does not look at is taken as most cautious, or as the server is known for; all probes
replace it when there is time.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from models.chat.abilities import ToolProtocol
from models.chat.windows import window_of
from models.client.client import ModelClient
from models.probing.conclusions import role_of_tier
from models.probing.findings import ProbeFindings
from models.probing.judging import judge_call, verdict
from models.probing.probe_material import read_questions
from models.probing.probe_session import (
    ProbeSession,
    car_error,
    cut_while_thinking,
    timed,
)
from models.probing.profile import ROLES, ContextProfile, ModelProfile, ModelTier, ThinkingProfile
from models.probing.trials.call_edits import call_edits, try_edit
from models.probing.trials.context_measurement import ContextMeasurement
from models.probing.trials.loop_probe import LoopMeasurement
from models.probing.trials.probes import CALL_TOKENS, CHOICE_TOKENS, QUESTIONS, UNFORCED
from models.probing.trials.thinking import ThinkingProbe
from models.probing.verdict import ProbeVerdict
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.presets import Preset, recognise_server
from models.wire.reported_context import reported_context
from models.wire.transport import Transport
from rooftree.errors import ModelProtocolError

MOST_CALLS = 8
COUNTING_TOKENS = 64
NOT_MADE = "a short measurement makes none"


@dataclass(slots=True)
class BriefProber:
    """Measures one model briefly; a server that does not answer is an error."""

    endpoint: Endpoint
    model: str
    deadlines: Deadlines
    progress: Callable[[str, int], None] = lambda _stage, _done: None
    _found: ProbeFindings = field(default_factory=ProbeFindings, init=False)
    _done: int = field(default=0, init=False)

    async def profile(self, fingerprint: str) -> ModelProfile:
        """Return what a few calls tell."""
        started = time.monotonic()
        session = ProbeSession(self.endpoint, self.model, self.deadlines)
        async with session.transport() as transport:
            session = await self._thought(session, transport)
            async with session.client(self._found.thinking.as_abilities()) as client:
                await self._called(session, client)
                self._found.answer_speed = await self._speed(session, client)
            # Some servers tell it of a model that they have loaded, and by now they have.
            reported = await reported_context(transport, self.model)
        tokens = window_of(reported=reported).tokens
        context = ContextProfile(reported, tokens, cuts_silently=False, found=())
        self._found.loop = LoopMeasurement(skipped=NOT_MADE)
        profile = self._found.profile(
            session,
            fingerprint,
            ContextMeasurement(context, 0.0),
            time.monotonic() - started,
            "short",
        )
        return self._cautious(profile)

    async def _thought(self, session: ProbeSession, transport: Transport) -> ProbeSession:
        """See whether it thinks, and return the session with room for that."""
        preset = self._found.preset = await recognise_server(transport)
        session = replace(session, window=await reported_context(transport, self.model) or 0)
        probe = ThinkingProbe(session, transport, preset)
        await probe.measure_default()
        self._tell("thinking")
        if probe.found.thinks:
            await probe.measure_fields_in()
            self._tell("thinking", 3)
            probe.found = _with_assumed(probe.found, preset)
            session = session.with_room()
        self._found.thinking = probe.found
        return session

    async def _called(self, session: ProbeSession, client: ModelClient) -> None:
        """Force JSON, call a tool, and edit by one."""
        forced = session.car_request(UNFORCED[0], CHOICE_TOKENS)
        with suppress(ModelProtocolError):
            answer = await client.chat(forced)
            held = not car_error(answer)
            self._note("schema", verdict("schema", held, held, answer.text))
            self._found.enforces_schema = held
        self._tell("schema")
        question = read_questions(QUESTIONS)[0]
        with suppress(ModelProtocolError):
            answer = await client.chat(session.tool_request(question.question, CALL_TOKENS, "auto"))
            if not cut_while_thinking(answer):
                self._note("tools_native", judge_call(question, answer))
        self._found.verdicts.setdefault(
            "tools_native", [ProbeVerdict("tool", False, False, "no answer")]
        )
        self._tell("tools")
        edit = await try_edit(session, client, "edit", call_edits()[1], turns=1)
        if edit is not None:
            self._note("call_edit", edit)
        self._tell("edit")

    async def _speed(self, session: ProbeSession, client: ModelClient) -> float:
        request = session.request("Count from 1 to 30, in digits.", COUNTING_TOKENS)
        with suppress(ModelProtocolError):
            answer = await timed(client, request)
            self._tell("speed")
            usage = answer.completion.usage
            return usage.completion_tokens / answer.last_seconds if usage else 0.0
        return 0.0

    def _cautious(self, profile: ModelProfile) -> ModelProfile:
        """Return the profile with no more than a few calls can promise."""
        called = profile.scores["tools_native"].right
        way: ToolProtocol = "native" if called else "guided" if profile.enforces_schema else "text"
        tier: ModelTier = "tiny" if way == "text" else "small"
        reasons = (f"a short measurement: tools by {way}",)
        roles = {role: role_of_tier(tier, reasons, profile.context) for role in ROLES}
        return replace(
            profile, tools=way, filling="unknown", edit_format=None, roles=roles, reasons=reasons
        )

    def _note(self, kind: str, found: ProbeVerdict) -> None:
        self._found.verdicts.setdefault(kind, []).append(found)

    def _tell(self, stage: str, calls: int = 1) -> None:
        self._done += calls
        self.progress(stage, self._done)


def _with_assumed(found: ThinkingProfile, preset: Preset | None) -> ThinkingProfile:
    """Return how a server is known to steer thinking; what it refuses, it is not sent again."""
    if preset is None or not preset.thinking:
        return found
    kind, _, name = preset.thinking[0].partition(":")
    return replace(
        found,
        switch="template" if kind == "template" else "effort",
        switch_name=name or found.switch_name,
        budget_field=next(iter(preset.budget), ""),
    )
