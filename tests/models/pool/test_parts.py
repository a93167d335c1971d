import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pool.breaker import BreakerSettings, BreakerState, CircuitBreaker
from models.pool.routes import DEFAULT_ROUTE, ROLES, ModelTarget, in_order, routes_of
from models.pool.slots import EndpointSlots
from rooftree.config import Config
from rooftree.errors import ConfigError, ModelBusyError


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def breaker() -> tuple[CircuitBreaker, Clock, list[BreakerState]]:
    clock, states = Clock(), list[BreakerState]()
    return CircuitBreaker(BreakerSettings(3, 5.0, 20.0), clock, states.append), clock, states


def test_a_breaker_opens_after_failures_in_a_row_only() -> None:
    it, _, states = breaker()
    for _ in range(2):
        it.failed()
        it.failed()
        it.succeeded()
    assert states == []
    for _ in range(3):
        it.failed()
    assert states == ["open"]


def test_each_failed_trial_doubles_the_rest_up_to_a_limit() -> None:
    it, clock, _ = breaker()
    for _ in range(3):
        it.failed()
    for rest in (5.0, 10.0, 20.0, 20.0):
        clock.now += rest - 0.1
        assert not it.is_rested
        clock.now += 0.2
        assert it.is_rested
        it.try_once()
        it.failed()
    clock.now += 21
    it.try_once()
    it.succeeded()
    assert it.state == "closed"


def test_a_trial_that_nobody_saw_the_end_of_is_made_again() -> None:
    it, clock, states = breaker()
    it.rest(1000.0)
    clock.now += 20
    it.try_once()
    it.abandoned()
    assert it.is_rested
    assert states == ["open", "half_open", "open"]


def test_a_late_success_does_not_close_an_open_breaker() -> None:
    it, _, _ = breaker()
    for _ in range(3):
        it.failed()
    it.succeeded()
    assert it.state == "open"


async def test_places_are_handed_on_in_order_and_never_lost() -> None:
    slots = EndpointSlots("gpu", 2, 50)
    order: list[int] = []

    async def work(number: int) -> None:
        async with slots.place():
            order.append(number)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work(number)) for number in range(20)]
    await asyncio.sleep(0)
    for number in (5, 9, 19):
        tasks[number].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == sorted(order)
    assert set(range(20)) - set(order) <= {5, 9, 19}
    assert (slots.taken, slots.waiting) == (0, 0)


async def test_a_full_queue_is_told() -> None:
    slots = EndpointSlots("gpu", 1, 0)
    async with slots.place():
        with pytest.raises(ModelBusyError, match=r"endpoints\.gpu\.concurrency"):
            async with slots.place():
                raise AssertionError("there is no place")


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=5), st.text())
def test_the_order_is_whole_and_the_same_for_a_key(weights: list[float], key: str) -> None:
    targets = [ModelTarget("e", "m", f"v{number}", weight) for number, weight in enumerate(weights)]
    first = in_order(targets, key)
    assert sorted(first, key=repr) == sorted(targets, key=repr)
    assert in_order(reversed(targets), key) == first


def test_shares_are_as_the_weights() -> None:
    targets = [
        ModelTarget("e", "m", "a", 3.0),
        ModelTarget("e", "m", "b", 1.0),
        ModelTarget("e", "m", "c", 0.0),
    ]
    firsts = Counter(in_order(targets, str(number))[0].version for number in range(4000))
    assert firsts["a"] / 4000 == pytest.approx(0.75, abs=0.03)
    assert firsts["c"] == 0


def test_without_aliases_every_role_goes_home() -> None:
    routes = routes_of(Config())
    assert set(routes) == set(ROLES)
    assert {target.endpoint for route in routes.values() for target in route.targets} == {
        DEFAULT_ROUTE
    }


ENDPOINT = {"gpu": {"url": "http://gpu/v1"}}


@pytest.mark.parametrize(
    ("aliases", "words"),
    [
        (
            {"coder": {"versions": [{"endpoint": "cpu", "model": "m"}]}},
            "there is no endpoint 'cpu'; did you mean 'gpu'",
        ),
        (
            {"coder": {"versions": [{"endpoint": "gpu", "model": "m"}], "fallback": ["nobody"]}},
            "'nobody', but there is no alias 'nobody'; there are chat",
        ),
        (
            {"coder": {"versions": [{"endpoint": "gpu", "model": "m", "weight": 0}]}},
            "no version with a weight above 0",
        ),
    ],
)
def test_routes_that_lead_nowhere_are_named(aliases: object, words: str) -> None:
    config = Config.model_validate({"endpoints": ENDPOINT, "aliases": aliases})
    with pytest.raises(ConfigError, match=words):
        routes_of(config)
