"""A project's commands: told as they are, and those that a person names only after his word."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents.runs.lifecycle import _choice
from agents.runs.step_log import StepLog
from rooftree.config import Config
from rooftree.errors import UsageError
from rooftree.git.commands import open_worktree
from server.operations.index.project import PROJECT
from server.operations.operation import Call, Caller
from server.operations.work.change import CHANGE, ChangeRequest
from tests.server.calls import Calls, ignore
from tests.server.change_terminal import Terminal
from tests.server.changing import BUGGY, SHOP, TASK, coder, services_of
from tests.server.commands import Commands
from tests.support import commit_all, config_in, git, git_repository, write_files
from tests.support.replies import Text
from tests.support.scripted_model import ScriptedServer
from tools.drafts.snapshot import take_snapshot
from tools.projects.configuration.choice import ProjectSettings
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import FILE, read_section

CHECK = """\
echo 'TAP version 13'
check() {
  if python3 -c "from shop.cart import count, total; assert $2"; then echo "ok - $1"
  else echo "not ok - $1"; fi
}
check tests/test_cart.py::test_total 'total([1, 2]) == 3'
check tests/test_cart.py::test_count 'count([1]) == 1'
"""
SECTION = '[project]\ntest = ["sh", "check.sh"]\n'
EVIL = '[project]\ntest = ["sh", "check.sh", "; evil"]\n'
CONFIGURED = {**SHOP, "check.sh": CHECK, FILE: SECTION}
IGNORED = "nobody has confirmed it as it is now"


def confirm(config: Config, repo: Path, text: str = SECTION) -> None:
    section = read_section(text.encode())
    assert section is not None
    Confirmations(config.paths, open_worktree(repo).repo_id).keep(section)


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(coder) as server:
        yield server


async def test_a_project_is_told_with_what_runs_it_and_what_lacks(tmp_path: Path) -> None:
    files = {
        "Makefile": "test:\n\ttrue\n",
        "web/package.json": '{"scripts": {}}',
        "web/tsconfig.json": "{}",
        "test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): ...\n",
    }
    services = Calls(config_in(tmp_path))
    found = await services.call(PROJECT, repo=str(git_repository(tmp_path, dict(files))))
    await services.aclose()
    told = {one.name: one for one in found.operations}
    assert told["make test"].command == ("make", "test")
    assert (told["make test"].runs, told["make test"].toolchain) == (True, "/usr/bin/make")
    assert told["tsc (web)"].command == ("npx", "--no-install", "tsc", "--noEmit")
    assert told["tsc (web)"].runs is False
    assert told["tsc (web)"].lacks
    python = [one for one in found.operations if one.command[0] == "python"]
    assert [one.kind for one in python] == ["test"]
    assert found.section.state == "none"


@pytest.mark.parametrize(
    ("text", "confirmed", "state"),
    [
        (SECTION, SECTION, "confirmed"),
        (SECTION, "", "unconfirmed"),
        (EVIL, SECTION, "unconfirmed"),
        ("[project]\ntest = 3\n", "", "wrong"),
    ],
)
async def test_a_section_is_told_with_whether_it_counts(
    tmp_path: Path, text: str, confirmed: str, state: str
) -> None:
    repo = git_repository(tmp_path, {**CONFIGURED, FILE: text})
    services = Calls(config_in(tmp_path))
    if confirmed:
        confirm(services.config, repo, confirmed)
    found = await services.call(PROJECT, repo=str(repo))
    await services.aclose()
    assert found.section.state == state
    assert any(one.configured for one in found.operations) is (state == "confirmed")
    assert bool(found.gaps) is (state != "confirmed")


async def test_a_confirmed_command_proves_a_change(tmp_path: Path, model: ScriptedServer) -> None:
    repo = git_repository(tmp_path, CONFIGURED)
    async with services_of(tmp_path, model, index={"embedder": "none"}) as services:
        confirm(services.config, repo)
        outcome = await services.change(TASK, repo, "all")
    assert outcome.status == "verified", outcome.summary
    assert outcome.evidence is not None
    assert set(outcome.evidence.commands) == {"sh check.sh"}
    assert not any(IGNORED in note for note in outcome.notes)


@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_section_that_is_not_confirmed_as_it_is_is_never_run(
    tmp_path: Path, model: ScriptedServer, *, confirmed: bool
) -> None:
    repo = git_repository(tmp_path, {**CONFIGURED, FILE: EVIL})
    async with services_of(tmp_path, model, index={"embedder": "none"}) as services:
        if confirmed:
            confirm(services.config, repo)  # as it was before it was changed
        outcome = await services.change(TASK, repo, "all")
    commands = outcome.evidence.commands if outcome.evidence is not None else ()
    assert not any("check.sh" in one for one in commands)
    assert any(IGNORED in note for note in outcome.notes), outcome.notes


async def test_a_run_that_is_gone_on_with_goes_by_what_was_confirmed_then(tmp_path: Path) -> None:
    repo, config = git_repository(tmp_path, CONFIGURED), config_in(tmp_path)
    worktree = open_worktree(repo)
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(worktree, tmp_path / "blobs")
    kept = Confirmations(config.paths, worktree.repo_id)
    settings = ProjectSettings(snapshot.content(FILE), None, kept)
    first = await _choice(snapshot, settings, StepLog(tmp_path / "steps"))
    confirm(config, repo)
    again = await _choice(snapshot, settings, StepLog(tmp_path / "steps"))
    anew = await _choice(snapshot, settings, StepLog(tmp_path / "others"))
    assert [one.state for one in (first, again, anew)] == ["unconfirmed"] * 2 + ["confirmed"]


async def test_a_typed_command_runs_the_tests_of_a_change(
    tmp_path: Path, model: ScriptedServer
) -> None:
    repo = git_repository(tmp_path, {**SHOP, "check.sh": CHECK})
    async with services_of(tmp_path, model, index={"embedder": "none"}) as services:
        outcome = await services.change(TASK, repo, "all", test_command=("sh", "check.sh"))
        with pytest.raises(UsageError, match="cannot be seen"):
            await services.change(TASK, repo, "all", test_command=("sh", "a\nb"))
    assert outcome.status == "verified", outcome.summary
    assert outcome.evidence is not None
    assert set(outcome.evidence.commands) == {"sh check.sh"}


async def test_no_key_names_what_is_run(tmp_path: Path, model: ScriptedServer) -> None:
    repo = git_repository(tmp_path, {**SHOP, "check.sh": CHECK})
    async with services_of(tmp_path, model) as services:
        request = ChangeRequest.of(task=TASK, repo=str(repo), test_command=("sh", "check.sh"))
        far = replace(Caller(), over_http=True)
        with pytest.raises(UsageError, match="cannot be named over HTTP"):
            await CHANGE.run(Call(services, far, ignore), request)
        assert services.store.all() == []


async def test_the_section_of_what_is_reviewed_is_never_run(tmp_path: Path) -> None:
    """Neither a new one nor a changed one, and its base's only where that is confirmed."""
    repo = git_repository(tmp_path, {**CONFIGURED, "shop/cart.py": BUGGY.replace("-=", "+=")})
    git(repo, "checkout", "--quiet", "-b", "work")
    write_files(repo, {FILE: EVIL, "shop/cart.py": BUGGY})
    commit_all(repo)
    with ScriptedServer(lambda _: Text('{"findings": []}')) as server:
        async with services_of(tmp_path, server) as services:
            ignored = await services.review(repo, base="main", head="work", tests=True)
            confirm(services.config, repo)
            used = await services.review(repo, base="main", head="work", tests=True)
            confirm(services.config, repo, EVIL)
            evil = await services.review(repo, base="main", head="work", tests=True)
    for review in (ignored, used, evil):
        assert not any("evil" in one for one in review.commands)
        assert any("changed by what is under review" in one for one in review.notes)
    assert used.commands == ("sh check.sh",)
    assert [one.code for one in used.inline] == ["broken-test"]
    for review in (ignored, evil):
        assert any(IGNORED in one for one in review.notes), review.notes


