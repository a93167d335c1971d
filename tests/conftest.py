"""Fixtures that tests of several parts share, and the guard that keeps tests at home."""

import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from rooftree.paths import default_state_folder
from rooftree.telemetry.logs import end_logging
from tests.environments import with_pytest
from tests.support.eighths import mark_the_rest_slow

settings.load_profile("gate")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave seven eighths of the large tables to `make slow`."""
    mark_the_rest_slow(items)


class EgressRefusedError(RuntimeError):
    """A test tried to reach something that is not this machine."""


def _is_home(address: Any) -> bool:
    """Say whether a socket address is this machine's own."""
    if not isinstance(address, tuple):
        return True  # a unix socket's path
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


class _Guard:
    """An audit hook that refuses connections; it cannot be removed, but switched off."""

    def __init__(self) -> None:
        self.on = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
            return
        if event == "socket.getaddrinfo":
            host = arguments[0]
            address: Any = (host.decode() if isinstance(host, bytes) else host or "",)
        else:
            asked, address = arguments
            if asked.family not in (socket.AF_INET, socket.AF_INET6):
                return
        if not _is_home(address):
            raise EgressRefusedError(f"{event} to {address!r}: tests stay on 127.0.0.1")


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_works() -> Iterator[None]:
    """Let child processes hear SIGINT, even where the tests themselves run in the background.

    A shell starts background jobs with SIGINT ignored, and children inherit that.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def log_is_closed() -> Iterator[None]:
    """End the logging that a test began: the next one would write into its folder."""
    yield
    end_logging()


@pytest.fixture(autouse=True, scope="session")
def stays_at_home() -> Iterator[None]:
    """Refuse every connection and name look-up that would leave this machine."""
    guard = _Guard()
    sys.addaudithook(guard)
    guard.on = True
    yield
    guard.on = False


@pytest.fixture(autouse=True, scope="session")
def active_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Be a user whose active environment has pytest: ours runs no project's tests."""
    before = os.environ.get("VIRTUAL_ENV")
    place = with_pytest(tmp_path_factory.mktemp("active") / "environment")
    os.environ["VIRTUAL_ENV"] = str(place)
    yield place
    if before is None:
        del os.environ["VIRTUAL_ENV"]
    else:
        os.environ["VIRTUAL_ENV"] = before


def _models_folder() -> Path:
    folder = os.environ.get("ROOFTREE_TEST_MODELS")
    return Path(folder) if folder else default_state_folder() / "models"


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where weights are installed."""
    return _models_folder()


@pytest.fixture(scope="session")
def tiny_weights() -> Path:
    """The GGUF file of the tiny model; a test that needs it fails without it."""
    models = _models_folder()
    found = sorted(models.rglob("SmolLM2-135M*.gguf")) if models.is_dir() else []
    if not found:
        pytest.fail("the tiny weights are missing; get them with `rooftree models pull tiny`")
    return found[0]


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The folder of the MiniLM embedder; a test that needs it fails without it."""
    folder = _models_folder() / "minilm"
    found = sorted(folder.rglob("model.safetensors")) if folder.is_dir() else []
    if not found:
        pytest.fail("the embedder is missing; get it with `rooftree models pull minilm`")
    return found[0].parent
