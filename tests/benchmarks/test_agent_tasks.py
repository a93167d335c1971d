"""A good model's way through each task ends verified, and no rule of ours costs it a request."""

import os
from pathlib import Path

import pytest

from benchmarks.agents.tasks import ALL, python
from benchmarks.agents.tasks.task import AgentTask
from models.probing.profile import ModelSize
from tests.agents.loop.loops import check_legal, prefix_breaks
from tests.benchmarks.agent_scenes import played, told

QUICK = ("Python", "JavaScript")
LONG = "javascript-feature"
"""Each piece of it is broken once, and Node started for each."""
PROVED = ("verified", "verified_by_own_tests")


def of_languages(*, quick: bool) -> list[AgentTask]:
    """Return the tasks of the gate, or those of `make slow`."""
    return [one for one in ALL if (one.language in QUICK and one.id != LONG) is quick]


async def check_played(task: AgentTask, tmp_path: Path, size: ModelSize = "M") -> None:
    """Hold one played task to what is said of all."""
    run = await played(task, tmp_path, size)
    outcome = run.outcome
    assert outcome.status in PROVED, (outcome.summary, outcome.notes, told(run.of_coder[-1]))
    assert (outcome.status == "verified") is (task.playbook == "fix"), outcome.summary
    assert outcome.applied, outcome.why_not_applied
    assert set(outcome.paths) == set(task.trajectory.paths)
    assert len(run.of_coder) == len(task.steps), told(run.of_coder[-1])
    assert len(run.of_planner) <= 1, "a plan whose places are there is not sent back"
    assert len(run.of_reviewer) == 1, "whoever was shown the whole diff has not to look again"
    assert outcome.review is not None
    assert outcome.review.approved, outcome.review.reasons
    assert [one for one in outcome.notes if not one.startswith("tests run by")] == []
    for body in run.of_coder:
        check_legal(body)
    assert list(prefix_breaks(run.of_coder)) == []


@pytest.mark.parametrize("task", of_languages(quick=True), ids=lambda one: one.id)
async def test_a_clean_way_ends_verified(task: AgentTask, tmp_path: Path) -> None:
    skip_without(task)
    await check_played(task, tmp_path)


async def test_a_clean_way_of_a_small_model_ends_verified(tmp_path: Path) -> None:
    await check_played(python.REPAIR, tmp_path, "S")


def test_there_are_tasks_of_each_kind_in_each_language() -> None:
    assert len({one.id for one in ALL}) == len(ALL) == 24
    assert {one.kind for one in ALL} == {"repair", "feature", "rename", "delete", "move"}
    assert {one.language for one in ALL if one.kind == "feature"} == {one.language for one in ALL}


def skip_without(task: AgentTask) -> None:
    if task.lacks:
        pytest.skip(task.lacks)


@pytest.mark.slow
@pytest.mark.parametrize("task", of_languages(quick=False), ids=lambda one: one.id)
async def test_a_clean_way_with_a_toolchain_ends_verified(
    task: AgentTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make toolchains` installs what they need; what this machine's user has plays no part."""
    skip_without(task)
    for variable, place in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", "none")):
        monkeypatch.setenv(variable, os.environ.get(variable, str(Path.home() / place)))
    monkeypatch.setenv("HOME", str(tmp_path))
    await check_played(task, tmp_path)
