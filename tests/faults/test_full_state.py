"""Commands whose state folder takes not one byte more: a sentence each, and nothing is lost.

Files that may not grow fail as those of a full disk do, and need neither root nor a file system of
their own.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.runs.store import RunStore
from tests.faults.faulty import Faulty
from tests.server.calls import Calls
from tests.server.changing import BUGGY, FIXED, SHOP, changing_config, coder, environment
from tests.server.operations.test_runs_of_repositories import drafted
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer

MORE_ROOM = "free some space on its disk"


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(coder) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
def roomy(tmp_path: Path, model: ScriptedServer) -> Faulty:
    return Faulty(tmp_path, environment(tmp_path, model))


@pytest.fixture
def full(tmp_path: Path, model: ScriptedServer) -> Faulty:
    program = shutil.which("prlimit")
    assert program, "these tests need prlimit of util-linux"
    # What measures coverage would write too.
    unmeasured = ("env", "-u", "COVERAGE_PROCESS_CONFIG", "-u", "COVERAGE_PROCESS_START")
    before = (*unmeasured, program, "--fsize=0")
    return Faulty(tmp_path, environment(tmp_path, model), before=before)


def test_nothing_is_begun_that_cannot_be_written_down(
    full: Faulty, shop: Path, tmp_path: Path, model: ScriptedServer
) -> None:
    done = full.run("change", "mend the total", "--json", "--repo", shop)
    assert (done.code, done.json()["error"]["code"]) == (3, "storage")
    assert MORE_ROOM in done.err
    done.assert_one_line()
    assert list((tmp_path / "state" / "runs").iterdir()) == []
    assert RunStore(changing_config(tmp_path, model).paths).all() == []
    key = full.run("keys", "create", "me")
    assert (key.code, key.out) == (3, "")
    assert "cannot use the key database" in key.err
    key.assert_one_line()


def test_what_cannot_be_kept_is_neither_applied_nor_taken_back(
    full: Faulty, roomy: Faulty, shop: Path, tmp_path: Path, model: ScriptedServer
) -> None:
    run = drafted(Calls(changing_config(tmp_path, model)), shop).id
    cart = shop / "shop" / "cart.py"
    for verb, before, after in (("apply", BUGGY, FIXED), ("undo", FIXED, BUGGY)):
        done = full.run(verb, run, "--json", "--repo", shop)
        assert (done.code, MORE_ROOM in done.err) == (3, True), done
        done.assert_one_line()
        assert cart.read_text() == before
        assert roomy.run(verb, run, "--repo", shop).code == 0
        assert cart.read_text() == after


def test_an_index_that_could_not_be_looked_at_is_no_success_of_gc(
    full: Faulty, roomy: Faulty, shop: Path
) -> None:
    assert roomy.run("index", shop).code == 0
    done = full.run("gc", "--repo", shop)
    assert done.code == 3
    assert "could not look: cannot " in done.out
    assert "Traceback" not in done.err
    assert roomy.run("gc", "--repo", shop).code == 0
