"""How many tokens a prompt has: a guess that learns from what the server counts.

A run that is resumed has to decide as it did before, so nothing is asked of the server for it: what
its answers said of earlier prompts is in the run's log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.chat.types import ChatRequest, Usage
from models.client.counting import Calibration, guess_prompt

FIRST_SCALE = 1.15
"""Real tokens for each guessed one, before the server has counted any."""
MARGIN = 1.05
"""The guess of a prompt's newest part may be a little low."""


@dataclass(slots=True)
class PromptSize:
    """Counts the prompts of one loop."""

    tools: tuple[Mapping[str, Any], ...]
    calibration: Calibration = field(default_factory=lambda: Calibration(FIRST_SCALE))

    def tokens(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """Return how many tokens these messages have, with the tools, on the high side."""
        return round(self._guess(messages) * self.calibration.scale * MARGIN)

    def learn(self, messages: Sequence[Mapping[str, Any]], usage: Usage | None) -> None:
        """Compare with what the server counted."""
        self.calibration.learn(self._guess(messages), usage)

    def _guess(self, messages: Sequence[Mapping[str, Any]]) -> int:
        return guess_prompt(ChatRequest("", tuple(messages), None, tools=self.tools))
