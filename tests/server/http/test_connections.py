"""Who keeps a connection where there are too many."""

from dataclasses import dataclass, field

from server.http.connections import ConnectionLimits, Connections


@dataclass(eq=False)
class Held:
    """A connection that is told what to be."""

    is_authenticated: bool = False
    idle: bool = True
    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True


@dataclass
class Opened:
    """A few connections, and what it told."""

    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits = ConnectionLimits(share=3, strangers=6, known=2)
        self.connections = Connections(limits, self.told.append)

    def let_in(self, client: str, count: int = 1, shared: bool = True) -> list[Held]:
        held = [Held() for _ in range(count)]
        for one in held:
            self.connections.add(one, client, shared)
        return held


def test_a_newcomer_takes_the_place_of_the_clients_oldest() -> None:
    opened = Opened()
    other = opened.let_in("other")
    held = opened.let_in("one", 5)
    assert [one.dropped for one in held] == [True, True, False, False, False]
    assert not other[0].dropped
    assert opened.told == ["share", "share"]


def test_where_all_is_full_the_client_with_most_loses_its_oldest() -> None:
    opened = Opened()
    first, most, rest = (opened.let_in(client, n) for client, n in (("a", 1), ("b", 3), ("c", 2)))
    newcomers = opened.let_in("d")
    assert [one.dropped for one in most] == [True, False, False]
    assert not any(one.dropped for one in (*first, *rest, *newcomers))
    assert opened.told == ["full"]
    assert opened.connections.strangers == 6


def test_what_a_proxy_has_not_said_whose_it_is_is_in_no_share() -> None:
    opened = Opened()
    held = opened.let_in("proxy", 6, shared=False)
    assert not any(one.dropped for one in held)
    opened.connections.add(held[5], "client")
    assert opened.connections.strangers == 6


def test_who_is_known_is_never_taken_for_a_stranger() -> None:
    opened = Opened()
    known, stranger = opened.let_in("one", 2)
    known.is_authenticated = True
    opened.let_in("one", 3)
    assert not known.dropped
    assert stranger.dropped
    opened.connections.add(known, "one")
    assert opened.connections.strangers == 3


def test_of_too_many_that_are_known_the_oldest_idle_one_goes() -> None:
    opened = Opened()
    busy, idle, last = opened.let_in("one", 3)
    busy.idle = False
    for one in (busy, idle, last):
        opened.connections.mark_authenticated(one)
    assert [one.dropped for one in (busy, idle, last)] == [False, True, False]


def test_who_is_gone_is_forgotten() -> None:
    opened = Opened()
    for one in opened.let_in("one", 3):
        opened.connections.remove(one)
        opened.connections.remove(one)
        opened.connections.mark_authenticated(one)
    assert opened.connections.strangers == 0
    assert not any(one.dropped for one in opened.let_in("one", 3))
