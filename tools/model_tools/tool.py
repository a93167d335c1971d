"""A tool as a model is offered it: a name, what it does, its arguments, and who carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from tools.model_tools.arguments import Arguments, arguments_schema

ToolKind = Literal["read", "edit", "run"]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool; what it returns is redacted and cut, and its errors tell the model what to do."""

    name: str
    description: str
    arguments: type[Arguments]
    call: Callable[[Any], Awaitable[str]]
    kind: ToolKind = "read"
    """What is only read may be called several times at once."""
    recorded: bool = False
    """Its answer depends on more than the draft, so a run writes it down, to go the same way."""

    def as_api(self) -> dict[str, Any]:
        """Return the form in which the OpenAI API offers tools."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": arguments_schema(self.arguments),
            },
        }
