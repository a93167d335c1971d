"""A client's messages made into ones that the chat templates of open models accept.

One system message, first; no two turns of the same role in a row; plain text. Clients send
`developer` roles, late system messages and two questions in a row; templates refuse these.
"""

from collections.abc import Sequence
from typing import Any

from server.failures import refuse
from server.openai_schemas import ChatMessage

SYSTEM_ROLES = frozenset({"system", "developer"})
BETWEEN = "\n\n"


def normalised(messages: Sequence[ChatMessage]) -> tuple[dict[str, Any], ...]:
    """Return the messages to send to a model."""
    system = [message.content for message in messages if message.role in SYSTEM_ROLES]
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role in SYSTEM_ROLES:
            continue
        turn = _turn(message)
        if turns and _mergeable(turns[-1], turn):
            joined = BETWEEN.join(filter(None, (turns[-1]["content"], turn["content"])))
            turns[-1] = turns[-1] | {"content": joined}
        else:
            turns.append(turn)
    text = BETWEEN.join(filter(None, system))
    return ({"role": "system", "content": text}, *turns) if text else tuple(turns)


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


def _mergeable(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return (
        first["role"] == second["role"] != "tool"
        and "tool_calls" not in first
        and "tool_calls" not in second
    )
