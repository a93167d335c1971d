import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from models.client.client import Completion
from rooftree.errors import ModelError
from tests.models.connected import connected, request, streamed
from tests.models.wire_faults import FAULTS, READ, Called, Expected, Fault, Said
from tests.support.eighths import examples
from tests.support.scripted_model import Events, Json, Reply, ScriptedServer, Wire

FEW = {"tools": (READ,), "max_tokens": 64}
CASES = [
    pytest.param(fault, stream, id=f"{fault.name}, {'stream' if stream else 'whole'}")
    for fault in FAULTS
    for stream in (False, True)
    if fault.stream in (None, stream)
]


def test_the_table_is_as_long_as_it_has_to_be() -> None:
    assert len({fault.name for fault in FAULTS}) >= 40


async def answer_to(reply: Reply, stream: bool) -> Completion | ModelError:
    """Ask a server that says `reply` to everything."""
    with ScriptedServer(lambda _: reply) as server:
        async with connected(server, idle_seconds=0.5, total_seconds=2.0) as client:
            try:
                if stream:
                    return (await streamed(client, request(**FEW)))[1]
                return await client.chat(request(**FEW))
            except ModelError as error:
                return error


def check(answer: Completion | ModelError, expected: Expected) -> None:
    match expected:
        case Said(text):
            assert isinstance(answer, Completion), answer
            assert (answer.text, answer.tool_calls) == (text, ())
        case Called(path):
            assert isinstance(answer, Completion), answer
            first = answer.tool_calls[0]
            assert (first.name, json.loads(first.arguments)) == ("read", {"path": path})
            assert first.id
            assert "<" not in answer.text
        case kind:
            assert isinstance(answer, kind), answer


@pytest.mark.parametrize(("fault", "stream"), CASES)
async def test_a_fault_is_put_right_or_is_one_typed_error(fault: Fault, stream: bool) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(10):
        check(await answer_to(fault.reply, stream), fault.expected)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before, "no task is left behind"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SOUND = {
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "yes",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"path": "a"}'},
                    }
                ],
            },
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    "model": "m",
}
PLACES = st.lists(st.integers(0, 9), min_size=1, max_size=6)


def mutated(value: Any, places: list[int], new: Any, *, remove: bool) -> Any:
    """Return the value with what lies at the end of a random path replaced or taken away."""
    if not places or not isinstance(value, dict | list) or not value:
        return new
    if isinstance(value, dict):
        key = sorted(value)[places[0] % len(value)]
        if remove and len(places) == 1:
            return {name: item for name, item in value.items() if name != key}
        return value | {key: mutated(value[key], places[1:], new, remove=remove)}
    number = places[0] % len(value)
    changed = mutated(value[number], places[1:], new, remove=remove)
    return [*value[:number], changed, *value[number + 1 :]]


def as_stream(payload: Any) -> Reply:
    """Return the payload as the one event of a stream, with a delta for the message."""
    text = json.dumps(payload).replace('"message"', '"delta"')
    return Events((text,))


@examples(500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=PLACES, new=VALUES, remove=st.booleans())
@pytest.mark.parametrize("stream", [False, True])
def test_any_mutation_is_an_answer_or_one_typed_error(
    stream: bool, places: list[int], new: Any, remove: bool
) -> None:
    """A thousand in all, over a real connection."""
    payload = mutated(SOUND, places, new, remove=remove)
    reply = as_stream(payload) if stream else Json(payload)

    async def ask() -> Completion | ModelError:
        async with asyncio.timeout(10):
            return await answer_to(reply, stream)

    answer = asyncio.run(ask())
    if isinstance(answer, Completion):
        answer.text.encode()
        assert all(call.id and call.name for call in answer.tool_calls)


@examples(200)
@given(body=st.binary(max_size=200), stream=st.booleans(), status=st.sampled_from([200, 400, 500]))
def test_any_bytes_are_an_answer_or_one_typed_error(body: bytes, stream: bool, status: int) -> None:
    headers = {"content-type": "text/event-stream" if stream else "application/json"}
    reply = Wire((body,), status, headers)

    async def ask() -> Completion | ModelError:
        async with asyncio.timeout(10):
            return await answer_to(reply, stream)

    asyncio.run(ask())
