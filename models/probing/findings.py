"""What probes have found of one model, and the profile that follows from it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from models.chat.abilities import Abilities, InfillMarks, InfillMode
from models.probing.conclusions import (
    edit_format_of,
    edit_tool_of,
    protocol_of,
    role_profile,
    role_scores,
    size_of,
)
from models.probing.probe_session import ProbeSession
from models.probing.profile import ROLES, SUITE, ModelProfile, ThinkingProfile, TokenSpeed
from models.probing.trials.context_measurement import ContextMeasurement
from models.probing.trials.loop_probe import LoopMeasurement
from models.probing.verdict import ProbeScore, ProbeVerdict, score_of
from models.wire.failures import redacted_url
from models.wire.presets import Preset


@dataclass(slots=True)
class ProbeFindings:
    """What has been found so far."""

    verdicts: dict[str, list[ProbeVerdict]] = field(default_factory=dict)
    unmeasured: dict[str, int] = field(default_factory=dict)
    """How many answers of a kind ended while the model was thinking."""
    enforces_schema: bool = False
    enforces_choice: bool = False
    filling: InfillMode = "none"
    marks: InfillMarks | None = None
    answer_speed: float = 0.0
    scales: list[float] = field(default_factory=list)
    """Real tokens for each guessed one, prompt by prompt."""
    thinking: ThinkingProfile = field(default_factory=ThinkingProfile)
    loop: LoopMeasurement = field(default_factory=LoopMeasurement)
    preset: Preset | None = None

    @property
    def scores(self) -> dict[str, ProbeScore]:
        return {kind: score_of(verdicts) for kind, verdicts in self.verdicts.items()}

    def profile(
        self,
        session: ProbeSession,
        fingerprint: str,
        measured: ContextMeasurement,
        seconds: float,
        measured_by: Literal["long", "short"] = "long",
    ) -> ModelProfile:
        """Return what was measured and what follows from it."""
        scores, context = self.scores, measured.context
        tools, why_tools = protocol_of(scores)
        form, why_form = edit_format_of(scores)
        edit_tool, why_edit_tool = edit_tool_of(scores)
        judged = role_scores(scores, tools, form)
        size, why_size = size_of(context.measured, scores.get("loop"), self.loop.skipped)
        preset, known = self.preset, Abilities()
        if preset is not None:
            known = replace(
                known, repetition_field=preset.repetition, parallel_field=preset.parallel
            )
        cut = [f"{kind}: {n} not measured, cut while it thought" for kind, n in self._cut()]
        return ModelProfile(
            suite=SUITE,
            fingerprint=fingerprint,
            model=session.model,
            endpoint=_place(session),
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 1),
            probes=sum(len(verdicts) for verdicts in self.verdicts.values()) + 2,
            scores=scores,
            tools=tools,
            enforces_choice=self.enforces_choice,
            enforces_schema=self.enforces_schema,
            filling=self.filling,
            marks=(self.marks.prefix, self.marks.suffix, self.marks.middle) if self.marks else None,
            edit_format=form,
            context=context,
            speed=TokenSpeed(round(measured.prompt_speed, 1), round(self.answer_speed, 1)),
            tokens_scale=round(max(self.scales, default=1.0), 3),
            roles={role: role_profile(role, judged, context) for role in ROLES},
            reasons=(why_tools, why_form, why_edit_tool, *cut),
            verdicts=tuple(v for verdicts in self.verdicts.values() for v in verdicts),
            measured_by=measured_by,
            thinking=self.thinking,
            edit_tool=edit_tool,
            size=size,
            size_reasons=why_size,
            step_seconds=self.loop.step_seconds,
            server=preset.name if preset else "",
            repetition_field=known.repetition_field,
            parallel_field=known.parallel_field,
        )

    def _cut(self) -> list[tuple[str, int]]:
        return sorted(self.unmeasured.items())


def _place(session: ProbeSession) -> str:
    endpoint = session.endpoint
    return "embedded" if endpoint.embedded else redacted_url(endpoint.base_url)
