"""One question with tools, tried in more than one way where the first does not serve.

A server may refuse `tools` or a schema, and a model may not call the tool that it had to call. It
knows neither how a question travels nor what the tools do.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from models.chat.abilities import Abilities, ToolProtocol
from models.chat.types import ChatRequest, Completion, Usage
from models.client.tool_use import ToolChoiceError, ToolRequest, tool_use_of, without_tools
from models.wire.failures import ModelRefusedError

AnswerParts = AsyncGenerator[str | Completion, None]
SendRequest = Callable[[ChatRequest, ToolRequest | None], AnswerParts]
"""Puts a request on its way and yields text and one Completion, read by the tool use."""

OTHER_WAY: dict[ToolProtocol, ToolProtocol] = {"native": "guided", "guided": "text"}
REFUSALS = frozenset({400, 405, 415, 422, 501})
"""What servers answer to a field that they do not know or a template that they do not have."""


RefusedProtocols = set[tuple[str, ToolProtocol]]
"""Ways of offering tools that a server has refused, model by model."""


def usable_tool_request(
    request: ChatRequest, abilities: Abilities, refused: RefusedProtocols
) -> ToolRequest | None:
    """Return how tools are offered, by a way that has not been refused."""
    use = tool_use_of(request, abilities)
    while use and (request.model, use.protocol) in refused and use.protocol in OTHER_WAY:
        use = use.with_protocol(OTHER_WAY[use.protocol])
    return use


async def with_tool_fallback(
    request: ChatRequest, abilities: Abilities, refused: RefusedProtocols, asking: SendRequest
) -> AnswerParts:
    """Yield the answer's text and the Completion, trying again where that can help."""
    attempt = _Attempt(request, usable_tool_request(request, abilities, refused))
    while True:
        try:
            async with aclosing(asking(attempt.asked, attempt.use)) as parts:
                async for part in parts:
                    if isinstance(part, Completion):
                        refused.update((request.model, protocol) for protocol in attempt.refused)
                        yield attempt.counted(part)
                    else:
                        yield part
        except ModelRefusedError as error:
            attempt.other_way(error)
        except ToolChoiceError as error:
            attempt.once_more(error)
        else:
            return


class _Attempt:
    """What is asked now, and what earlier tries have cost."""

    def __init__(self, request: ChatRequest, use: ToolRequest | None) -> None:
        self.use = use
        self.asked = without_tools(request) if use is None else use.request_to_send()
        self.refused: list[ToolProtocol] = []
        self._spent: Usage | None = None

    def other_way(self, error: ModelRefusedError) -> None:
        """Offer the tools in another way, or let the refusal stand."""
        other = OTHER_WAY.get(self.use.protocol) if self.use else None
        if self.use is None or other is None or error.status not in REFUSALS:
            raise error
        self.refused.append(self.use.protocol)
        self.use = self.use.with_protocol(other)
        self.asked = self.use.request_to_send()

    def once_more(self, error: ToolChoiceError) -> None:
        """Ask for the call under a schema, once."""
        if self.use is None or self._spent is not None:
            raise error
        self._spent = error.completion.usage or Usage(0, 0)
        self.use = self.use.with_protocol("guided")
        self.asked = self.use.retry_request(error.problem)

    def counted(self, completion: Completion) -> Completion:
        """Return the answer with what earlier tries have spent."""
        usage, spent = completion.usage, self._spent
        if spent is None or usage is None:
            return completion
        total = Usage(
            usage.prompt_tokens + spent.prompt_tokens,
            usage.completion_tokens + spent.completion_tokens,
        )
        return replace(completion, usage=total)
