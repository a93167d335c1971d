"""An upgrade edits manifests; what tests prove of it hangs on what is installed."""

from pathlib import Path

import pytest

from tests.environments import packages_of, with_pytest
from tests.server.changing import FIXED, SHOP, coder, environment, services_of
from tests.server.commands import Commands
from tests.support import git_repository, write_files
from tests.support.scripted_model import ScriptedServer

MANIFEST = '[project]\nname = "shop"\ndependencies = ["prices >= 2.0"]  # what we sell\n'
FILES = {
    **SHOP,
    "shop/cart.py": FIXED,
    ".gitignore": ".venv\n",
    "pyproject.toml": MANIFEST,
    "uv.lock": 'name = "prices"\n',
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose environment has version 2.1.0 of its dependency."""
    root = git_repository(tmp_path, FILES)
    told = "Metadata-Version: 2.1\nName: prices\nVersion: 2.1.0\n"
    packages = packages_of(with_pytest(root / ".venv"))
    write_files(packages, {"prices.py": "", "prices-2.1.0.dist-info/METADATA": told})
    return root


def test_with_the_wanted_version_installed_it_is_tested_and_applied(
    tmp_path: Path, shop: Path
) -> None:
    with ScriptedServer() as model:
        commands = Commands(tmp_path, environment(tmp_path, model))
        done = commands.run("change", "Upgrade `prices` to 2.1", "--repo", shop, "--approve", "all")
        assert done.code == 0, done.out + done.err
        assert not [one for one in model.requests if one.path.endswith("completions")]
        listed = commands.run("runs", "list", "--repo", shop).out
    assert (shop / "pyproject.toml").read_text() == MANIFEST.replace(">= 2.0", ">= 2.1")
    assert "verified as an upgrade: edited in 1 place; tests ran with prices 2.1.0" in done.out
    assert "installed, as asked; 2 tests that passed still pass (all tests were run)" in done.out
    assert "uv.lock is out of date now: run `uv lock --upgrade-package prices`" in done.out
    assert "pyproject.toml:3 prices >= 2.0 → >= 2.1" in done.out
    assert "  change verified as an upgrade applied  " in listed


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("3.0", "edited in 1 place; tests ran with prices 2.1.0 installed, not with 3.0"),
        (">=2.1.1", "tests ran with prices 2.1.0 installed, not with >=2.1.1"),
    ],
)
async def test_with_another_version_installed_tests_prove_nothing(
    tmp_path: Path, shop: Path, wanted: str, told: str
) -> None:
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(f"bump prices to {wanted}", shop, "all")
        assert not [one for one in model.requests if one.path.endswith("completions")]
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert told in outcome.summary
    assert "verified" not in outcome.summary
    assert outcome.evidence is not None
    assert not outcome.evidence.verified
    assert wanted in outcome.diff


async def test_without_a_sandbox_no_test_is_said_to_have_run(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
            outcome = await services.change("bump prices to 2.1", shop, "all")
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert "edited in 1 place; no test was run with prices 2.1" in outcome.summary


async def test_a_test_that_fails_with_it_keeps_it_from_being_proved(
    tmp_path: Path, shop: Path
) -> None:
    write_files(shop, {"tests/test_prices.py": "def test_price():\n    assert 0\n"})
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change("bump prices to 2.1", shop, "all")
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert "1 other tests failed before and still fail" in outcome.summary


async def test_a_name_that_is_nearly_there_ends_it(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change("bump pricess to 3", shop, "all")
        assert not [one for one in model.requests if one.path.endswith("completions")]
    assert outcome.status == "failed"
    assert outcome.summary == (
        "no manifest names 'pricess' as a dependency; did you mean 'prices'?"
    )


async def test_what_no_manifest_names_is_an_ordinary_change(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change("bump total to 3", shop, "never")
        assert [one for one in model.requests if one.path.endswith("completions")]
    assert outcome.plan is not None
    assert outcome.plan.playbook == "change"
    assert (
        "no manifest here names 'total' as a dependency, so this is no upgrade of one"
        in outcome.notes
    )


async def test_a_manifest_that_does_not_parse_is_refused(tmp_path: Path, shop: Path) -> None:
    write_files(shop, {"pyproject.toml": MANIFEST + "[[\n"})
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change("bump prices to 2.1", shop, "all")
        assert not [one for one in model.requests if one.path.endswith("completions")]
    assert (outcome.status, outcome.diff) == ("failed", "")
    assert "pyproject.toml cannot be read, so nothing is edited" in outcome.summary
