"""A client's messages as plain values; `models.chat.messages` makes them what templates accept."""

from collections.abc import Sequence
from typing import Any

from models.chat.messages import template_messages
from server.base.error_bodies import refuse
from server.protocols.openai.schemas import ChatMessage


def normalised(messages: Sequence[ChatMessage]) -> tuple[dict[str, Any], ...]:
    """Return the messages to send to a model."""
    return template_messages(map(_turn, messages))


def question_of(messages: Sequence[ChatMessage]) -> str:
    """Return the last thing that the user said."""
    for message in reversed(messages):
        if message.role == "user" and message.content.strip():
            return message.content.strip()
    raise refuse(400, "no_question", "there is no user message with a question", "messages")


def _turn(message: ChatMessage) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "assistant" and message.tool_calls:
        turn["tool_calls"] = [call.model_dump() for call in message.tool_calls]
    if message.role == "tool":
        turn["tool_call_id"] = message.tool_call_id or ""
    return turn
