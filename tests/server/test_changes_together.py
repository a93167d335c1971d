"""Many changes at once in one process: each has its own events, copy and budget."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from models.replies import Reply, Text
from models.scripted import ScriptedServer
from rooftree.events import Event
from server.changes import Wish
from server.services import Services
from tests.server.changing import FIXED, SHOP, TASK, changing_config, coder
from tests.support import git_repository


def marked(number: int) -> dict[str, str | bytes]:
    """Return the shop with a comment that no other shop has."""
    cart = str(SHOP["shop/cart.py"]).replace("result = 0", f"result = 0  # shop {number}")
    return SHOP | {"shop/cart.py": cart}


def careful(body: Mapping[str, Any]) -> Reply:
    """Repair as the coder does; text of two shops in one prompt would be cross-talk."""
    text = str(body)
    shops = {part.split()[0].rstrip("\\n'\"") for part in text.split("# shop ")[1:]}
    if len({shop.partition("\\")[0] for shop in shops}) > 1:
        return Text("cross-talk")
    return coder(body)


async def _together(tmp_path: Path, count: int) -> None:
    repos = [git_repository(tmp_path, marked(number), f"shop{number}") for number in range(count)]
    heard: list[list[Event]] = [[] for _ in repos]
    with ScriptedServer(careful) as server:
        services = Services(changing_config(tmp_path, server))
        try:
            outcomes = await asyncio.gather(
                *(
                    services.changes.start(Wish(TASK, repo, "all"), events.append)
                    for repo, events in zip(repos, heard, strict=True)
                )
            )
        finally:
            await services.aclose()
        runs = services.changes.store
    for number, (repo, outcome, events) in enumerate(zip(repos, outcomes, heard, strict=True)):
        assert (outcome.status, outcome.applied) == ("verified", True)
        fixed = FIXED.replace("result = 0", f"result = 0  # shop {number}")
        assert (repo / "shop" / "cart.py").read_text() == fixed
        assert {event.run for event in events} == {outcome.run}
        assert [event.seq for event in events] == list(range(len(events)))
        assert not runs.open(outcome.run).workspace.exists()
    calls = [outcome.spending["model_calls"] for outcome in outcomes]
    assert len(set(calls)) == 1
    assert not [name for name in os.listdir("/proc") if name.isdigit() and _is_bwrap(name)]  # noqa: PTH208 - in one go


def _is_bwrap(pid: str) -> bool:
    try:
        words = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
        return "(bwrap)" in Path("/proc", pid, "stat").read_text() and int(words[1]) == os.getpid()
    except OSError:
        return False


async def test_changes_at_once_do_not_meet(tmp_path: Path) -> None:
    await _together(tmp_path, 5)


@pytest.mark.slow
async def test_twenty_changes_at_once_do_not_meet(tmp_path: Path) -> None:
    await _together(tmp_path, 20)
