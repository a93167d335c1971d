"""What a model is probed with: tasks, the tools that it is offered, questions that need them."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from models.chat.text_tool_calls import read_json
from models.chat.types import ToolCall
from models.client.tool_use import arguments_error
from rooftree.data_files import Strict

FILE = Path(__file__).with_name("material.toml")
TOOLS_FILE = Path(__file__).with_name("tools.toml")


@dataclass(frozen=True, slots=True)
class EditProbe(Strict):
    """A change of one function, and texts that tell whether it was made."""

    id: str
    task: str
    code: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InfillProbe(Strict):
    """Code around a hole, and what may fill it."""

    id: str
    before: str
    after: str
    expects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbePlace(Strict):
    """A place as the summary's prompt shows it."""

    path: str
    start: int
    symbol: str
    text: str

    @property
    def end(self) -> int:
        return self.start + self.text.count("\n") - 1


@dataclass(frozen=True, slots=True)
class FactProbe(Strict):
    """A question about the places; without `expects` they do not answer it."""

    id: str
    question: str
    expects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChoiceProbe(Strict):
    """A decision among options."""

    id: str
    task: str
    field: str
    options: tuple[str, ...]
    right: str


@dataclass(frozen=True, slots=True)
class ProbeMaterial(Strict):
    """All of it."""

    edits: tuple[EditProbe, ...]
    holes: tuple[InfillProbe, ...]
    places: tuple[ProbePlace, ...]
    facts: tuple[FactProbe, ...]
    choices: tuple[ChoiceProbe, ...]


@cache
def material() -> ProbeMaterial:
    """Return the shipped material."""
    return TypeAdapter(ProbeMaterial).validate_python(tomllib.loads(FILE.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class ToolProbe:
    """A request that one call answers, or none where `tool` is empty.

    `arguments` must occur in the call's, whatever their case.
    """

    question: str
    tool: str
    arguments: Mapping[str, str]

    def is_answered_by(self, call: ToolCall) -> bool:
        """Tell whether a call is the right one with the right arguments."""
        if call.name != self.tool or not is_valid(call):
            return False
        given = read_json(call.arguments)
        return all(
            text.lower() in str(given.get(name, "")).lower()
            for name, text in self.arguments.items()
        )


@cache
def offered_tools() -> tuple[dict[str, Any], ...]:
    """Return the tools in the API's form."""
    content = tomllib.loads(TOOLS_FILE.read_text("utf-8"))
    return tuple({"type": "function", "function": tool} for tool in content["tools"])


def is_valid(call: ToolCall) -> bool:
    """Tell whether a call names an offered tool and its arguments fit the tool's schema."""
    tools = {tool["function"]["name"]: tool["function"] for tool in offered_tools()}
    return call.name in tools and not arguments_error(tools[call.name], call.arguments)


def read_questions(path: Path) -> tuple[ToolProbe, ...]:
    """Read questions from a file of `[[prompts]]`."""
    prompts: Iterable[Mapping[str, Any]] = tomllib.loads(path.read_text("utf-8"))["prompts"]
    return tuple(ToolProbe(**prompt) for prompt in prompts)
