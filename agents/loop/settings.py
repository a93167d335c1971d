"""How long a loop may work and how much a model is shown at once, by the size that was measured.

The numbers of a size are starting points for models of 7 to 14, 24 to 35 and more than 80 billion
parameters with windows of 32,000, 64,000 and 128,000 tokens; the window that was measured or
configured always counts, and never a model's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from agents.runs.team import TeamMember
from models.chat.abilities import ToolProtocol
from tools.model_tools.working_draft import ToolLimits

LoopSize = Literal["S", "M", "L"]
MASK_SHARE = 0.7
"""Of the window, above which old results are masked."""
RESULT_SHARE = 1 / 8
"""Of the window, that one result of a tool takes at most."""
KEPT_SHARE = 1 / 3
"""Of the window, that the results which are kept whole take together at most."""
SMALLEST_ANSWER = 256
USUAL_TEMPERATURE = 0.7
"""What is taken where nobody has set one and an answer is to be another than before."""
WARMER = 0.2
MOST_TEMPERATURE = 1.2
SEEDS = 10_000
"""Between the seeds of two attempts."""
CHARACTERS_PER_TOKEN = 3
"""On the low side, for code."""
MIN_LOOP_WINDOW = 8_000
"""Tokens; the tools and a task alone take three thousand."""
ROOMY_WINDOW = 32_000
MAX_SUMMARIES = 2
"""In a window of that size; in a smaller one there may be as many as are needed."""


def uses_tools(member: TeamMember) -> bool:
    """Say whether a model chooses its own tools: it can, and its window holds a conversation."""
    return member.tier == "capable" and member.context_tokens >= MIN_LOOP_WINDOW


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What one loop may take."""

    size: LoopSize
    steps: int
    window: int
    mask_above: int
    """Tokens of a prompt."""
    thinking_tokens: int
    answer_tokens: int
    """Beside the thinking: a whole edit, or a decision where nothing is edited."""
    limits: ToolLimits
    sampling: Mapping[str, float] = field(default_factory=dict)
    protocol: ToolProtocol | None = None
    """How tools are offered; None is as it was measured."""
    max_summaries: int | None = None
    seed: int = 0
    """What the seeds of its steps begin at."""

    @property
    def most_prompt(self) -> int:
        """Tokens that a prompt may have, beside the shortest answer that is of use."""
        return self.window - max(SMALLEST_ANSWER, min(self.answer_tokens, self.window // 6))

    def answer_room(self, prompt_tokens: int) -> int:
        """Return `max_tokens` for a prompt: what is wanted, cut to what the window leaves."""
        wanted = self.answer_tokens + self.thinking_tokens
        return max(SMALLEST_ANSWER // 2, min(wanted, self.window - prompt_tokens))

    def for_reading(self) -> "LoopSettings":
        """Return the settings of a loop that edits nothing: its answers are short."""
        return replace(self, answer_tokens=min(self.answer_tokens, 1_000))


def for_attempt(settings: LoopSettings, attempt: int) -> LoopSettings:
    """Return the settings of another attempt at the same: its answers are to be others."""
    if not attempt:
        return settings
    temperature = settings.sampling.get("temperature", USUAL_TEMPERATURE) + attempt * WARMER
    sampling = {**settings.sampling, "temperature": min(temperature, MOST_TEMPERATURE)}
    return replace(settings, sampling=sampling, seed=attempt * SEEDS)


@dataclass(frozen=True, slots=True)
class _Size:
    steps: int
    mask_above: int
    thinking: int
    characters: int
    lines: int


_SIZES: Mapping[LoopSize, _Size] = {
    "S": _Size(40, 20_000, 2_000, 8_000, 200),
    "M": _Size(80, 40_000, 4_000, 16_000, 400),
    "L": _Size(120, 64_000, 8_000, 16_000, 400),
}
EDIT_TOKENS = 6_000
STEP_SECONDS = 60.0
"""For a step that was not measured."""
SPARE = 1.5
"""Steps grow slower as the prompt grows."""


def settings_of(
    size: LoopSize,
    window: int,
    *,
    thinks: bool = False,
    sampling: Mapping[str, float] | None = None,
    steps: int | None = None,
) -> LoopSettings:
    """Return the settings for a size in a window; a small window makes everything smaller."""
    of_size = _SIZES[size]
    thinking = min(of_size.thinking, window // 6) if thinks else 0
    characters = min(of_size.characters, int(window * RESULT_SHARE * CHARACTERS_PER_TOKEN))
    return LoopSettings(
        size=size,
        steps=steps or of_size.steps,
        window=window,
        mask_above=min(int(window * MASK_SHARE), of_size.mask_above),
        thinking_tokens=thinking,
        answer_tokens=min(EDIT_TOKENS, max(SMALLEST_ANSWER, window // 4)),
        limits=ToolLimits(characters, of_size.lines, hits=40 if characters > 4_000 else 20),
        sampling=sampling or {},
        max_summaries=MAX_SUMMARIES if window >= ROOMY_WINDOW else None,
    )


def settings_of_member(member: TeamMember, steps: int | None = None) -> LoopSettings:
    """Return the settings of a loop for a member of a team."""
    return settings_of(
        member.size,
        member.context_tokens,
        thinks=member.thinks,
        sampling=member.sampling,
        steps=steps,
    )


def seconds_of_step(member: TeamMember) -> float:
    """Return how long a step of a member may well take, by what was measured of it."""
    return member.step_seconds * SPARE or STEP_SECONDS
