"""Who asks: the peer, and behind a configured proxy the client that it names."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access.client_resolver import ClientResolver, share_of
from server.access.throttle import BURST, FailureLimit

PROXY = "10.1.0.7"
CLIENTS = ClientResolver([ip_network("10.1.0.0/16"), ip_network("2001:db8:ffff::/48")])


def of(peer: str, *forwarded: str) -> str:
    return CLIENTS.of(peer, [(b"x-forwarded-for", one.encode()) for one in forwarded])


def test_nobody_else_is_believed() -> None:
    assert of("192.0.2.1", "198.51.100.9") == "192.0.2.1"
    assert ClientResolver().of(PROXY, [(b"x-forwarded-for", b"198.51.100.9")]) == PROXY


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (("198.51.100.9",), "198.51.100.9"),
        (("203.0.113.5, 198.51.100.9",), "198.51.100.9"),
        (("203.0.113.5", "198.51.100.9"), "198.51.100.9"),
        (("203.0.113.5, 198.51.100.9, 10.1.0.9",), "198.51.100.9"),
        (("198.51.100.9:4711",), "198.51.100.9"),
        (("[2001:db8::9]:4711",), "2001:db8::9"),
        (("2001:db8::9",), "2001:db8::9"),
        (("203.0.113.5, 2001:db8:ffff::1",), "203.0.113.5"),
        (("::ffff:10.1.0.9",), "::ffff:10.1.0.9"),
        (("10.1.0.8, 10.1.0.9",), "10.1.0.8"),
        (("203.0.113.5, unknown",), "unknown"),
        ((" , ,",), PROXY),
        ((), PROXY),
    ],
)
def test_a_proxy_is_believed_for_what_it_added_itself(
    forwarded: tuple[str, ...], client: str
) -> None:
    assert of(PROXY, *forwarded) == client


def test_a_proxy_may_call_from_a_mapped_address() -> None:
    assert of("::ffff:10.1.0.7", "198.51.100.9") == "198.51.100.9"


def test_an_ipv6_client_has_its_whole_64() -> None:
    assert share_of("2001:db8:1:2::1") == share_of("2001:db8:1:2:ffff::9%eth0")
    assert share_of("2001:db8:1:2::1") != share_of("2001:db8:1:3::1")
    assert share_of("::ffff:192.0.2.1") == share_of("192.0.2.1") != share_of("192.0.2.2")
    limit = FailureLimit(lambda: 0.0)
    waits = [limit.fail(f"2001:db8:1:2::{number:x}") for number in range(BURST + 1)]
    assert waits[:BURST] == [0] * BURST
    assert waits[BURST] > 0


@given(st.text(max_size=60), st.lists(st.binary(max_size=60), max_size=3))
def test_any_header_has_a_client(peer: str, forwarded: list[bytes]) -> None:
    for name in (peer, PROXY):
        assert isinstance(CLIENTS.of(name, [(b"x-forwarded-for", one) for one in forwarded]), str)
    assert len(share_of(peer)) <= 64
