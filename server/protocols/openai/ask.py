"""The model `rooftree`: a chat completion that is an answer of the ask flow.

The content is the answer's text, whose every citation has been checked, and `x_rooftree` carries
the whole answer. What a model writes is checked only when it is complete; so a stream sends deltas
that the flow marks as checked when they come, and the rest once the answer is there.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from models.chat.types import Completion, Usage
from rooftree.telemetry.events import Event
from server.base.metrics import Metrics
from server.base.sse import DONE, WorkResult, frame, stream_events
from server.base.thread_relay import EventListener
from server.operations.find.ask import AskRequest, AskResponse, EarlierTurnRequest
from server.operations.operation import Call, Caller, Operation
from server.protocols.openai.wire import CompletionEnvelope
from server.services.host import Host


@dataclass(slots=True)
class AskedChat:
    """One question put to `rooftree` through the chat API."""

    host: Host
    metrics: Metrics
    operation: Operation[AskRequest, AskResponse]
    question: str
    envelope: CompletionEnvelope
    caller: Caller
    earlier: tuple[EarlierTurnRequest, ...] = ()
    _prompt_tokens: int = 0
    _completion_tokens: int = 0
    _sent: str = ""

    async def whole(self) -> dict[str, Any]:
        """Return the answer in one piece."""
        answer = await self._ask(self._note)
        usage = self._count(answer)
        completion = Completion(answer.answer, (), "stop", usage, self.envelope.model)
        return self.envelope.chat(completion, usage, x_rooftree=answer.model_dump(mode="json"))

    async def stream(self, wants_usage: bool) -> AsyncGenerator[bytes, None]:
        """Yield the frames of a chat stream."""
        started = False
        async for item in stream_events(self._ask):
            if not started:
                yield frame(self.envelope.delta({"role": "assistant", "content": ""}))
            started = True
            if isinstance(item, WorkResult):
                for data in self._ending(item.value, wants_usage):
                    yield data
                return
            self._note(item)
            text = checked_text(item)
            if text:
                self._sent += text
                yield frame(self.envelope.delta({"content": text}))

    async def _ask(self, listener: EventListener) -> AskResponse:
        request = AskRequest(question=self.question, earlier=self.earlier)
        return await self.operation.run(Call(self.host, self.caller, listener), request)

    def _ending(self, answer: AskResponse, wants_usage: bool) -> list[bytes]:
        usage = self._count(answer)
        content = [self.envelope.delta({"content": part}) for part in self._rest(answer.answer)]
        finish = self.envelope.delta({}, "stop", x_rooftree=answer.model_dump(mode="json"))
        final = [self.envelope.usage(usage)] if wants_usage else []
        return [*map(frame, [*content, finish, *final]), DONE]

    def _rest(self, text: str) -> list[str]:
        """Return what has not been sent yet, line by line."""
        if text.startswith(self._sent):
            return text[len(self._sent) :].splitlines(keepends=True)
        return ["\n\n", *text.splitlines(keepends=True)]

    def _note(self, event: Event) -> None:
        if event.kind == "usage":
            self._prompt_tokens += int(event.data.get("prompt_tokens") or 0)
            self._completion_tokens += int(event.data.get("completion_tokens") or 0)

    def _count(self, answer: AskResponse) -> Usage:
        usage = Usage(self._prompt_tokens, self._completion_tokens)
        self.metrics.count_answer(answer.status)
        self.metrics.count_tokens(self.host.models.model, usage)
        return usage


def checked_text(event: Event) -> str:
    """Return the text of a delta that is part of the final answer as it stands."""
    if event.kind == "message.delta" and event.data.get("checked") is True:
        return str(event.data.get("text", ""))
    return ""
