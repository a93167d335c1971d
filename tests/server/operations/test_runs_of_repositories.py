"""`last` is of the repository that somebody stands in, and nothing is written to another one."""

from pathlib import Path

import pytest

from agents.runs.store import RunFolder, StoredRun
from rooftree.git.commands import open_worktree
from tests.server.access.test_runs_of_keys import Face, face_of
from tests.server.calls import Calls
from tests.server.changing import BUGGY, FIXED, SHOP, TASK, changing_config, environment
from tests.server.commands import Commands
from tests.support import git, git_repository
from tests.support.scripted_model import ScriptedServer
from tools.drafts.draft import Draft, save_draft
from tools.drafts.snapshot import take_snapshot


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP, "mine")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP, "other")


@pytest.fixture
def commands(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, environment(tmp_path, model))


def cart(repo: Path) -> str:
    return (repo / "shop" / "cart.py").read_text()


def drafted(services: Calls, repo: Path) -> RunFolder:
    """Keep a change of a repository that was not applied."""
    worktree = open_worktree(repo)
    record = StoredRun("change", TASK, str(worktree.root), None, "m", repo_id=worktree.repo_id)
    folder = services.store.create(record)
    snapshot = take_snapshot(worktree, folder.blobs)
    folder.save_snapshot(snapshot)
    draft = Draft(snapshot, {"shop/cart.py": FIXED.encode()})
    save_draft(draft, folder.path)
    folder.save_outcome({"digest": draft.digest, "run": folder.id})
    folder.end("unverified", "done", {}, applied=False)
    return folder


@pytest.fixture
def run(tmp_path: Path, model: ScriptedServer, other: Path) -> str:
    """A change of the other repository, which is the newest run of all."""
    return drafted(Calls(changing_config(tmp_path, model)), other).id


def test_last_is_not_another_repositorys(
    commands: Commands, run: str, mine: Path, other: Path
) -> None:
    for verb in ("apply", "undo"):
        done = commands.run(verb, cwd=mine)
        assert done.code == 2
        done.assert_one_line()
        assert f"no change of {str(mine)!r} yet" in done.err
    assert (cart(mine), cart(other)) == (BUGGY, BUGGY)


@pytest.mark.parametrize("words", [["apply"], ["undo"], ["runs", "replay", "--model", "scripted"]])
def test_a_run_of_another_repository_is_refused_by_its_name(
    commands: Commands, run: str, mine: Path, other: Path, words: list[str]
) -> None:
    for place in ({"cwd": mine}, {}):
        more = [] if place else ["--repo", str(mine)]
        done = commands.run(*words, run[:-1], *more, **place)  # type: ignore[arg-type]  # a folder or none
        assert done.code == 2
        done.assert_one_line()
        assert f"is of {str(other)!r} and not of {str(mine)!r}" in done.err
        assert f"--repo {str(other)!r}" in done.err
    assert (cart(mine), cart(other)) == (BUGGY, BUGGY)


def test_resuming_another_repositorys_run_is_refused(
    commands: Commands, run: str, mine: Path, other: Path
) -> None:
    done = commands.run("change", "--resume", run, cwd=mine)
    assert (done.code, f"is of {str(other)!r}" in done.err) == (2, True)


def test_who_names_the_repository_acts_there_and_is_told_where(
    commands: Commands, run: str, mine: Path, other: Path
) -> None:
    applied = commands.run("apply", "--repo", other, cwd=mine)
    assert applied.code == 0
    assert f"applied to {other}; `rooftree undo {run} --repo {other}` takes it back" in applied.out
    assert (cart(mine), cart(other)) == (BUGGY, FIXED)
    undone = commands.run("undo", run, "--repo", other, cwd=mine)
    assert undone.out == f"{other}: every file that it changed is as before run {run}\n"
    assert (cart(mine), cart(other)) == (BUGGY, BUGGY)


def test_a_list_is_of_one_repository_or_of_all(
    commands: Commands, run: str, mine: Path, other: Path
) -> None:
    here = commands.run("runs", "list", cwd=mine)
    assert here.out.startswith(f"no runs of {mine} yet")
    everywhere = commands.run("runs", "list", "--all", cwd=mine)
    assert f"  {other}  " in everywhere.out
    assert run in commands.run("runs", "list", "--repo", other / "shop", cwd=mine).out
    assert commands.run("runs", "show", cwd=mine).code == 2
    assert str(other) in commands.run("runs", "show", run, cwd=mine).out


def test_a_worktree_knows_the_runs_of_its_repository_and_writes_none_elsewhere(
    commands: Commands, run: str, other: Path, tmp_path: Path
) -> None:
    linked = tmp_path / "linked"
    git(other, "worktree", "add", "-q", str(linked))
    assert f"  {other}  " in commands.run("runs", "list", cwd=linked).out
    last = commands.run("apply", cwd=linked)
    assert last.code == 2
    assert f"the newest run of this repository is {run} in {str(other)!r}" in last.err
    named = commands.run("apply", run, cwd=linked)
    assert "another worktree of this repository" in named.err
    assert (cart(linked), cart(other)) == (BUGGY, BUGGY)


def test_runs_of_an_older_version_are_found_by_their_folder(
    commands: Commands, run: str, other: Path, tmp_path: Path
) -> None:
    [file] = (tmp_path / "state" / "runs").glob("*/run.json")
    file.write_text(
        file.read_text().replace('"repo_id"', '"notes_"').split(',\n  "notes_"')[0] + "}"
    )
    assert commands.run("apply", cwd=other).code == 0
    assert cart(other) == FIXED


@pytest.fixture
def both(mine: Path, other: Path) -> list[Path]:
    return [mine, other]


async def test_over_http_a_repository_that_is_named_must_be_the_runs(
    tmp_path: Path, model: ScriptedServer, both: list[Path]
) -> None:
    mine, other = both
    async with face_of(tmp_path, both, model) as face:
        await _refused_elsewhere(face, mine, other)


async def _refused_elsewhere(face: Face, mine: Path, other: Path) -> None:
    folder = drafted(face.services, other)
    digest = folder.outcome()["digest"]
    place = f"/api/runs/{folder.id}"
    for act, body in (("apply", {"digest": digest}), ("undo", {})):
        refused = await face.local.post(f"{place}/{act}", json=body | {"repo": str(mine)})
        assert refused.status_code == 400
        assert f"is of {str(other)!r}" in refused.json()["error"]["message"]
    assert cart(other) == BUGGY
    applied = await face.local.post(f"{place}/apply", json={"digest": digest, "repo": str(other)})
    assert applied.json()["repo"] == str(other)
    assert (await face.local.post(f"{place}/undo")).json()["applied"] is False
    for repo, found in ((mine, []), (other, [folder.id])):
        listed = await face.local.get("/api/runs", params={"repo": str(repo)})
        assert [one["id"] for one in listed.json()["runs"]] == found
