import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from models.client.client import ChatRequest, Completion
from models.pool.attempts import RetryPolicy
from models.pool.call_requirements import CallRequirements
from models.pool.pool import EndpointPool
from models.pool.routes import ModelTarget, Route
from models.wire.endpoint import Deadlines
from models.wire.failures import ModelRefusedError
from rooftree.errors import (
    ModelBusyError,
    ModelError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from tests.models.pool.pools import Standing, pool_over, route
from tests.support.scripted_model import (
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    Reply,
    ScriptedServer,
    Text,
    Wire,
    event,
)

GARBAGE = Wire((b"<html>It works!</html>",))
DOWN = Wire(before=(Cut(),))
SILENT = Wire(before=(Hang(),))
BROKEN = (DOWN, SILENT, Failure(500, "oops"), GARBAGE, Json({"choices": []}), Failure(401, "key"))


def asked(text: str = "What is a queue?", model: str = "coder", **more: Any) -> ChatRequest:
    return replace(ChatRequest(model, ({"role": "user", "content": text},), 32), **more)


async def streamed(
    pool: EndpointPool, request: ChatRequest, key: str = ""
) -> tuple[str, Completion]:
    shown: list[str] = []
    async with aclosing(pool.stream(request, key=key)) as parts:
        async for part in parts:
            if isinstance(part, Completion):
                return "".join(shown), part
            shown.append(part)
    raise AssertionError("a stream ends with a Completion or raises")


def always(reply: Reply) -> Callable[[Any], Reply]:
    return lambda _: reply


def first_choice_is(pool: EndpointPool, name: str, target: str) -> str:
    """Return a key whose conversation goes to the endpoint `target` first."""
    found = pool.route_of(name)
    for number in range(1000):
        candidates = pool._candidates(found, CallRequirements(), str(number))
        if candidates[0].target.endpoint == target:
            return str(number)
    raise AssertionError("no key leads there")


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_goes_on_to_the_next_endpoint(fault: Reply, stream: bool) -> None:
    with ScriptedServer(always(fault)) as bad, ScriptedServer(always(Text("yes"))) as good:
        async with pool_over(
            {"bad": bad, "good": good}, [route("coder", "bad", "good")]
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            if stream:
                _, answer = await streamed(standing.pool, asked(), key)
            else:
                answer = await asyncio.wait_for(standing.pool.chat(asked(), key=key), 10)
            assert answer.text == "yes"
            assert standing.kinds("bad") == ["failed", "failed_over"]
            assert standing.kinds("good") == ["answered"]


async def test_after_the_first_token_a_call_is_never_sent_again() -> None:
    half = Events(({"choices": [{"delta": {"content": "Half"}}]}, Cut()), done=False)
    with ScriptedServer(always(half)) as bad, ScriptedServer(always(Text("yes"))) as good:
        async with pool_over(
            {"bad": bad, "good": good}, [route("coder", "bad", "good")]
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            parts = standing.pool.stream(asked(), key=key)
            assert await anext(parts) == "Half"
            with pytest.raises(ModelUnavailableError):
                await anext(parts)
    assert good.requests == []
    assert len(bad.requests) == 1


async def test_a_refused_request_is_nobodys_fault_and_goes_nowhere_else() -> None:
    with ScriptedServer(always(Failure(400, "bad schema"))) as bad, ScriptedServer() as good:
        async with pool_over(
            {"bad": bad, "good": good}, [route("coder", "bad", "good")]
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            for _ in range(5):
                with pytest.raises(ModelRefusedError):
                    await standing.pool.chat(asked(), key=key)
            assert standing.breaker("bad") == []
    assert good.requests == []


async def test_an_endpoint_without_the_model_is_passed_over_but_not_shut_out() -> None:
    missing = Failure(404, "no model")
    with ScriptedServer(always(missing)) as bad, ScriptedServer(always(Text("yes"))) as good:
        servers = {"bad": bad, "good": good}
        async with pool_over(servers, [route("coder", "bad", "good")]) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            for _ in range(4):
                assert (await standing.pool.chat(asked(), key=key)).text == "yes"
            assert standing.breaker("bad") == []


async def test_the_breaker_opens_tries_once_and_closes() -> None:
    healthy = threading.Event()

    def reply(_: Any) -> Reply:
        return Text("back") if healthy.is_set() else Failure(500, "oops")

    with ScriptedServer(reply) as bad, ScriptedServer(always(Text("yes"))) as good:
        async with pool_over(
            {"bad": bad, "good": good}, [route("coder", "bad", "good")]
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            for _ in range(6):  # the rest of half a second must outlast the last three
                assert (await standing.pool.chat(asked(), key=key)).text == "yes"
            assert len(bad.requests) == 3, "an open breaker keeps calls away"
            await asyncio.sleep(0.55)
            assert (await standing.pool.chat(asked(), key=key)).text == "yes"
            assert standing.breaker("bad") == ["open", "half_open", "open"]
            healthy.set()
            await asyncio.sleep(1.05)
            assert (await standing.pool.chat(asked(), key=key)).text == "back"
            assert standing.breaker("bad")[-2:] == ["half_open", "closed"]


async def test_where_all_are_left_alone_they_are_asked_all_the_same() -> None:
    healthy = threading.Event()

    def reply(_: Any) -> Reply:
        return Text("yes") if healthy.is_set() else Failure(500, "oops")

    with ScriptedServer(reply) as one:
        async with pool_over({"one": one}, [route("coder", "one")]) as standing:
            for _ in range(2):
                with pytest.raises(ModelUnavailableError, match="oops"):
                    await standing.pool.chat(asked())
            assert standing.upstreams["one"].breaker.state == "open"
            healthy.set()
            assert (await standing.pool.chat(asked())).text == "yes"


async def test_a_server_that_asks_for_rest_gets_it() -> None:
    busy = Failure(429, "slow down", {"retry-after": "30"})
    with ScriptedServer([busy]) as bad, ScriptedServer(always(Text("yes"))) as good:
        async with pool_over(
            {"bad": bad, "good": good}, [route("coder", "bad", "good")]
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "bad")
            for _ in range(3):
                assert (await standing.pool.chat(asked(), key=key)).text == "yes"
    assert len(bad.requests) == 1


async def test_a_passing_fault_of_the_only_endpoint_is_tried_again() -> None:
    with ScriptedServer([Failure(503, "loading"), DOWN, Text("yes")]) as one:
        async with pool_over({"one": one}, [route("coder", "one")]) as standing:
            assert (await standing.pool.chat(asked())).text == "yes"


async def test_what_lasts_is_not_asked_again() -> None:
    for fault in (Failure(401, "no"), Failure(404, "no")):
        with ScriptedServer(always(fault)) as one:
            async with pool_over({"one": one}, [route("coder", "one")]) as standing:
                with pytest.raises(ModelError):
                    await standing.pool.chat(asked())
        assert len(one.requests) == 1


async def test_fallbacks_come_after_all_versions_and_only_if_able() -> None:
    routes = [
        route("coder", "first", fallback=("small", "chat")),
        route("small", "weak"),
        route("chat", "strong"),
    ]

    def serves(target: ModelTarget, needs: CallRequirements) -> bool:
        return target.endpoint != "weak" or not needs.schema

    form = {"type": "json_object"}
    with (
        ScriptedServer(always(Failure(500, "oops"))) as first,
        ScriptedServer(always(Text("weak"))) as weak,
        ScriptedServer(always(Text("strong"))) as strong,
    ):
        servers = {"first": first, "weak": weak, "strong": strong}
        async with pool_over(servers, routes, serves=serves) as standing:
            assert (await standing.pool.chat(asked())).text == "weak"
            assert (await standing.pool.chat(asked(response_format=form))).text == "strong"


async def test_a_conversation_stays_and_many_are_shared_out_by_weight() -> None:
    targets = (
        ModelTarget("a", "scripted", "coder@v1", 9.0),
        ModelTarget("b", "scripted", "coder@v2", 1.0),
    )
    with ScriptedServer(always(Text("a"))) as a, ScriptedServer(always(Text("b"))) as b:
        async with pool_over({"a": a, "b": b}, [Route("coder", targets)]) as standing:
            answers = Counter[str]()
            for number in range(300):
                first = await standing.pool.chat(asked(f"question {number}"))
                answers[first.text] += 1
                if number % 10 == 0:
                    said = {"role": "assistant", "content": first.text}
                    turns = (*asked(f"question {number}").messages, said, *asked("And?").messages)
                    again = await standing.pool.chat(asked(messages=turns))
                    assert again.text == first.text
    assert 10 <= answers["b"] <= 60, "about a tenth of 300"


async def test_one_version_can_be_named() -> None:
    with ScriptedServer(always(Text("a"))) as a, ScriptedServer(always(Text("b"))) as b:
        async with pool_over({"a": a, "b": b}, [route("coder", "a", "b")]) as standing:
            for version, text in (("coder@v1", "a"), ("coder@v2", "b")):
                assert (await standing.pool.chat(asked(model=version))).text == text
    assert {recorded.body["model"] for recorded in a.requests} == {"scripted"}


async def test_a_full_endpoint_makes_callers_wait_and_then_says_so() -> None:
    slow = Wire(
        (Pause(0.3), event({"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]})),
        framing="chunked",
        headers={"content-type": "text/event-stream"},
    )
    with ScriptedServer(always(slow)) as one:
        async with pool_over({"one": one}, [route("coder", "one")], places=2, queue=2) as standing:
            calls = [asyncio.create_task(streamed(standing.pool, asked(str(n)))) for n in range(6)]
            results = await asyncio.gather(*calls, return_exceptions=True)
    answered = [item for item in results if isinstance(item, tuple)]
    busy = [item for item in results if isinstance(item, ModelBusyError)]
    assert (len(answered), len(busy)) == (4, 2)
    assert len(one.requests) == 4
    assert standing.upstreams["one"].slots.taken == 0


async def test_a_full_endpoint_hands_on_to_a_free_one() -> None:
    with ScriptedServer(always(SILENT)) as full, ScriptedServer(always(Text("yes"))) as free:
        deadlines = Deadlines(2, 5, 5, 5)
        servers = {"full": full, "free": free}
        async with pool_over(
            servers, [route("coder", "full", "free")], places=1, deadlines=deadlines
        ) as standing:
            key = first_choice_is(standing.pool, "coder", "full")
            waiting = asyncio.create_task(standing.pool.chat(asked(), key=key))
            await asyncio.to_thread(full.wait_for_requests, 1)
            assert (await standing.pool.chat(asked(), key=key)).text == "yes"
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert standing.kinds("full") == ["gave_up"]
            assert standing.upstreams["full"].slots.taken == 0


async def test_the_whole_call_has_a_deadline() -> None:
    with ScriptedServer(always(SILENT)) as one:
        patience = RetryPolicy(rounds=9, total_seconds=0.6)
        async with pool_over({"one": one}, [route("coder", "one")], patience=patience) as standing:
            with pytest.raises(ModelTimeoutError, match="had not begun"):
                await streamed(standing.pool, asked())
    assert len(one.requests) <= 3


async def test_models_of_all_endpoints_are_listed_and_a_silent_one_is_left_out() -> None:
    broken = {"/models": Failure(500, "oops")}
    with ScriptedServer(models=("a", "b")) as one, ScriptedServer(routes=broken) as two:
        async with pool_over({"one": one, "two": two}, [route("coder", "one", "two")]) as standing:
            assert [model.id for model in await standing.pool.models()] == ["a", "b"]
    with ScriptedServer(routes=broken) as two:
        async with pool_over({"two": two}, [route("coder", "two")]) as standing:
            with pytest.raises(ModelUnavailableError):
                await standing.pool.models()


async def test_tokens_are_counted_by_who_would_answer_or_guessed() -> None:
    with ScriptedServer(always(Text("x"))) as one:
        async with pool_over({"one": one}, [route("coder", "one")]) as standing:
            assert await standing.pool.count_tokens("a b c", "coder") == 3
    with ScriptedServer(routes={"/tokenize": Failure(500, "oops")}) as two:
        async with pool_over({"two": two}, [route("coder", "two")]) as standing:
            assert await standing.pool.count_tokens("abc def", "coder") == 3
            assert await standing.pool.count_prompt(asked()) > 3


class Faulty:
    """Two servers' replies: the first goes through every fault, some streams hang half-way."""

    FAULTS = (Text("a"), DOWN, Failure(500, "x"), GARBAGE, Text("a"), SILENT, Text("a"))

    def __init__(self) -> None:
        self.order: list[str] = []
        """Each question as it came, marked where its answer hung after the first word."""
        self.healthy = False
        self._seen = 0
        self._lock = threading.Lock()

    def first(self, body: Any) -> Reply:
        with self._lock:
            self._seen += 1
            due = self._seen // 13 > len(self.hung()) and not self.healthy
            hangs = due and bool(body.get("stream"))
            self.order.append(self._question(body) + (" hung" if hangs else ""))
            number = self._seen // 4 % len(self.FAULTS)
        if hangs:
            return Events(({"choices": [{"delta": {"content": "Half"}}]}, Hang()), done=False)
        return Text("a") if self.healthy else self.FAULTS[number]

    def second(self, body: Any) -> Reply:
        with self._lock:
            self.order.append(self._question(body))
        return Text("b")

    def hung(self) -> list[str]:
        return [entry.removesuffix(" hung") for entry in self.order if entry.endswith(" hung")]

    def _question(self, body: Any) -> str:
        return str(body["messages"][0]["content"])


async def crowd(standing: Standing, requests: int, concurrent: int) -> dict[str, str]:
    """Send many questions, half of them streamed; return the answer or the error of each."""
    outcomes: dict[str, str] = {}
    numbers = iter(range(requests))

    async def worker() -> None:
        for number in numbers:
            request = asked(f"question {number}")
            try:
                if number % 2:
                    _, answer = await streamed(standing.pool, request)
                else:
                    answer = await standing.pool.chat(request)
                outcomes[f"question {number}"] = answer.text
            except ModelError as error:
                outcomes[f"question {number}"] = type(error).__name__

    await asyncio.gather(*(worker() for _ in range(concurrent)))
    return outcomes


@pytest.mark.parametrize("requests", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_crowd_loses_nothing_that_could_be_served(requests: int) -> None:
    """Only what hung after its first word fails, and that is not sent again."""
    faulty = Faulty()
    with ScriptedServer(faulty.first) as a, ScriptedServer(faulty.second) as b:
        servers, routes = {"a": a, "b": b}, [route("coder", "a", "b")]
        async with pool_over(servers, routes, deadlines=Deadlines(12, 12, 5, 12)) as standing:
            outcomes = await crowd(standing, requests, 50)
            faulty.healthy = True
            await asyncio.sleep(1.05)
            key = first_choice_is(standing.pool, "coder", "a")
            assert (await standing.pool.chat(asked(), key=key)).text == "a"
    failed = {question for question, answer in outcomes.items() if answer not in ("a", "b")}
    assert len(outcomes) == requests
    assert failed == set(faulty.hung()) != set()
    for question in failed:
        last = len(faulty.order) - 1 - faulty.order[::-1].index(f"{question} hung")
        assert question not in faulty.order[last + 1 :]
    assert standing.breaker("a")[:2] == ["open", "half_open"]
    assert standing.breaker("a")[-1] == "closed"
    assert standing.breaker("b") == []
    assert all(upstream.slots.taken == 0 for upstream in standing.upstreams.values())
