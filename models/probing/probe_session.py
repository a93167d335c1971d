"""How a server is probed, for a profile and for a table of checks alike.

Seeded and at temperature 0: the same model behind the same server answers the same. It does not
know which probes there are or what follows from them.
"""

import time
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from models.chat.abilities import THINKING_TOKENS, Abilities
from models.chat.json_schemas import closed_object, json_format, schema_error
from models.chat.text_tool_calls import read_json
from models.chat.windows import ASSUMED
from models.client.client import ChatRequest, Completion, FimRequest, ModelClient
from models.probing.judging import judge_filling
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.probe_material import InfillProbe, is_valid, offered_tools
from models.probing.verdict import ProbeVerdict
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.transport import Transport
from rooftree.errors import ModelProtocolError, ModelUnavailableError

SEED = 1
HOLE_TOKENS = 24
# Nothing that a model could write without end.
CAR = closed_object({"seats": {"enum": [2, 4]}, "colour": {"enum": ["red", "blue"]}})


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """A streamed answer; seconds are from the request on."""

    completion: Completion
    pieces: int
    first_seconds: float
    last_seconds: float


@dataclass(frozen=True, slots=True)
class ProbeSession:
    """One model of one server, and who goes first while it is probed."""

    endpoint: Endpoint
    model: str
    deadlines: Deadlines
    turns: PreemptibleRunner = NO_PREEMPTION
    window: int = 0
    """What the server says of its context; 0 where it does not tell."""
    room: int = 0
    """Tokens of each answer besides those that it needs: a model may think first."""

    def with_room(self) -> "ProbeSession":
        """Return the session of a model that thinks: half of its window at the most."""
        return replace(self, room=min(THINKING_TOKENS, (self.window or ASSUMED.tokens) // 2))

    def client(self, abilities: Abilities) -> aclosing[ModelClient]:
        return aclosing(ModelClient(self.endpoint, self.deadlines, lambda _: abilities))

    def transport(self) -> aclosing[Transport]:
        return aclosing(Transport(self.endpoint, self.deadlines))

    def request(self, question: str, tokens: int, **fields: Any) -> ChatRequest:
        messages = ({"role": "user", "content": question},)
        tokens += self.room
        request = ChatRequest(self.model, messages, tokens, temperature=0.0, seed=SEED)
        return replace(request, **fields)

    def car_request(self, question: str, tokens: int) -> ChatRequest:
        """Ask for JSON that only force brings: nothing in the question is about a car."""
        return self.request(question, tokens, response_format=json_format("car", CAR))

    def tool_request(self, question: str, tokens: int, choice: str | None = None) -> ChatRequest:
        return self.request(question, tokens, tools=offered_tools(), tool_choice=choice)

    async def fill(self, able: Abilities, holes: Iterable[InfillProbe]) -> list[ProbeVerdict]:
        """Judge what fills each hole, up to the first that is refused."""
        verdicts: list[ProbeVerdict] = []
        async with self.client(able) as client:
            for hole in holes:
                request = FimRequest(self.model, hole.before, hole.after, HOLE_TOKENS, 0.0)
                try:
                    answer = await self.turns.run(partial(client.fim, request))
                except (ModelUnavailableError, ModelProtocolError):
                    break
                verdicts.append(judge_filling(hole, answer.text))
        return verdicts


async def timed(client: ModelClient, request: ChatRequest) -> TimedAnswer:
    """Stream an answer and time it."""
    started, first, pieces = time.monotonic(), 0.0, 0
    async with aclosing(client.stream(request)) as parts:
        async for part in parts:
            seconds = time.monotonic() - started
            first = first or seconds
            if isinstance(part, Completion):
                return TimedAnswer(part, pieces, first, seconds)
            pieces += 1
    raise AssertionError("a stream ends with a Completion or raises")


def car_error(answer: Completion) -> str:
    """Return what is wrong with the car that was asked for."""
    try:
        return schema_error(CAR, read_json(answer.text))
    except ValueError:
        return "the answer is no JSON"


def cut_while_thinking(answer: Completion) -> bool:
    """Tell whether an answer ended before it began: it says nothing of what the model can do."""
    said = answer.text.strip() or answer.tool_calls
    return answer.finish_reason == "length" and not said and bool(answer.reasoning)


def calls_soundly(answer: Completion) -> bool:
    """Tell whether tools are called, each with arguments that fit."""
    return bool(answer.tool_calls) and all(map(is_valid, answer.tool_calls))
