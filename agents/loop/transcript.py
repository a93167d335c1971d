"""What was said in a loop, as it is sent to the model: it only grows, but for what is logged.

Request n + 1 begins with request n, message for message, so that a server need not read it again.
What changes earlier messages (results are masked, a summary replaces them) is written into
`changes`. Calls have ids of nine letters or digits, which the strictest templates ask for; each
call has exactly one result, in order.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from models.chat.text_tool_calls import read_json
from models.chat.types import Completion, ToolCall
from prompts.library import RenderedPrompt, neutralise

OutcomeKind = Literal["read", "edit", "run", "error", "finish"]
ChangeKind = Literal["mask", "summary", "protocol", "user turn"]
MAX_UNREADABLE = 200
MAX_REASONING = 24_000
"""Characters of one answer's reasoning that are sent back."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of one call."""

    call: ToolCall
    text: str
    kind: OutcomeKind
    key: str = ""
    """The call's name and arguments, in one form for all ways of writing them."""
    is_unread: bool = False
    """The call named no tool, or its arguments could not be read."""
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer of the model that called tools, and what came of each call."""

    message: Mapping[str, Any]
    outcomes: tuple[ToolOutcome, ...]
    step: int

    def messages(self) -> list[Mapping[str, Any]]:
        results = [
            {
                "role": "tool",
                "tool_call_id": one.call.id,
                "name": one.call.name,
                "content": neutralise(one.text),
            }
            for one in self.outcomes
        ]
        return [self.message, *results]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """Words of the model without a call, and what it was answered."""

    messages_said: tuple[Mapping[str, Any], ...]

    def messages(self) -> list[Mapping[str, Any]]:
        return [{**one, "content": neutralise(one["content"])} for one in self.messages_said]


@dataclass(frozen=True, slots=True)
class TranscriptChange:
    """Something that made an earlier part of the prompt another one."""

    kind: ChangeKind
    step: int
    detail: str = ""


@dataclass(slots=True)
class Transcript:
    """The messages of one loop."""

    system: str
    task: str
    """The first message of the user: task, plan and what is known; it is never cut."""
    turns: list[Exchange | SpokenTurn] = field(default_factory=list)
    earlier: str = ""
    """What became of turns that are no longer here: it stands below the task."""
    last_run: str = ""
    """What the last run said, where its turn is no longer here: a failure is never lost."""
    changes: list[TranscriptChange] = field(default_factory=list)
    _calls: int = 0

    @classmethod
    def of(cls, prompt: RenderedPrompt) -> "Transcript":
        """Return the transcript that a prompt of two messages begins."""
        system, task = (one["content"] for one in prompt.messages)
        return cls(system, task)

    def messages(self) -> tuple[Mapping[str, Any], ...]:
        """Return everything, in the API's form."""
        run = f"The last run said:\n{self.last_run}" if self.last_run else ""
        task = "\n\n".join(filter(None, (self.task, self.earlier, run)))
        first = [
            {"role": "system", "content": self.system},
            {"role": "user", "content": neutralise(task)},
        ]
        return (*first, *(message for turn in self.turns for message in turn.messages()))

    def exchanges(self) -> list[Exchange]:
        return [turn for turn in self.turns if isinstance(turn, Exchange)]

    def numbered(self, answer: Completion) -> Completion:
        """Return an answer whose calls have ids of ours, and arguments that templates can read."""
        calls = []
        for call in answer.tool_calls:
            self._calls += 1
            calls.append(replace(call, id=f"c{self._calls:08d}"))
        return replace(answer, tool_calls=tuple(calls))

    def add_exchange(self, answer: Completion, outcomes: Sequence[ToolOutcome], step: int) -> None:
        """Add an answer that called tools, with what came of it."""
        self.turns.append(Exchange(_spoken(answer), tuple(outcomes), step))

    def add_words(self, answer: Completion, reply: str, step: int) -> None:
        """Add an answer in words, and what it is told: a new turn of the user."""
        self.turns.append(SpokenTurn((_spoken(answer), {"role": "user", "content": reply})))
        self.changes.append(TranscriptChange("user turn", step, reply[:80]))

    def add_user(self, text: str, step: int) -> None:
        """Add what a person, or a reviewer, has to say.

        Strict templates refuse a user right behind the result of a tool, so the model says a word
        between them.
        """
        said = ({"role": "assistant", "content": "Done."}, {"role": "user", "content": text})
        self.turns.append(SpokenTurn(said))
        self.changes.append(TranscriptChange("user turn", step, text[:80]))


def _spoken(answer: Completion) -> dict[str, Any]:
    """Return the model's own message: its text, its reasoning and its calls."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.reasoning:
        message["reasoning"] = answer.reasoning[:MAX_REASONING]
    if answer.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": sound_arguments(call.arguments)},
            }
            for call in answer.tool_calls
        ]
    return message


def sound_arguments(arguments: str) -> str:
    """Return arguments that a template can read; some parse those of earlier turns and fail."""
    try:
        value = read_json(arguments)
    except ValueError:
        return json.dumps({"unreadable": arguments[:MAX_UNREADABLE]})
    return arguments if isinstance(value, dict) else json.dumps({"value": value})
