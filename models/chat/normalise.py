"""What servers send, made into one shape: pure functions from any JSON to our values.

They know the many ways in which servers depart from the API and nothing of how bytes travel.
Whatever the JSON, the result is a value or a ModelProtocolError.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from models.chat.call_syntaxes import PARAMETER_END
from models.chat.text_tool_calls import final_calls, read_json, unwrapped_json, written_calls
from models.chat.thinking import CLOSING, split_thinking
from models.chat.types import ChatRequest, Completion, ToolCall, Usage
from rooftree.errors import ModelProtocolError

FINISH_REASONS = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "limit": "length",
    "max_tokens": "length",
    "tool_calls": "stop",
    "function_call": "stop",
    "content_filter": "content_filter",
}
"""`tool_calls` without any call means that the model just stopped."""
REASONING_KEYS = ("reasoning_content", "reasoning")
LEAKED_TAILS = ("", PARAMETER_END, "</function>", "</function>\n</tool_call>")
"""What may stand behind a closing tag that leaked into a value."""


@dataclass(slots=True)
class RawAnswer:
    """An answer as it was sent, whole or put together from a stream."""

    text: str = ""
    reasoning: str = ""
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    finish_reason: Any = None
    usage: Any = None
    model: Any = None


def completion_of(payload: Any, request: ChatRequest, where: str) -> Completion:
    """Return the answer that a whole chat response holds."""
    choice = first_choice(payload)
    if choice is None:
        raise ModelProtocolError(
            f"{where} answered without any choices, so there is no answer to show; "
            "ask again, and look at the server's log if it happens again"
        )
    message = mapping_of(choice.get("message"))
    return assemble(
        RawAnswer(
            text=text_of(message.get("content")),
            reasoning=reasoning_of(message),
            calls=raw_calls_of(message),
            finish_reason=choice.get("finish_reason"),
            usage=payload.get("usage"),
            model=payload.get("model"),
        ),
        request,
    )


def assemble(raw: RawAnswer, request: ChatRequest) -> Completion:
    """Return the answer in our shape: reasoning apart, written calls and fenced JSON unwrapped."""
    text, thoughts = split_thinking(raw.text)
    thoughts = "\n".join(filter(None, (raw.reasoning, thoughts)))
    calls = tool_calls_of(raw.calls)
    leaked: Literal["", "content", "reasoning"] = ""
    if not calls and request.tools and request.tool_choice != "none":
        text, calls, leaked = _leaked_calls(text, thoughts, offered_names(request.tools))
        if calls and text.endswith(CLOSING) and not thoughts:
            text, thoughts = "", text.removesuffix(CLOSING).strip()
    if request.response_format is not None and not calls:
        text = unwrapped_json(text)
    return Completion(
        text=sound_text(text),
        tool_calls=calls,
        finish_reason=finish_reason_of(raw.finish_reason, calls),
        usage=usage_of(raw.usage),
        model=sound_text(raw.model) if isinstance(raw.model, str) and raw.model else request.model,
        reasoning=sound_text(thoughts),
        leaked=leaked,
    )


def _leaked_calls(
    text: str, thoughts: str, names: Collection[str]
) -> tuple[str, tuple[ToolCall, ...], Literal["", "content", "reasoning"]]:
    """Return the text without the calls that stand in it as text, and where they were found.

    Servers look for calls in the content alone: one before the thinking was closed is lost with
    it. Beside an answer, a call in the reasoning is one that the model decided against.
    """
    rest, found = written_calls(text, names)
    where: Literal["content", "reasoning"] = "content"
    if not found and not text.strip():
        found, where = final_calls(thoughts, names), "reasoning"
    calls = tool_calls_of([{"name": name, "arguments": value} for name, value in found])
    return rest, calls, where if calls else ""


def first_choice(payload: Any) -> Mapping[str, Any] | None:
    """Return the first choice of a response or of a chunk, if there is one."""
    choices = mapping_of(payload).get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return None
    return choices[0]


def mapping_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def text_of(content: Any) -> str:
    """Return the text of a message's content: a string, null, or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (mapping_of(part).get("text") for part in content)
    return "".join(text for text in texts if isinstance(text, str))