def test_the_command_shows_them_and_asks_a_person(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, CONFIGURED)
    commands = Commands(tmp_path)
    shown = commands.run("project", "--repo", repo)
    assert "not confirmed as it is now, so it is not used" in shown.out
    assert "nobody has confirmed it" in shown.out
    alone = commands.run("project", "--confirm", "--repo", repo)
    assert (alone.code, alone.err) == (
        2,
        "rooftree: --confirm asks a person: run it in a terminal\n",
    )
    assert commands.run("project", "--confirm", "--yes", "--repo", repo).code == 2

    for answer, code, said in (("n", 2, "not confirmed"), ("y", 0, "until a word of it changes")):
        terminal = Terminal(commands, "project", "--confirm", "--repo", str(repo))
        terminal.asked()
        terminal.type(f"{answer}\n")
        ended, out = terminal.end()
        assert (ended, said in out) == (code, True)
        assert "test   sh check.sh" in out
    found = commands.run("project", "--repo", repo, "--json").json()
    assert found["section"] == {"state": "confirmed", "commands": ["test   sh check.sh"]}
    assert found["operations"][0]["command"] == ["sh", "check.sh"]
    (repo / FILE).write_text(EVIL)
    assert commands.run("project", "--repo", repo, "--json").json()["section"]["state"] == (
        "unconfirmed"
    )


def test_where_there_is_nothing_to_confirm_that_is_said(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    done = Commands(tmp_path).run("project", "--confirm", "--repo", repo)
    assert (done.code, "has no [project] in .rooftree.toml" in done.err) == (2, True)


def test_a_typed_command_is_split_as_a_shell_would_and_refused_where_it_cannot_be(
    tmp_path: Path, model: ScriptedServer
) -> None:
    repo = git_repository(tmp_path, {**SHOP, "check.sh": CHECK})
    settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
    (tmp_path / "home").mkdir()
    commands = Commands(tmp_path / "home", settings)
    words = ("change", TASK, "--repo", repo, "--approve", "all", "--test-command")
    for wrong in ("sh 'check.sh", "A=1 make", "-x"):
        done = commands.run(*words, wrong)
        assert done.code == 2
        done.assert_one_line()
    done = commands.run(*words, "sh 'check.sh'", "--json")
    assert done.code == 0, done.err
    assert set(done.json()["evidence"]["commands"]) == {"sh check.sh"}
