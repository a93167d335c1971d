"""A client's messages as plain values; `models.chat.messages` makes them what templates accept."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from models.chat.messages import template_messages
from server.base.error_bodies import refuse
from server.operations.find.ask import EarlierTurnRequest
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


def earlier_turns(messages: Sequence[ChatMessage]) -> tuple[EarlierTurnRequest, ...]:
    """Return what the user asked before the last question, each with what came as an answer."""
    said = [one for one in messages if one.role in ("user", "assistant") and one.content.strip()]
    asked = [at for at, one in enumerate(said) if one.role == "user"]
    turns = []
    for at, following in pairwise(asked):
        answer = "\n\n".join(one.content.strip() for one in said[at + 1 : following])
        turns.append(EarlierTurnRequest(question=said[at].content.strip(), answer=answer))
    return tuple(turns)


def _turn(message: ChatMessage) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "assistant" and message.tool_calls:
        turn["tool_calls"] = [call.model_dump() for call in message.tool_calls]
    if message.role == "tool":
        turn["tool_call_id"] = message.tool_call_id or ""
    return turn
