"""What a model can do behind its server, as far as it has been measured.

A value without behaviour: `models.probing` measures it, `models.client.client` and the agents obey
it. The defaults are what most servers can do; nothing is ever concluded from a model's name.
"""

from dataclasses import dataclass
from typing import Literal

ToolProtocol = Literal["native", "guided", "text"]
"""How tools are asked for: by the API's own `tools`, by JSON that the server is made to write, or
by a block of text."""
ThinkingSwitch = Literal["unknown", "template", "effort", "none"]
"""How a model is told whether to think: by a variable of its chat template, by `reasoning_effort`,
or not at all. What is unknown is not tried: a server may refuse the whole request for it."""
InfillMode = Literal["unknown", "infill", "suffix", "tokens", "none"]
"""How a hole is filled: llama.cpp's /infill, the API's `suffix`, the model's own marks, or not."""


REASONING_FIELDS = ("reasoning", "reasoning_content")
"""What servers call a model's reasoning; most ignore the one that they do not know."""


THINKING_TOKENS = 4096
"""Room for what a model thinks before its answer."""


@dataclass(frozen=True, slots=True)
class InfillMarks:
    """The marks between which a model was trained to fill a hole."""

    prefix: str
    suffix: str
    middle: str

    def prompt(self, before: str, after: str) -> str:
        return f"{self.prefix}{before}{self.suffix}{after}{self.middle}"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model can do; `measured` tells a profile from the defaults."""

    measured: bool = False
    tools: ToolProtocol = "native"
    enforces_choice: bool = False
    """Whether the server itself makes sure of `tool_choice` required or named."""
    enforces_schema: bool = True
    """Whether the server makes the model write JSON that fits a schema."""
    filling: InfillMode = "unknown"
    marks: InfillMarks | None = None
    context_tokens: int | None = None
    """The longest prompt of which everything was read; None where it was not measured."""
    tokens_scale: float = 1.0
    """Real tokens for each that `models.chat.tokens.estimate_tokens` guesses."""
    reasoning_fields: tuple[str, ...] = REASONING_FIELDS
    """The fields in which the server takes the model's reasoning back; none means that it does
    not."""
    thinking_switch: ThinkingSwitch = "unknown"
    thinking_name: str = "enable_thinking"
    """The variable of the chat template that switches thinking."""
    effort_off: str = "none"
    """The least `reasoning_effort` that the server takes."""
    thinking_budget_field: str = ""
    """The field that holds the most tokens of thinking; empty where there is none."""
    repetition_field: str = "repetition_penalty"
    parallel_field: str = "parallel_tool_calls"
    """What allows several calls in one answer; empty where the server does not take it."""
    thinks: bool = False
    """Whether the model thinks before it answers where nothing is said about it."""

    @property
    def always_thinks(self) -> bool:
        """Whether an answer needs room for thoughts, also where they are switched off."""
        off = self.thinking_switch == "template" or (
            self.thinking_switch == "effort" and self.effort_off == "none"
        )
        return self.thinks and not off


UNMEASURED = Abilities()
