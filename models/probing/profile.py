"""A profile: what was measured of one model behind one server, and what follows from it.

It is stored as JSON and read back strictly: what was damaged or made by another version of the
probes counts as not measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

from models.chat.abilities import Abilities, InfillMarks
from models.chat.edit_formats import EditFormat
from models.probing.verdict import ProbeScore, ProbeVerdict
from rooftree.data_files import Strict

SUITE = 1
"""Raise it when probes or what follows from them change: every profile is then measured anew."""
ModelTier = Literal["tiny", "small", "capable"]
ModelRole = Literal["chat", "planner", "coder", "reviewer"]
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
    filling: Literal["infill", "suffix", "tokens", "none"]
    marks: tuple[str, str, str] | None
    edit_format: EditFormat | None
    context: ContextProfile
    speed: TokenSpeed
    tokens_scale: float
    roles: Mapping[ModelRole, RoleProfile]
    reasons: tuple[str, ...]
    """Why the protocol, the format and the rest were chosen."""
    verdicts: tuple[ProbeVerdict, ...] = field(default=())

    @property
    def tier(self) -> ModelTier:
        """The tier of the model as a whole: what it reaches in at least half of the roles."""
        order: tuple[ModelTier, ...] = ("tiny", "small", "capable")
        ranks = sorted(order.index(role.tier) for role in self.roles.values())
        return order[ranks[len(ranks) // 2]]

    def abilities(self) -> Abilities:
        """Return what a client has to know."""
        return Abilities(
            measured=True,
            tools=self.tools,
            enforces_choice=self.enforces_choice,
            enforces_schema=self.enforces_schema,
            filling=self.filling,
            marks=InfillMarks(*self.marks) if self.marks else None,
            context_tokens=self.context.measured,
            tokens_scale=self.tokens_scale,
        )


PROFILES: TypeAdapter[ModelProfile] = TypeAdapter(ModelProfile)
