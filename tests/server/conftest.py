"""Fixtures of the server's faces: a shop to change, who codes for it, and the HTTP face."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.server.changing import SHOP, coder
from tests.server.stand import Running, Stand, serving, standing
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer, Text


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A model that always says the same three words."""
    with ScriptedServer(lambda _: Text("one two three")) as server:
        yield server


@pytest.fixture
async def stand(tmp_path: Path, scripted: ScriptedServer) -> AsyncIterator[Stand]:
    async with standing(tmp_path, scripted) as built:
        yield built


@pytest.fixture
async def running(tmp_path: Path, scripted: ScriptedServer) -> AsyncIterator[Running]:
    async with serving(tmp_path / "s", scripted) as server:
        yield server


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    """A model that codes, plans and reviews for the shop."""
    with ScriptedServer(coder) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)
