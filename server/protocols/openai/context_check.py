"""Refuse a prompt that cannot fit before a model spends a minute on it.

Coding clients send up to 80 KB of tool definitions with every request. Where the context is only
assumed, the model's server says itself what does not fit.
"""

from models.chat.types import ChatRequest
from models.chat.windows import ContextWindow
from models.client.context_window import tokens_by_kind
from models.client.counting import guess_prompt
from models.client.language_model import LanguageModel
from server.base.error_bodies import refuse


async def check_context(client: LanguageModel, request: ChatRequest, window: ContextWindow) -> None:
    """Raise `context_length_exceeded` when the model cannot take the request."""
    # A guess errs on the high side, so most prompts need no count.
    context_tokens = window.tokens
    if window.source == "assumed" or guess_prompt(request) < context_tokens:
        return
    total = await client.count_prompt(request)
    if total < context_tokens:
        return
    of_tools = tokens_by_kind(request, total)["tools"]
    too_many_tools = of_tools * 2 > total
    what = f", about {of_tools} of them tool definitions," if of_tools else ""
    less = "send fewer tools" if too_many_tools else "send fewer or shorter messages"
    raise refuse(
        400,
        "context_length_exceeded",
        f"the prompt has {total} tokens{what} and the context of {request.model!r} holds "
        f"{context_tokens}, with the answer; {less}, or serve the model with a longer context "
        "(model.context_tokens for the embedded one)",
        "tools" if too_many_tools else "messages",
    )
