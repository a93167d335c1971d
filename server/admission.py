"""Refuse a prompt that cannot fit before a model spends a minute on it.

Coding clients send up to 80 KB of tool definitions with every request. Only the embedded model's
context is known beforehand; any other server says itself what does not fit.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from models.client import ChatRequest, ModelClient
from models.tokens import estimate_tokens
from server.failures import refuse


async def check_context(client: ModelClient, request: ChatRequest, context_tokens: int) -> None:
    """Raise `context_length_exceeded` when the embedded model cannot take the request."""
    if not client.endpoint.embedded:
        return
    messages, tools = json_text(request.messages), json_text(request.tools)
    if estimate_tokens(messages) + estimate_tokens(tools) < context_tokens:
        return
    of_tools = await client.count_tokens(tools) if request.tools else 0
    total = of_tools + await client.count_tokens(messages)
    if total >= context_tokens:
        raise refuse(
            400,
            "context_length_exceeded",
            f"the prompt has about {total} tokens, {of_tools} of them tool definitions, and the "
            f"model's context holds {context_tokens}; send fewer tools or raise "
            "model.context_tokens",
            "tools" if of_tools * 2 > total else "messages",
        )


def json_text(values: Sequence[Mapping[str, Any]]) -> str:
    """Return about what a model server makes tokens of."""
    return json.dumps(list(values), ensure_ascii=False) if values else ""
