"""What a scripted model server says: values, and how each looks on the wire.

Every reply becomes a `Wire`, which is also the way to script anything that the others cannot:
bytes, pauses, silence and cut connections in any order.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Body = Mapping[str, Any]
"""The JSON body of a request."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before going on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing more until the client leaves or the server closes."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection here, without a proper end."""


Part = bytes | Pause | Hang | Cut


@dataclass(frozen=True, slots=True)
class Wire:
    """An answer byte for byte.

    `length` announces the size of all bytes, `chunked` sends each part as one chunk, `close` ends
    with the connection, and `verbatim` sends no framing header but those in `headers`.
    """

    parts: tuple[Part, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: Literal["length", "chunked", "close", "verbatim"] = "length"
    before: tuple[Pause | Hang | Cut, ...] = ()
    """What happens before the status line."""


@dataclass(frozen=True, slots=True)
class Text:
    """An ordinary answer, streamed word by word when the request asks for a stream."""

    text: str
    reasoning: str = ""
    finish_reason: str | None = "stop"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `arguments` that are no text are sent as the JSON text of them."""

    name: str
    arguments: Any
    id: str | None = "call_scripted"


@dataclass(frozen=True, slots=True)
class Calls:
    """An answer that calls tools."""

    calls: tuple[Call, ...]
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Json:
    """Any JSON body with any status."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Events:
    """Server-sent events: values as JSON, text as the data itself, and parts as they are."""

    events: tuple[Any, ...]
    done: bool = True
    """Whether `[DONE]` ends the stream."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the API words it."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


Reply = Wire | Text | Calls | Json | Events | Failure
Script = Reply | Callable[[Body], Reply]

STREAM_HEADERS = {"content-type": "text/event-stream"}


def wire_of(reply: Reply, path: str, body: Body, model: str) -> Wire:
    """Return how a reply to a request looks on the wire."""
    match reply:
        case Wire():
            return reply
        case Json():
            headers = {"content-type": "application/json", **reply.headers}
            return Wire((json.dumps(reply.body).encode(),), reply.status, headers)
        case Failure():
            content = {"error": {"message": reply.message, "code": reply.status}}
            return wire_of(Json(content, reply.status, reply.headers), path, body, model)
        case Events():
            return Wire(tuple(_events(reply)), headers=STREAM_HEADERS, framing="chunked")
    if not path.endswith("/chat/completions"):
        return wire_of(Json(_plain(reply, path, model)), path, body, model)
    if body.get("stream"):
        return wire_of(Events(tuple(_chunks(reply, body, model))), path, body, model)
    return wire_of(Json(_whole(reply, model)), path, body, model)


def event(value: Any) -> bytes:
    """Return one server-sent event."""
    data = value if isinstance(value, str) else json.dumps(value)
    return f"data: {data}\n\n".encode()


def _events(reply: Events) -> Iterator[Part]:
    for value in reply.events:
        yield value if isinstance(value, bytes | Pause | Hang | Cut) else event(value)
    if reply.done:
        yield event("[DONE]")


def _calls(reply: Calls) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "id": call.id,
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": call.arguments
                if isinstance(call.arguments, str)
                else json.dumps(call.arguments),
            },
        }
        for index, call in enumerate(reply.calls)
    ]


def _finish(reply: Text | Calls) -> str | None:
    return reply.finish_reason if isinstance(reply, Text) else "tool_calls"


def _usage(reply: Text | Calls) -> dict[str, int]:
    words = len((reply.text or "").split())
    return {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words}


def _whole(reply: Text | Calls, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if isinstance(reply, Calls):
        message["tool_calls"] = _calls(reply)
    elif reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(reply)}],
        "usage": _usage(reply),
    }


def _plain(reply: Text | Calls, path: str, model: str) -> dict[str, Any]:
    text = reply.text or ""
    if path.endswith("/infill"):
        return {"content": text, "stop_type": "eos", "model": model}
    choice = {"index": 0, "text": text, "finish_reason": _finish(reply)}
    return {"object": "text_completion", "model": model, "choices": [choice]}


def _chunks(reply: Text | Calls, body: Body, model: str) -> Iterator[dict[str, Any]]:
    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {"object": "chat.completion.chunk", "model": model, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    if isinstance(reply, Text) and reply.reasoning:
        yield chunk({"reasoning_content": reply.reasoning})
    for word in re.findall(r"\s*\S+\s*\Z|\s*\S+|\s+", reply.text or ""):
        yield chunk({"content": word})
    if isinstance(reply, Calls):
        for call in _calls(reply):
            yield chunk({"tool_calls": [call]})
    yield chunk({}, _finish(reply))
    options = body.get("stream_options")
    if isinstance(options, Mapping) and options.get("include_usage"):
        yield {"model": model, "choices": [], "usage": _usage(reply)}
