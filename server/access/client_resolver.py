"""The client of a request: the peer, or the client that a configured proxy names.

`X-Forwarded-For` is a list to which every proxy adds the address that it was called from. Whoever
calls us can write one, so it is read from its right end and only as far as we know the writers: a
proxy of `serve.trusted_proxies` is trusted for the one entry that it added itself.
"""

import ipaddress
from collections.abc import Iterable, Sequence

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED = b"x-forwarded-for"
IPV6_PREFIX = 64
"""A holder of one IPv6 address has all of its /64, so that these are one client."""
MAX_ADDRESS_LENGTH = 64


class ClientResolver:
    """Tells clients apart, behind the proxies that the operator has named and without them."""

    def __init__(self, proxies: Sequence[IpNetwork] = ()) -> None:
        self._proxies = tuple(proxies)

    def is_proxy(self, address: str) -> bool:
        """Return whether an address is that of a configured proxy."""
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._proxies)

    def of(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the client's address: the rightmost that is no proxy of ours."""
        if not self.is_proxy(peer):
            return peer
        lines = [value for name, value in headers if name == FORWARDED]
        hops = [hop.strip() for hop in b",".join(lines).decode("latin-1").split(",")]
        client = peer
        for hop in reversed([hop for hop in hops if hop]):
            client = _without_port(hop)
            if not self.is_proxy(client):
                break
        return client


def share_of(address: str) -> str:
    """Return the name under which an address is counted: itself, or the /64 of an IPv6 address."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed) if parsed is not None else address[:MAX_ADDRESS_LENGTH]


def _parsed(address: str) -> IpAddress | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def _without_port(hop: str) -> str:
    """Return the address of a hop; some proxies write `192.0.2.7:4711` or `[2001:db8::7]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, rest = hop.partition(":")
    return host if colon and ":" not in rest else hop
