"""The JSON bodies that are sent: the fields that are set, and which adapter is meant.

It knows llama.cpp's way to choose an adapter, because that server ignores the model's name.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from models.chat.messages import template_messages
from models.chat.types import ChatRequest, CompletionRequest
from models.wire.endpoint import Endpoint
from rooftree.errors import ModelUnavailableError

RequestBody = dict[str, Any]


def chat_body(endpoint: Endpoint, request: ChatRequest) -> RequestBody:
    """Return the body of a chat request."""
    accepted = replace(request, messages=template_messages(request.messages))
    return body_of(endpoint, request.model, fields_of(accepted))


def fields_of(request: ChatRequest | CompletionRequest) -> RequestBody:
    """Return a request's fields, which are named as in the API."""
    return {field.name: getattr(request, field.name) for field in fields(request)}


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
