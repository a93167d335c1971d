"""Messages made into ones that the chat templates of open models accept.

One system message, first; no two turns of the same role in a row; plain text. Clients and agents
send `developer` roles, late system messages, text in parts and two questions in a row; templates
refuse these. It does not depend on servers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SYSTEM_ROLES = frozenset({"system", "developer"})
TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
BETWEEN = "\n\n"
REASONING = "reasoning"
"""Our own key of an assistant's message: what it thought before it said this."""

Message = Mapping[str, Any]


def template_messages(messages: Iterable[Message]) -> tuple[dict[str, Any], ...]:
    """Return the messages as any template takes them, in their order but for the system's."""
    system: list[str] = []
    turns: list[dict[str, Any]] = []
    for message in map(_plain, messages):
        if message.get("role") in SYSTEM_ROLES:
            system.append(message["content"])
        elif turns and _mergeable(turns[-1], message):
            turns[-1] = turns[-1] | _joined(turns[-1], message)
        else:
            turns.append(message)
    text = BETWEEN.join(filter(None, system))
    return ({"role": "system", "content": text}, *turns) if text else tuple(turns)


def with_system(messages: Sequence[Message], text: str) -> tuple[dict[str, Any], ...]:
    """Return the messages with `text` after what the system message says."""
    return template_messages([*messages, {"role": "system", "content": text}])


def _joined(first: Message, second: Message) -> dict[str, Any]:
    """Return what two turns of one role say together."""
    names = [name for name in ("content", REASONING) if first.get(name) or second.get(name)]
    texts = {name: (first.get(name) or "", second.get(name) or "") for name in names}
    return {name: BETWEEN.join(filter(None, both)) for name, both in texts.items()}


def _plain(message: Message) -> dict[str, Any]:
    """Return the message with its content as text; parts that are no text stay as they are."""
    content = message.get("content")
    if content is None:
        return {**message, "content": ""}
    if isinstance(content, list) and all(map(_is_text, content)):
        texts = (part if isinstance(part, str) else part["text"] for part in content)
        return {**message, "content": "\n".join(texts)}
    return dict(message)


def _is_text(part: Any) -> bool:
    if isinstance(part, str):
        return True
    if not isinstance(part, Mapping) or part.get("type") not in TEXT_PARTS:
        return False
    return isinstance(part.get("text"), str)


def _mergeable(first: Message, second: Message) -> bool:
    return (
        first.get("role") == second.get("role") != "tool"
        and not first.get("tool_calls")
        and not second.get("tool_calls")
        and all(isinstance(one.get("content"), str) for one in (first, second))
        and all(isinstance(one.get(REASONING) or "", str) for one in (first, second))
    )
