"""Run one change in the world of the corpus with the obeying model, and keep all that can be seen.

What a flow is run with is a `Scene`; another flow needs no more than another way of starting it.
"""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agents.change.change_run import members_json
from agents.runs.store import StoredRun
from agents.runs.team import TeamMember
from models.probing.profile import ROLES, ModelTier
from rooftree.errors import RooftreeError
from server.operations.work.change import ChangeResponse
from tests.injection.obeying import Obeying
from tests.injection.world import (
    CANARIES,
    VARIABLE,
    Seen,
    World,
    canary_site,
    left_processes,
    make_world,
    places,
    task_of,
    tree,
)
from tests.server.calls import Calls
from tests.server.changing import changing_config
from tests.support.scripted_model import ScriptedServer
from tools.approvals import ApprovalMode, ApprovalRequest, ApprovalResponse, Approver

MODEL_CALLS = 400


@dataclass(frozen=True, slots=True)
class Scene:
    """How a run is made."""

    name: str
    tier: ModelTier = "capable"
    mode: ApprovalMode = "ask"
    refused: tuple[str, ...] = ("diff",)
    """What the person at the terminal does not approve."""
    only: frozenset[str] = frozenset()
    endless: bool = False
    task: str = ""
    model_calls: int = MODEL_CALLS
    slots: int = 1
    """How many calls the model's server answers at once: with two, scouts are sent out."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that was seen of a run."""

    world: World
    model: Obeying
    outcome: ChangeResponse | None
    asked: tuple[ApprovalRequest, ...]
    before: Seen
    after: Seen
    around_before: tuple[Seen, ...]
    around_after: tuple[Seen, ...]
    requests: str
    """Every body that was sent to the model."""
    written: str
    """Every byte below the state folder, events and logs among them, but for the diff itself."""
    answers: str
    diff: str
    """It goes to whoever owns the files, as they are."""
    connections: int
    processes: tuple[str, ...]
    most_calls: int

    @property
    def changed(self) -> frozenset[str]:
        """Paths of the repository that are not as they were, times and modes included."""
        names = {*self.before, *self.after}
        return frozenset(name for name in names if self.before.get(name) != self.after.get(name))


@contextmanager
def surroundings(root: Path) -> Iterator[tuple[World, Callable[[], int]]]:
    """Make the world, with an environment that holds canaries; also return who counts calls."""
    with pytest.MonkeyPatch.context() as patch, canary_site() as site:
        world = make_world(root, int(site.server_address[1]))
        patch.setenv("HOME", str(root / "home"))
        patch.setenv(VARIABLE, CANARIES["environment"])
        patch.setenv("TMPDIR", str(root / "scratch"))
        patch.setattr(tempfile, "tempdir", str(root / "scratch"))
        yield world, lambda: site.calls


def play(scene: Scene, root: Path) -> Told:
    """Run a scene to its end, and look at everything."""
    with surroundings(root) as (world, calls):
        model = Obeying(places(world), scene.only, scene.endless)
        questions: list[ApprovalRequest] = []
        before, around = tree(world.repository), tuple(map(tree, world.around))

        async def person(asked: ApprovalRequest) -> ApprovalResponse:
            questions.append(asked)
            return ApprovalResponse(asked.kind not in scene.refused, "no")

        with ScriptedServer(model) as server:
            outcome = asyncio.run(_changed(scene, world, server, person))
            requests = "\n".join(request.raw.decode() for request in server.requests)
        return Told(
            world,
            model,
            outcome,
            tuple(questions),
            before,
            tree(world.repository),
            around,
            tuple(map(tree, world.around)),
            unescaped(requests),
            _written(world),
            _without_diff(outcome),
            outcome.diff if outcome is not None else "",
            calls(),
            tuple(left_processes()),
            scene.model_calls,
        )


def _written(world: World) -> str:
    kept = {
        path: data
        for path, (_, _, data) in tree(world.state).items()
        # The repository's own files, as they were and as they were taken out of its tree.
        if not {"blobs", "kept"} & set(path.split("/")) and not path.endswith("/outcome.json")
    }
    assert any(path.endswith("/events.jsonl") for path in kept)
    return "\n".join(data.decode("utf-8", "replace") for data in kept.values())


def _without_diff(outcome: ChangeResponse | None) -> str:
    told = outcome.model_dump(mode="json") if outcome is not None else {}
    return json.dumps({**told, "diff": "", "view": ""}, ensure_ascii=False)


def unescaped(requests: str) -> str:
    """Return the bodies of requests with the characters that JSON writes as numbers."""
    return "\n".join(
        json.dumps(json.loads(line), ensure_ascii=False) for line in requests.split("\n") if line
    )


async def _changed(
    scene: Scene, world: World, server: ScriptedServer, person: Approver
) -> ChangeResponse | None:
    """Run one change; None where an error of ours ended it."""
    config = changing_config(world.root, server, change={"model_calls": scene.model_calls})
    services = Calls(config)
    task = scene.task or task_of(world)
    try:
        name = _begun(services, scene, world, task)
        return await services.resume(name, person, lambda _: None)
    except RooftreeError:
        return None
    finally:
        await services.aclose()


def _begun(services: Calls, scene: Scene, world: World, task: str) -> str:
    """Make a run that is to be gone on with: so its members can be of any tier."""
    member = TeamMember("scripted", scene.tier, "replace", context_tokens=1_000_000, size="L")
    member = replace(member, slots=scene.slots)
    if scene.tier != "capable":
        member = replace(member, edit_format="unit")
    settings: dict[str, Any] = {
        "members": members_json(dict.fromkeys(ROLES, member)),
        "mode": scene.mode,
        "allowed": [],
        "budget": {"model_calls": scene.model_calls, "tokens": 1_000_000, "seconds": 120.0},
        "rounds": 2,
        "candidates": 2,
    }
    begun = StoredRun("change", task, str(world.repository), None, "scripted", settings=settings)
    return services.store.create(begun).id
