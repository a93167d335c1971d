"""The guard of conftest.py: a test that reaches out fails."""

import socket
from pathlib import Path

import pytest


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match=r"127\.0\.0\.1"):
        client.connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET6) as client, pytest.raises(RuntimeError):
        client.connect(("2001:db8::1", 80))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, pytest.raises(RuntimeError):
        client.sendto(b"x", ("192.0.2.1", 53))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(RuntimeError, match="getaddrinfo"):
        socket.create_connection(("shop.test", 80), timeout=1)


def test_this_machine_may_be_reached(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=5).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
