"""Changes and reviews of projects in JavaScript, Go and Rust, proved by their own toolchains.

`apt install nodejs npm node-ms golang-go golang-github-pkg-errors-dev cargo librust-itoa-dev`;
rustup's cargo is taken where the user's PATH has it first.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from server.operations.work.change import ChangeResponse
from tests.server.changing import APPROVE, services_of
from tests.server.ecosystems import ECOSYSTEMS, Ecosystem, made
from tests.server.features import FEATURES, Feature
from tests.support import commit_all, git, write_files
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer

pytestmark = pytest.mark.slow
TASK = "total subtracts the prices, and should add them up"


@pytest.fixture(params=ECOSYSTEMS, ids=lambda one: one.name)
def ecosystem(request: pytest.FixtureRequest) -> Ecosystem:
    one = request.param
    assert isinstance(one, Ecosystem)
    if one.lacks():
        pytest.skip(one.lacks())
    return one


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the packages in it; toolchains stay where the machine has them."""
    usual = Path.home()
    for name, place in (("RUSTUP_HOME", ".rustup"), ("NVM_DIR", ".nvm")):
        monkeypatch.setenv(name, str(usual / place))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("GOPATH", "GOMODCACHE", "CARGO_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def coder(edit: str) -> Callable[[Mapping[str, Any]], Reply]:
    """Return a model that plans a repair, edits so, and approves of everything."""

    def answer(body: Mapping[str, Any]) -> Reply:
        if "messages" not in body:
            return Text("")
        schema = json.dumps(body.get("response_format") or {})
        if "verdict" in schema:
            return Text(json.dumps(APPROVE))
        if "playbook" in schema:
            return Text('{"playbook": "fix", "places": [1]}')
        return Text(edit)

    return answer


async def changed(tmp_path: Path, root: Path, edit: str) -> ChangeResponse:
    with ScriptedServer(coder(edit)) as model:
        async with services_of(tmp_path, model, index={"embedder": "none"}) as services:
            return await services.change(TASK, root, "all")


async def test_a_repair_that_the_tests_prove_is_verified_and_applied(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root = made(ecosystem, tmp_path, home)
    outcome = await changed(tmp_path, root, ecosystem.edited("+="))
    assert (outcome.status, outcome.applied) == ("verified", True), outcome.summary
    assert outcome.evidence is not None
    assert outcome.evidence.fixed == (ecosystem.test,)
    assert outcome.evidence.kept >= 1
    assert "+=" in (root / ecosystem.source).read_text()


async def test_an_edit_that_repairs_nothing_is_not_verified(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root = made(ecosystem, tmp_path, home)
    outcome = await changed(tmp_path, root, ecosystem.edited("*="))
    assert outcome.status != "verified", outcome.summary
    assert "-=" in (root / ecosystem.source).read_text()


async def test_where_no_test_sees_the_bug_nothing_is_verified(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root = made(ecosystem, tmp_path, home)
    path = ecosystem.test.partition("::")[0]
    text = (root / path).read_text()
    weak = text.replace("total([1, 2]), 3", "total([]) + 0, 0").replace("&[1, 2]), 3", "&[]), 0")
    (root / path).write_text(weak.replace("[]int{1, 2}); got != 3", "[]int{}); got != 0"))
    assert (root / path).read_text() != text
    commit_all(root)
    outcome = await changed(tmp_path, root, ecosystem.edited("+="))
    assert outcome.status != "verified", outcome.summary


async def test_a_review_finds_the_line_that_breaks_a_test(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root = made(ecosystem, tmp_path, home, mended=True)
    git(root, "checkout", "--quiet", "-b", "work")
    write_files(root, {ecosystem.source: ecosystem.files[ecosystem.source]})
    commit_all(root)
    with ScriptedServer(lambda _: Text('{"findings": []}')) as model:
        async with services_of(tmp_path, model) as services:
            review = await services.review(root, base="main", head="work")
    assert review.status == "findings", review.notes
    found = review.inline[0]
    assert (found.code, found.severity, found.path) == ("broken-test", "critical", ecosystem.source)
    assert ecosystem.test in found.claim
    text = str(ecosystem.files[ecosystem.source]).split("\n")
    assert "-=" in text[found.line - 1]


def featured(edit: str, tests: list[str]) -> Callable[[Mapping[str, Any]], Reply]:
    """Return a model that adds the feature so, and writes these tests of it."""

    def answer(body: Mapping[str, Any]) -> Reply:
        if "messages" not in body:
            return Text("")
        schema = json.dumps(body.get("response_format") or {})
        if "verdict" in schema:
            return Text(json.dumps(APPROVE))
        if "playbook" in schema:
            return Text('{"playbook": "change", "places": [1]}')
        if "Write a complete test file" in str(body["messages"][-1]["content"]):
            return Text(f"```\n{tests.pop(0) if len(tests) > 1 else tests[0]}\n```")
        return Text(f"```\n{edit}\n```")

    return answer


async def with_feature(
    tmp_path: Path, root: Path, feature: Feature, *checks: str
) -> ChangeResponse:
    tests = [feature.written(check) for check in checks]
    with ScriptedServer(featured(feature.definition, tests)) as model:
        async with services_of(tmp_path, model, index={"embedder": "none"}) as services:
            return await services.change("Let total leave out prices below nothing", root, "all")


async def test_a_feature_is_proved_by_a_new_test_that_fails_wherever_it_is_broken(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root, feature = made(ecosystem, tmp_path, home, mended=True), FEATURES[ecosystem.name]
    outcome = await with_feature(tmp_path, root, feature, feature.shows)
    assert (outcome.status, outcome.applied) == ("verified_by_own_tests", True), outcome.notes
    assert outcome.summary.startswith("verified by its own 1 new test: they run each changed line")
    assert outcome.evidence is not None
    assert outcome.evidence.verified is False
    assert outcome.evidence.own_tests is not None
    assert [one.partition("::")[0] for one in outcome.evidence.own_tests.tests] == [feature.path]
    assert (root / feature.path).read_text() == feature.written(feature.shows)


async def test_a_feature_whose_tests_say_nothing_of_it_is_not_proved(
    tmp_path: Path, home: Path, ecosystem: Ecosystem
) -> None:
    root, feature = made(ecosystem, tmp_path, home, mended=True), FEATURES[ecosystem.name]
    outcome = await with_feature(tmp_path, root, feature, *feature.weak)
    assert (outcome.status, outcome.applied) == ("unverified", False), outcome.summary
    assert not (root / feature.path).exists()
    said = next(one for one in outcome.notes if "was found that proves it" in one)
    *_, why = feature.weak.values()
    assert re.search(why, said), said
