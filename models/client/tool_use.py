"""Tools for any model: offered by the protocol it supports, and read back as standard tool calls.

A request with tools becomes one of three: the API's own `tools`; JSON under a schema that offers
each tool's arguments and a reply (`guided`); or a description of tools and calls as text. The two
latter also rewrite the calls and results of earlier turns, which no template need know then. It
knows nothing of servers: requests and answers are values.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from models.chat.abilities import Abilities, ToolProtocol
from models.chat.json_schemas import (
    ANY_OBJECT,
    Schema,
    check_schema,
    closed_object,
    has_references,
    json_format,
    relocated,
    schema_error,
    with_size_limits,
)
from models.chat.messages import REASONING, Message, with_system
from models.chat.normalise import arguments_text, mapping_of, offered_names
from models.chat.text_tool_calls import read_json, unwrapped_json
from models.chat.types import ChatRequest, Completion, ToolCall
from prompts.library import render
from rooftree.errors import ModelProtocolError, ProtocolFault, UsageError

PROMPTS = {"guided": "tools/guided", "text": "tools/text"}
SCHEMA_NAME = "step"
REPLY = "reply"
"""Talking to the user is offered as one more tool: offered beside the tools, as another form of
answer, a 0.5B model chose it for most of what a tool should have done (docs/experiments.md)."""
SHORT_TEXT = 400
"""Characters of a text in a second try, where the first one did not end. llama.cpp refuses to
repeat much more often than this."""
SHORT_LIST = 20
NATIVE_KEYS = ("tool_calls", REASONING)
MAX_DESCRIPTION_LENGTH = 600


class ToolChoiceError(ModelProtocolError):
    """A tool had to be called, and the model did not, or with arguments that do not fit."""

    kind: ProtocolFault = "choice"

    def __init__(self, completion: Completion, problem: str) -> None:
        super().__init__(
            f"{completion.model!r} had to use a tool and did not: {problem}; use a model or a "
            "server that can write JSON under a schema (`rooftree models probe` tells)"
        )
        self.completion = completion
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One request with tools, and how it is put to the model."""

    request: ChatRequest
    protocol: ToolProtocol
    must_call: bool

    @property
    def reply_name(self) -> str:
        """What stands among the tools for talking to the user."""
        taken = offered_names(self.request.tools)
        return REPLY if REPLY not in taken else f"{REPLY}_to_user"

    def request_to_send(self) -> ChatRequest:
        """Return the request as it is sent."""
        if self.protocol == "native":
            return self.request
        return self._rewritten(self._schema() if self.protocol == "guided" else None)

    def retry_request(self, problem: str) -> ChatRequest:
        """Return the request for a second try: the problem told, and every text bounded."""
        request = self._rewritten(with_size_limits(self._schema(), SHORT_TEXT, SHORT_LIST))
        told = f"Your last answer was not usable: {problem}. Answer again, and keep it short."
        return replace(request, messages=with_system(request.messages, told))

    def with_protocol(self, protocol: ToolProtocol) -> "ToolRequest":
        """Return the same use of tools by another protocol."""
        return replace(self, protocol=protocol)

    def parse_completion(self, completion: Completion) -> Completion:
        """Return the answer with its calls in their place; raises ToolChoiceError."""
        if self.protocol == "guided" and not completion.tool_calls:
            completion = self._unwrapped(completion)
        if self.protocol != "native" and completion.leaked == "content":
            completion = replace(completion, leaked="")  # Text is where it was asked for.
        problem = self._problem(completion) if self.must_call else ""
        if problem:
            raise ToolChoiceError(completion, problem)
        return completion

    def _rewritten(self, schema: Schema | None) -> ChatRequest:
        request = self.request
        prompt = render(
            PROMPTS["guided" if schema is not None else "text"],
            tools=[_described(tool) for tool in self._offered()],
            reply="" if self.must_call else self.reply_name,
        )
        history = [_plain_turn(message, guided=schema is not None) for message in request.messages]
        return replace(
            request,
            messages=with_system(history, prompt.messages[0]["content"]),
            tools=(),
            tool_choice=None,
            response_format=request.response_format
            if schema is None
            else json_format(SCHEMA_NAME, schema, strict=True),
        )

    def _offered(self) -> list[Mapping[str, Any]]:
        """Return the functions that may be called: all, or the one that is named."""
        functions = [mapping_of(tool.get("function")) for tool in self.request.tools]
        name = _named(self.request.tool_choice)
        return [item for item in functions if name in (None, item.get("name"))]

    def _schema(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = []
        definitions: dict[str, Any] = {}
        for number, function in enumerate(self._offered()):
            arguments = dict(parameters_of(function))
            if has_references(arguments):
                place = f"#/$defs/t{number}"
                definitions[f"t{number}"] = relocated(arguments, place)
                arguments = {"$ref": place}
            steps.append(closed_object({"tool": {"const": function["name"]}, "args": arguments}))
        if not self.must_call:
            text = closed_object({"text": {"type": "string"}})
            steps.append(closed_object({"tool": {"const": self.reply_name}, "args": text}))
        whole: dict[str, Any] = steps[0] if len(steps) == 1 else {"oneOf": steps}
        return whole | ({"$defs": definitions} if definitions else {})

    def _unwrapped(self, completion: Completion) -> Completion:
        """Return the step that the JSON means; what is no step stays the text that it is."""
        try:
            step = read_json(unwrapped_json(completion.text.strip()))
        except ValueError:
            return completion
        step = mapping_of(step)
        name, given = step.get("tool", step.get("name")), step.get("args", step.get("arguments"))
        if isinstance(name, str) and name in offered_names(self.request.tools):
            arguments = arguments_text(given)
            call = ToolCall(f"call_{uuid4().hex}", name, arguments)
            reason = "length" if completion.finish_reason == "length" else "tool_calls"
            return replace(completion, text="", tool_calls=(call,), finish_reason=reason)
        reply = mapping_of(given).get("text") if name == self.reply_name else None
        return replace(completion, text=reply) if isinstance(reply, str) else completion

    def _problem(self, completion: Completion) -> str:
        """Return why the answer is not the call that was asked for."""
        if not completion.tool_calls:
            ended = completion.finish_reason == "length"
            return "it ran out of tokens before it had written a call" if ended else "it wrote text"
        functions = {function["name"]: function for function in self._offered()}
        for call in completion.tool_calls:
            if call.name not in functions:
                return f"it called {call.name!r}"
            problem = arguments_error(functions[call.name], call.arguments)
            if problem:
                return f"the arguments of {call.name!r}: {problem}"
        return ""


def tool_use_of(request: ChatRequest, abilities: Abilities) -> ToolRequest | None:
    """Return how a request's tools are asked for; None where there are none to be used."""
    if not request.tools or request.tool_choice == "none":
        return None
    for tool in request.tools:
        function = mapping_of(tool.get("function"))
        if not isinstance(function.get("name"), str) or not function["name"]:
            raise UsageError("a tool has no name; each needs a `function` with a `name`")
        check_schema(parameters_of(function), function["name"])
    name = _named(request.tool_choice)
    if name is not None and name not in offered_names(request.tools):
        raise UsageError(f"tool_choice names {name!r}, which is not among the tools offered")
    must_call = request.tool_choice == "required" or name is not None
    protocol = request.tool_protocol or _protocol(abilities, must_call)
    return ToolRequest(request, protocol, must_call)


def parameters_of(function: Mapping[str, Any]) -> Any:
    """Return the schema of a function's arguments; none means any object."""
    parameters = function.get("parameters")
    return ANY_OBJECT if parameters is None or parameters == {} else parameters


def arguments_error(function: Mapping[str, Any], arguments: str) -> str:
    """Return what is wrong with a call's arguments, or nothing where they fit the schema."""
    try:
        value = read_json(arguments)
    except ValueError:
        return "they are no JSON"
    if not isinstance(value, dict):
        return "they are no JSON object"
    return schema_error(parameters_of(function), value)


def without_tools(request: ChatRequest) -> ChatRequest:
    """Return a request that offers no tools; calls of earlier turns are told as text."""
    if not request.tools:
        return request
    history = tuple(_plain_turn(message, guided=False) for message in request.messages)
    return replace(request, messages=history, tools=(), tool_choice=None)


def _protocol(abilities: Abilities, must_call: bool) -> ToolProtocol:
    if not must_call or (abilities.enforces_choice and abilities.tools == "native"):
        return abilities.tools
    return "guided" if abilities.enforces_schema else abilities.tools


def _named(choice: Any) -> str | None:
    """Return the one tool that a `tool_choice` names."""
    name = mapping_of(mapping_of(choice).get("function")).get("name")
    return name if isinstance(name, str) else None


def _described(function: Mapping[str, Any]) -> dict[str, str]:
    description = function.get("description")
    words = " ".join(description.split()) if isinstance(description, str) else ""
    return {
        "name": function["name"],
        "description": words[:MAX_DESCRIPTION_LENGTH],
        "parameters": json.dumps(parameters_of(function), ensure_ascii=False),
    }


def _plain_turn(message: Message, *, guided: bool) -> Message:
    """Return an earlier turn without the API's own fields of tools and reasoning."""
    if message.get("role") == "tool":
        name = message.get("name")
        what = f"Result of {name}" if isinstance(name, str) and name else "Result of the tool"
        return {"role": "user", "content": f"{what}:\n{message.get('content') or ''}"}
    calls = message.get("tool_calls")
    if not isinstance(calls, Sequence) or not calls:
        return {key: value for key, value in message.items() if key not in NATIVE_KEYS}
    told = [_call_text(mapping_of(call), guided=guided) for call in calls]
    content = message.get("content")
    texts = [content] if isinstance(content, str) and content else []
    return {"role": message.get("role"), "content": "\n".join([*texts, *told])}


def _call_text(call: Mapping[str, Any], *, guided: bool) -> str:
    function = mapping_of(call.get("function"))
    try:
        arguments = read_json(arguments_text(function.get("arguments")))
    except ValueError:
        arguments = {}
    name = function.get("name")
    if guided:
        return json.dumps({"tool": name, "args": arguments}, ensure_ascii=False)
    written = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{written}\n</tool_call>"