def reasoning_of(message: Mapping[str, Any]) -> str:
    """Return the reasoning that a message carries in a field of its own."""
    for key in REASONING_KEYS:
        value = message.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def raw_calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a message's tool calls as sent; the API's older single call is one of them."""
    calls = message.get("tool_calls")
    found = [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    older = message.get("function_call")
    return found or ([older] if isinstance(older, Mapping) else [])


def tool_calls_of(raw: Iterable[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    """Return the calls that name a tool, each with an id of its own and arguments as text.

    A call that is there twice is one: some servers send the only call of an answer again.
    """
    calls: list[ToolCall] = []
    seen: set[str] = set()
    made: set[tuple[str, str]] = set()
    for item in raw:
        function = mapping_of(item.get("function")) or item
        name = function.get("name")
        name = _tool_name(name) if isinstance(name, str) else ""
        arguments = without_tags(arguments_text(function.get("arguments")))
        if not name or (name, arguments) in made:
            continue
        made.add((name, arguments))
        given = item.get("id")
        identity = sound_text(given).strip() if isinstance(given, str) else ""
        if not identity or identity in seen:
            identity = f"call_{uuid4().hex}"
        seen.add(identity)
        calls.append(ToolCall(identity, name, arguments))
    return tuple(calls)


def _tool_name(name: str) -> str:
    """Return the name of a tool without what gpt-oss's format has around it."""
    return sound_text(name.partition("<|")[0].strip().removeprefix("functions."))


def without_tags(arguments: str) -> str:
    """Return arguments without the closing tags that leaked into short values such as paths.

    A value of several lines, or with other tags, may be code that has them.
    """
    if PARAMETER_END not in arguments:
        return arguments
    try:
        values = read_json(arguments)
    except ValueError:
        return arguments
    if not isinstance(values, dict):
        return arguments
    clean = {name: _without_tag(value) for name, value in values.items()}
    return json.dumps(clean, ensure_ascii=False) if clean != values else arguments


def _without_tag(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    head, tag, tail = value.partition(PARAMETER_END)
    plain = head.strip("\n")
    leaked = tag and tail.strip() in LEAKED_TAILS and "\n" not in plain and "<" not in plain
    return plain if leaked else value


def arguments_text(raw: Any) -> str:
    """Return a call's arguments as JSON text; text that is no JSON object stays as it was."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return "{}"
    if not isinstance(raw, str):
        return sound_text(json.dumps(raw, ensure_ascii=False))
    try:
        value = read_json(raw)
        # Some servers encode the arguments twice.
        value = read_json(value) if isinstance(value, str) else value
    except ValueError:
        return sound_text(raw)
    if value is None:
        return "{}"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else raw
    return sound_text(text)


def offered_names(tools: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of the tools of a request."""
    names = (mapping_of(tool.get("function")).get("name") for tool in tools)
    return frozenset(name for name in names if isinstance(name, str))


def finish_reason_of(raw: Any, calls: Sequence[ToolCall]) -> str:
    """Return one of our five reasons; calls decide, because servers often say stop with them."""
    known = FINISH_REASONS.get(raw, "unknown") if isinstance(raw, str) else "unknown"
    if calls and known != "length":
        return "tool_calls"
    return known


def usage_of(raw: Any) -> Usage | None:
    """Return the token counts, or None when they are missing or are no counts."""
    counts = [mapping_of(raw).get(key) for key in ("prompt_tokens", "completion_tokens")]
    sound = [
        count
        for count in counts
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0
    ]
    return Usage(*sound) if len(sound) == len(counts) else None


def sound_text(text: str) -> str:
    """Return `text` so that it can be encoded: surrogate pairs joined, single halves replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
