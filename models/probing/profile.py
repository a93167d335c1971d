"""A profile: what was measured of one model behind one server, and what follows from it.

It is stored as JSON and read back strictly: what was damaged or made by another version of the
probes counts as not measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import TypeAdapter

from models.chat.abilities import (
    REASONING_FIELDS,
    Abilities,
    InfillMarks,
    InfillMode,
    ThinkingSwitch,
)
from models.chat.edit_formats import EditFormat
from models.probing.verdict import ProbeScore, ProbeVerdict
from rooftree.data_files import Strict

SUITE = 2
"""Raise it when probes or what follows from them change: every profile is then measured anew."""
ModelTier = Literal["tiny", "small", "capable"]
ModelRole = Literal["chat", "planner", "coder", "reviewer"]
ModelSize = Literal["S", "M", "L"]
EditTool = Literal["edit", "apply_patch", "definition"]
"""How a model edits best by calling a tool: text by text, by a patch, or whole definitions."""
EDIT_TOOLS: tuple[EditTool, ...] = ("edit", "apply_patch", "definition")
ROLES: tuple[ModelRole, ...] = ("chat", "planner", "coder", "reviewer")


@dataclass(frozen=True, slots=True)
class ContextProfile:
    """How long a prompt may be, as claimed and as measured."""

    claimed: int | None
    measured: int
    cuts_silently: bool
    found: tuple[str, ...]
    """Which of three codes in a prompt of the measured length the model told rightly."""


@dataclass(frozen=True, slots=True)
class TokenSpeed:
    """Tokens a second; what a cache saved is not counted."""

    prompt: float
    answer: float


@dataclass(frozen=True, slots=True)
class ThinkingProfile:
    """How a model thinks before it answers, and how its server lets that be steered."""

    thinks: bool = False
    """By default, where nothing is said about it."""
    tokens: int = 0
    """About how many, at a question that is worth it."""
    field_out: str = ""
    """Where its thoughts come: a field of the answer, or `content`."""
    fields_in: tuple[str, ...] | None = None
    """The fields in which they go back; None where that could not be seen."""
    switch: ThinkingSwitch = "unknown"
    switch_name: str = "enable_thinking"
    effort_off: str = "none"
    budget_field: str = ""
    parallel_calls: bool = False
    """Whether one answer made two calls."""
    streams_alike: bool | None = None
    """Whether a stream made the same call as a whole answer."""

    def as_abilities(self) -> Abilities:
        """Return what a client has to know of it."""
        return Abilities(
            reasoning_fields=REASONING_FIELDS if self.fields_in is None else self.fields_in,
            thinking_switch=self.switch,
            thinking_name=self.switch_name,
            effort_off=self.effort_off,
            thinking_budget_field=self.budget_field,
            thinks=self.thinks,
        )


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """What a model is good for in one role, and why."""

    tier: ModelTier
    reasons: tuple[str, ...]
    prompt_tokens: int
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class ModelProfile(Strict):
    """Everything measured of one model."""

    suite: int
    fingerprint: str
    model: str
    endpoint: str
    measured_at: str
    seconds: float
    probes: int
    scores: Mapping[str, ProbeScore]
    tools: Literal["native", "guided", "text"]
    enforces_choice: bool
    enforces_schema: bool
    filling: InfillMode
    marks: tuple[str, str, str] | None
    edit_format: EditFormat | None
    context: ContextProfile
    speed: TokenSpeed
    tokens_scale: float
    roles: Mapping[ModelRole, RoleProfile]
    reasons: tuple[str, ...]
    """Why the protocol, the format and the rest were chosen."""
    verdicts: tuple[ProbeVerdict, ...] = field(default=())
    measured_by: Literal["long", "short"] = "long"
    """By all probes, or by a few calls that a first run did not want to wait for."""
    thinking: ThinkingProfile = ThinkingProfile()
    edit_tool: EditTool = "edit"
    size: ModelSize = "S"
    size_reasons: tuple[str, ...] = ()
    step_seconds: float = 0.0
    """How long one step of an agent took; 0 where none was made."""
    server: str = ""
    """Which program answers, where it was recognised."""
    repetition_field: str = "repetition_penalty"
    parallel_field: str = "parallel_tool_calls"

    @property
    def tier(self) -> ModelTier:
        """The tier of the model as a whole: what it reaches in at least half of the roles."""
        order: tuple[ModelTier, ...] = ("tiny", "small", "capable")
        ranks = sorted(order.index(role.tier) for role in self.roles.values())
        return order[ranks[len(ranks) // 2]]

    def abilities(self) -> Abilities:
        """Return what a client has to know."""
        return replace(
            self.thinking.as_abilities(),
            measured=True,
            tools=self.tools,
            enforces_choice=self.enforces_choice,
            enforces_schema=self.enforces_schema,
            filling=self.filling,
            marks=InfillMarks(*self.marks) if self.marks else None,
            context_tokens=self.context.measured if self.measured_by == "long" else None,
            tokens_scale=self.tokens_scale,
            repetition_field=self.repetition_field,
            parallel_field=self.parallel_field,
        )


PROFILES: TypeAdapter[ModelProfile] = TypeAdapter(ModelProfile)
