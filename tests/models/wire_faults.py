"""Wire faults: how model servers depart from the API, and what has to come of each.

Every row is a scripted server's behaviour for a request with one tool, `read`. `WHOLE` rows answer
requests that do not stream, `STREAM` rows those that do; the others answer both. An expectation is
the text of the answer, the call's path argument, or the class of one of our errors.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rooftree.errors import (
    ContextOverflowError,
    ModelError,
    ModelProtocolError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from tests.support.scripted_model import (
    Call,
    Calls,
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    Reply,
    Text,
    Wire,
    event,
)

READ: Mapping[str, Any] = {
    "type": "function",
    "function": {
        "name": "read",
        "description": "Read a file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
        },
    },
}
SSE = {"content-type": "text/event-stream"}


@dataclass(frozen=True)
class Said:
    """The answer is this text."""

    text: str


@dataclass(frozen=True)
class Called:
    """The answer is one call of `read` with this path."""

    path: str = "a.py"


Expected = Said | Called | type[ModelError]


@dataclass(frozen=True)
class Fault:
    """One behaviour of a server, and what has to come of it."""

    name: str
    reply: Reply
    expected: Expected
    stream: bool | None = None
    """Whether it answers streams, whole requests, or both."""


def message(stream: bool, finish: Any = "stop", usage: Any = None, **fields: Any) -> Reply:
    """Return an answer with exactly these fields in its message or delta."""
    if not stream:
        choice = {"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": finish}
        return Json({"choices": [choice], "usage": usage, "model": "m"})
    chunk = {"choices": [{"index": 0, "delta": {"role": "assistant", **fields}}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": usage}
    return Events((chunk, end))


def both(name: str, expected: Expected, finish: Any = "stop", **fields: Any) -> list[Fault]:
    """Return the rows for a message that is odd in the same way, streamed and whole."""
    return [
        Fault(name, message(stream, finish, **fields), expected, stream) for stream in (False, True)
    ]


def call(arguments: Any = '{"path": "a.py"}', **fields: Any) -> list[dict[str, Any]]:
    function = {"name": "read", "arguments": arguments}
    return [{"index": 0, "id": "c1", "type": "function", "function": function} | fields]


TAGGED = '<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}}\n</tool_call>'
XML = (
    "<tool_call>\n<function=read>\n<parameter=path>\na.py\n</parameter>\n</function>\n</tool_call>"
)
FENCED = '```json\n{"name": "read", "arguments": {"path": "a.py"}}\n```'
HARMONY = '<|channel|>commentary to=functions.read <|message|>{"path": "a.py"}<|call|>'
GEMMA = '<|tool_call>call:read{path:<|"|>a.py<|"|>}<tool_call|>'
HALF = event({"choices": [{"delta": {"content": "Half"}}]})
NO_ID: dict[str, Any] = {"index": 0, "function": {"name": "read", "arguments": '{"path": "a.py"}'}}

FAULTS: list[Fault] = [
    *both("call without an id", Called(), "tool_calls", content=None, tool_calls=[NO_ID]),
    *both("call with id null", Called(), "tool_calls", tool_calls=call(id=None)),
    *both("call without an index", Called(), "tool_calls", tool_calls=call(index=None)),
    *both("arguments as an object", Called(), "tool_calls", tool_calls=call({"path": "a.py"})),
    *both(
        "arguments encoded twice",
        Called(),
        "tool_calls",
        tool_calls=call(json.dumps('{"path": "a.py"}')),
    ),
    *both("call with finish reason stop", Called(), "stop", tool_calls=call()),
    *both("call with finish reason null", Called(), None, tool_calls=call()),
    *both("call in the older form", Called(), function_call=call()[0]["function"]),
    *both("call written in tags", Called(), content=TAGGED),
    *both("call written as XML", Called(), content=XML),
    *both("call written in a fence", Called(), content=FENCED),
    *both("call written bare", Called(), content=FENCED.strip("`json\n")),
    *both("call written as a list", Called(), content="[" + FENCED.strip("`json\n") + "]"),
    *both(
        "call after [TOOL_CALLS]",
        Called(),
        content='[TOOL_CALLS][{"name": "read", "arguments": {"path": "a.py"}}]',
    ),
    *both("call written for harmony", Called(), content=HARMONY),
    *both("call written for Gemma", Called(), content=GEMMA),
    *both("call lost in reasoning", Called(), content="", reasoning="I read it.\n" + XML),
    *both("call in thinking that is not closed", Called(), content="<think>hm\n" + TAGGED),
    *both("call sent twice", Called(), tool_calls=call() + call(id="c2", index=1)),
    *both("call with a tag in it", Called(), tool_calls=call('{"path": "a.py\\n</parameter>"}')),
    *both("call after thinking", Called(), content="<think>hm</think>\n" + TAGGED),
    *both(
        "call with parameters for arguments",
        Called(),
        content='{"name": "read", "parameters": {"path": "a.py"}}',
    ),
    *both("content as parts", Said("yes"), content=[{"type": "text", "text": "yes"}]),
    *both("content null and nothing else", Said(""), content=None),
    *both("thinking in the content", Said("yes"), content="<think>hm, let me see</think>\n\nyes"),
    *both("thinking that only closes", Said("yes"), content="hm\n</think>\n\nyes"),
    *both("reasoning_content", Said("yes"), reasoning_content="hm", content="yes"),
    *both("reasoning", Said("yes"), reasoning="hm", content="yes"),
    *both("unknown finish reason", Said("yes"), "because", content="yes"),
    *both("finish reason is a number", Said("yes"), 7, content="yes"),
    *both("usage is text", Said("yes"), usage="many", content="yes"),
    *both("usage without counts", Said("yes"), usage={"total_tokens": -1}, content="yes"),
    *both("half a surrogate pair", Said("yes�"), content="yes\ud83d"),
    *both("tool_calls is an object", Said("yes"), content="yes", tool_calls={"a": 1}),
    *both("tool_calls is empty", Said("yes"), content="yes", tool_calls=[]),
    *both("call without a name", Said("yes"), content="yes", tool_calls=[{"function": {}}]),
    Fault("choices is empty", Json({"choices": []}), ModelProtocolError, False),
    Fault("choices is missing", Json({"object": "error"}), ModelProtocolError, False),
    Fault("choices is text", Json({"choices": "none"}), ModelProtocolError, False),
    Fault("the body is a list", Json([1, 2]), ModelProtocolError, False),
    Fault("the body is null", Json(None), ModelProtocolError, False),
    Fault("streamed without choices", Events(({"usage": None},)), ModelProtocolError, True),
    Fault(
        "error inside a stream",
        Events(({"error": {"message": "out of memory"}},)),
        ModelProtocolError,
        True,
    ),
    Fault(
        "stream of another kind", Wire((b"hello\n\nworld",), headers=SSE), ModelProtocolError, True
    ),
    Fault(
        "stream with half a JSON",
        Wire((b'data: {"choices": [\n\n',), headers=SSE),
        ModelProtocolError,
        True,
    ),
    Fault("stream ends without an end", Wire((HALF,), headers=SSE), ModelUnavailableError, True),
    Fault(
        "stream without [DONE]",
        Events(
            ({"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]},), done=False
        ),
        Said("yes"),
        True,
    ),
    Fault(
        "pings between events",
        Wire(
            (
                b": ping\n\n",
                HALF,
                b": ping\n\n",
                event({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
                event("[DONE]"),
            ),
            headers=SSE,
        ),
        Said("Half"),
        True,
    ),
    Fault(
        "events without blank lines",
        Wire((HALF.replace(b"\n\n", b"\n"), b"data: [DONE]\n"), headers=SSE),
        Said("Half"),
        True,
    ),
    Fault(
        "lines end with CR LF",
        Wire((HALF.replace(b"\n", b"\r\n"), b"data: [DONE]\r\n\r\n"), headers=SSE),
        Said("Half"),
        True,
    ),
    Fault("a stream is answered whole", message(False, content="yes"), Said("yes"), True),
    Fault(
        "arguments in fragments",
        Events(
            (
                {"choices": [{"delta": {"tool_calls": call("")}}]},
                *(
                    {
                        "choices": [
                            {
                                "delta": {
                                    "tool_calls": [{"index": 0, "function": {"arguments": piece}}]
                                }
                            }
                        ]
                    }
                    for piece in ('{"pa', 'th": "a', '.py"}')
                ),
                {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
            )
        ),
        Called(),
        True,
    ),
    Fault(
        "cut in the middle of a stream",
        Wire((HALF, Cut()), headers=SSE, framing="chunked"),
        ModelUnavailableError,
        True,
    ),
    Fault(
        "silent in the middle of a stream",
        Wire((HALF, Hang()), headers=SSE, framing="chunked"),
        ModelTimeoutError,
        True,
    ),
    Fault("silent from the beginning", Wire(before=(Hang(),)), ModelTimeoutError),
    Fault("cut at once", Wire(before=(Cut(),)), ModelUnavailableError),
    Fault(
        "cut in the middle of a body",
        Wire((b'{"choi', Cut()), framing="chunked"),
        ModelUnavailableError,
        False,
    ),
    Fault(
        "slow and then right",
        Wire(
            (
                Pause(0.2),
                json.dumps(
                    {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
                ).encode(),
            ),
            framing="close",
            headers={"content-type": "application/json"},
        ),
        Said("yes"),
    ),
    Fault(
        "HTML",
        Wire((b"<html>It works!</html>",), headers={"content-type": "text/html"}),
        ModelProtocolError,
    ),
    Fault("HTML with 502", Wire((b"<html>Bad gateway</html>",), 502), ModelUnavailableError),
    Fault("500", Failure(500, "oops"), ModelUnavailableError),
    Fault(
        "500 for the model's own call",
        Failure(500, "error parsing tool call: raw='{', err=unexpected end of JSON input"),
        ModelProtocolError,
    ),
    Fault("503 while loading", Failure(503, "Loading model"), ModelUnavailableError),
    Fault("429", Failure(429, "slow down", {"retry-after": "0"}), ModelUnavailableError),
    Fault(
        "429 with a date",
        Failure(429, "slow down", {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}),
        ModelUnavailableError,
    ),
    Fault("401", Failure(401, "invalid key"), ModelUnavailableError),
    Fault("403", Failure(403, "forbidden"), ModelUnavailableError),
    Fault("404", Failure(404, "no such model"), ModelProtocolError),
    Fault("408", Failure(408, "too slow"), ModelTimeoutError),
    Fault(
        "too long, as OpenAI says it",
        Failure(400, "This model's maximum context length is 4096 tokens"),
        ContextOverflowError,
    ),
    Fault(
        "too long, as llama.cpp says it",
        Json(
            {
                "error": {
                    "code": 400,
                    "type": "exceed_context_size_error",
                    "message": "the request exceeds the available context size",
                }
            },
            400,
        ),
        ContextOverflowError,
    ),
    Fault(
        "redirect",
        Wire(status=307, headers={"location": "http://elsewhere.test/"}),
        ModelProtocolError,
    ),
    Fault("a status of its own", Wire((b"?",), 299), ModelProtocolError),
    Fault("nothing at all", Wire((), 200), ModelProtocolError, False),
    Fault("nothing at all", Wire((), 200), ModelUnavailableError, True),
    Fault("no content", Wire((), 204), ModelProtocolError, False),
    Fault("no content", Wire((), 204), ModelUnavailableError, True),
    Fault(
        "garbage for headers",
        Wire((b"\x00\xff\xfe",), framing="verbatim", headers={"content-length": "3"}),
        ModelProtocolError,
    ),
    Fault(
        "length too great",
        Wire((b'{"choices"',), framing="verbatim", headers={"content-length": "999"}),
        ModelUnavailableError,
        False,
    ),
    Fault(
        "two calls with one id",
        Calls((Call("read", {"path": "a.py"}), Call("read", {"path": "b.py"}))),
        Called(),
    ),
    Fault("more than was asked for", Text("x" * 10_000), ModelProtocolError),
]
