"""What a call requires of a model, and which conversation it belongs to."""

import hashlib
from dataclasses import dataclass

from models.chat.types import ChatRequest
from models.client.counting import guess_prompt


@dataclass(frozen=True, slots=True)
class CallRequirements:
    """What a target has to be able to do."""

    schema: bool = False
    filling: bool = False
    prompt_tokens: int = 0
    """About how long the prompt is."""


def needs_of(request: ChatRequest) -> CallRequirements:
    """Return what a chat request needs."""
    return CallRequirements(
        schema=request.response_format is not None,
        prompt_tokens=guess_prompt(request),
    )


def conversation_of(request: ChatRequest) -> str:
    """Return a key that the turns of one conversation share: all up to its first question.

    That much stays the same from turn to turn, and is what a prompt cache holds.
    """
    roles = [message.get("role") for message in request.messages]
    end = roles.index("user") + 1 if "user" in roles else len(roles)
    text = "\0".join(str(message.get("content")) for message in request.messages[:end])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
