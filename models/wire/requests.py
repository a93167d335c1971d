"""The JSON bodies that are sent: the fields that are set, and which adapter is meant.

It knows llama.cpp's way to choose an adapter, because that server ignores the model's name. What no
standard names (reasoning that goes back, a switch of thinking, sampling beyond the API) is put into
the fields that this server was found to have.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Literal

from models.chat.abilities import UNMEASURED, Abilities
from models.chat.messages import REASONING, template_messages
from models.chat.thinking import CLOSING, OPENING
from models.chat.types import ChatRequest, CompletionRequest
from models.wire.endpoint import Endpoint
from rooftree.errors import ModelUnavailableError

RequestBody = dict[str, Any]
OptionalPart = Literal["reasoning", "thinking", "sampling", "parallel"]
"""What a request can be sent without, where a server refuses it."""

SAMPLING = ("top_k", "min_p", "presence_penalty", "repetition_penalty")
OURS = frozenset({"thinking", "thinking_tokens", "parallel_calls", "tool_protocol"})
"""Fields of a request that no server knows by these names."""
EFFORT = "reasoning_effort"
EFFORT_ON = "medium"
INLINE = "content"
"""Among the fields of reasoning: it goes back as it came, before the answer in its tags."""
TEMPLATE = "chat_template_kwargs"


def chat_body(
    endpoint: Endpoint,
    request: ChatRequest,
    abilities: Abilities = UNMEASURED,
    left_out: Collection[OptionalPart] = (),
) -> RequestBody:
    """Return the body of a chat request, without the parts that are `left_out`."""
    names = () if REASONING in left_out else abilities.reasoning_fields
    messages = tuple(_with_reasoning(one, names) for one in template_messages(request.messages))
    given = fields_of(replace(request, messages=messages)) | _thinking(request, abilities, left_out)
    if _tells_parallel(request, abilities) and "parallel" not in left_out:
        given[abilities.parallel_field] = request.parallel_calls
    penalty = given.pop("repetition_penalty")
    given["repeat_penalty" if endpoint.embedded else abilities.repetition_field] = penalty
    for name in SAMPLING if "sampling" in left_out else ():
        given.pop(name, None)
    return body_of(endpoint, request.model, given)


def optional_parts(request: ChatRequest, abilities: Abilities) -> dict[OptionalPart, set[str]]:
    """Return the optional parts that a request has, with the names of their fields.

    The one that is refused most often comes first.
    """
    found: dict[OptionalPart, set[str]] = {}
    if abilities.reasoning_fields and any(one.get(REASONING) for one in request.messages):
        found["reasoning"] = set(abilities.reasoning_fields)
    if thinking := _thinking(request, abilities, ()):
        found["thinking"] = {*thinking, abilities.thinking_name}
    sampling = {name for name in SAMPLING if getattr(request, name) is not None}
    if sampling:
        found["sampling"] = sampling
    if _tells_parallel(request, abilities):
        found["parallel"] = {abilities.parallel_field}
    return found


def _tells_parallel(request: ChatRequest, abilities: Abilities) -> bool:
    has_tools = bool(request.tools and abilities.parallel_field)
    return has_tools and request.parallel_calls is not None


def fields_of(request: ChatRequest | CompletionRequest) -> RequestBody:
    """Return a request's fields that are named as in the API."""
    names = (field.name for field in fields(request))
    return {name: getattr(request, name) for name in names if name not in OURS}


def body_of(endpoint: Endpoint, model: str, given: Mapping[str, Any]) -> RequestBody:
    """Return the fields that are set, and which adapter is to be used."""
    body = {key: value for key, value in given.items() if value not in (None, ())}
    adapters = endpoint.adapters
    if endpoint.embedded and "@" in model and model not in adapters:
        # llama.cpp ignores the model's name and would answer with the base model.
        raise ModelUnavailableError(
            f"the adapter {model!r} is not loaded; "
            f"model.adapters holds {', '.join(adapters) or 'none'}"
        )
    if adapters:
        body["lora"] = [
            {"id": number, "scale": 1.0 if name == model else 0.0}
            for number, name in enumerate(adapters)
        ]
    return body


def _with_reasoning(message: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a message with its reasoning in the fields that a server reads."""
    plain = {key: value for key, value in message.items() if key != REASONING}
    thoughts = message.get(REASONING)
    if not thoughts:
        return plain
    said = message.get(INLINE) or ""
    if INLINE in names:
        whole = f"{OPENING}\n{thoughts}\n{CLOSING}\n\n{said}"
        return plain | {INLINE: whole} if isinstance(said, str) else plain
    return plain | dict.fromkeys(names, thoughts)


def _thinking(
    request: ChatRequest, abilities: Abilities, left_out: Collection[OptionalPart]
) -> RequestBody:
    """Return the fields that switch thinking and bound it, by the switch that was measured."""
    sent: RequestBody = {}
    if "thinking" in left_out:
        return sent
    if request.thinking and abilities.thinking_switch == "template":
        sent[TEMPLATE] = {abilities.thinking_name: request.thinking == "on"}
    if request.thinking and abilities.thinking_switch == "effort":
        sent[EFFORT] = EFFORT_ON if request.thinking == "on" else abilities.effort_off
    if request.thinking_tokens is not None and abilities.thinking_budget_field:
        sent[abilities.thinking_budget_field] = request.thinking_tokens
    return sent
