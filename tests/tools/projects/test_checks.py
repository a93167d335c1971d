"""A draft is judged by the project's own tests, run in the sandbox on a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.syntax import syntax_problem
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": "def total(prices):\n    result = 0\n    for price in prices:\n"
    "        result -= price\n    return result\n\n\ndef count(prices):\n    return len(prices)\n",
    "tests/test_cart.py": "from shop.cart import count, total\n\n\ndef test_total():\n"
    "    assert total([1, 2]) == 3\n\n\ndef test_count():\n    assert count([1]) == 1\n",
}
FIXED = SHOP["shop/cart.py"].replace("-=", "+=")


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    (tmp_path / "blobs").mkdir()
    return Draft(
        take_snapshot(open_worktree(git_repository(tmp_path, dict(SHOP))), tmp_path / "blobs")
    )


@pytest.fixture
def checks(draft: Draft, tmp_path: Path) -> Iterator[Checks]:
    workspace = Workspace.make(tmp_path / "copy", draft.snapshot)
    yield Checks(find_bubblewrap(), workspace, detect(draft.snapshot), ExecutionLimits(seconds=60))
    workspace.remove()


async def test_tests_say_what_a_draft_does(checks: Checks, draft: Draft) -> None:
    before = await checks.tests(draft)
    assert before.failed == {"tests/test_cart.py::test_total"}
    assert before.succeeded == {"tests/test_cart.py::test_count"}
    assert not before.passed
    after = await checks.tests(draft.with_text("shop/cart.py", FIXED))
    assert after.passed
    assert len(after.succeeded) == 2
    assert (draft.snapshot.root / "shop" / "cart.py").read_text() == SHOP["shop/cart.py"]


async def test_single_tests_can_be_named(checks: Checks, draft: Draft) -> None:
    one = await checks.tests(draft, ("tests/test_cart.py::test_count",))
    assert list(one.outcomes) == ["tests/test_cart.py::test_count"]
    assert one.passed


async def test_what_a_test_writes_is_not_there_for_the_next_one(
    checks: Checks, draft: Draft
) -> None:
    """A test that patches the code it tests would otherwise make the next run pass."""
    patching = (
        "import pathlib\n\ndef test_patch():\n"
        "    code = pathlib.Path('shop/cart.py')\n"
        "    code.write_text(code.read_text().replace('-=', '+='))\n"
        "    pathlib.Path('conftest.py').write_text('raise SystemExit(0)')\n"
    )
    drafted = draft.with_text("tests/test_aaa.py", patching)
    assert "tests/test_aaa.py::test_patch" in (await checks.tests(drafted)).succeeded
    assert (await checks.tests(draft)).failed == {"tests/test_cart.py::test_total"}


async def test_a_trace_points_at_the_lines_that_only_the_failing_test_runs(
    checks: Checks, draft: Draft
) -> None:
    trace = await checks.trace(draft, ("tests/test_cart.py",))
    assert trace is not None
    suspicion = trace.suspicion()
    assert suspicion["shop/cart.py", 4] == 1.0
    assert ("shop/cart.py", 9) not in suspicion


async def test_options_of_plugins_that_are_not_here_are_left_out(tmp_path: Path) -> None:
    files = SHOP | {"pytest.ini": "[pytest]\naddopts = --cov=shop --no-such-option\n"}
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(
        open_worktree(git_repository(tmp_path, dict(files))), tmp_path / "blobs"
    )
    checks = Checks(
        find_bubblewrap(), Workspace.make(tmp_path / "copy", snapshot), detect(snapshot)
    )
    results = await checks.tests(Draft(snapshot))
    assert results.failed == {"tests/test_cart.py::test_total"}


async def test_a_project_of_unittests_is_run_too(tmp_path: Path) -> None:
    files = {
        "a.py": "def f():\n    return 1\n",
        "test_a.py": "import unittest\nimport a\n\nclass A(unittest.TestCase):\n"
        "    def test_f(self):\n        self.assertEqual(a.f(), 2)\n",
    }
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(
        open_worktree(git_repository(tmp_path, dict(files))), tmp_path / "blobs"
    )
    checks = Checks(
        find_bubblewrap(), Workspace.make(tmp_path / "copy", snapshot), detect(snapshot)
    )
    results = await checks.tests(Draft(snapshot))
    assert results.failed == {"test_a.py::A::test_f"}


async def test_a_makefile_is_run_by_its_target(tmp_path: Path) -> None:
    files = {"Makefile": "test:\n\t@echo checking; test -f ok\n"}
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(
        open_worktree(git_repository(tmp_path, dict(files))), tmp_path / "blobs"
    )
    checks = Checks(
        find_bubblewrap(), Workspace.make(tmp_path / "copy", snapshot), detect(snapshot)
    )
    draft = Draft(snapshot)
    assert not (await checks.tests(draft)).passed
    assert (await checks.tests(draft.with_text("ok", "x"))).passed


async def test_without_any_means_the_error_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, {"README.md": "x\n"})
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    checks = Checks(
        find_bubblewrap(), Workspace.make(tmp_path / "copy", snapshot), detect(snapshot)
    )
    with pytest.raises(SandboxUnavailableError, match=r"sandbox\.toolchains"):
        await checks.tests(Draft(snapshot))


def test_a_file_that_parsed_must_parse(draft: Draft) -> None:
    broken = draft.with_text("shop/cart.py", "def total(:\n    pass\n")
    assert syntax_problem(broken, "shop/cart.py") == "shop/cart.py:1 does not parse any more"
    assert syntax_problem(draft.with_text("shop/cart.py", FIXED), "shop/cart.py") is None
    assert syntax_problem(draft.with_content("shop/cart.py", None), "shop/cart.py") is None
    assert syntax_problem(draft.with_text("notes.txt", "def ("), "notes.txt") is None
