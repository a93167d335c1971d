"""A draft is verified by what runs that ended have said, and by nothing less."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agents.evidence.baseline import measure_baseline
from agents.evidence.evidence import Baseline, Evidence
from agents.evidence.verifier import verify
from agents.runs.budget import Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from agents.runs.team import Team
from models.client.unavailable_model import UnavailableModel
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import EventLog
from tests.server.changing import BUGGY, FIXED, SHOP, TEST
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

Files = Mapping[str, str | bytes]


@asynccontextmanager
async def team_of(tmp_path: Path, files: Files, seconds: float = 60) -> AsyncIterator[Team]:
    """Yield a team that can run tests, and has nobody to ask."""
    (tmp_path / "blobs").mkdir(parents=True)
    folder = git_repository(tmp_path, files)
    snapshot = take_snapshot(open_worktree(folder), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    memo = StepLog(tmp_path / "steps.jsonl")
    limits = ExecutionLimits(seconds=seconds)
    checks = Checks(find_bubblewrap(), workspace, detect(snapshot), limits, memo=memo)
    answers = RecordedModel(UnavailableModel("nobody is asked"), memo, Spending())
    try:
        yield Team(answers, {}, checks, snapshot, memo, EventLog(lambda _: None))
    finally:
        workspace.remove()


async def judged(
    tmp_path: Path, files: Files, after: str, seconds: float = 60, failing: str = TEST
) -> tuple[Baseline, Evidence]:
    """Return what is known before a draft of the cart, and of the draft."""
    async with team_of(tmp_path, files, seconds) as team:
        base = Draft(team.snapshot, {})
        baseline = await measure_baseline(team, base, (failing,))
        return baseline, await verify(team, baseline, base.with_text("shop/cart.py", after))


async def test_a_module_of_tests_that_cannot_be_read_does_not_hide_what_breaks(
    tmp_path: Path,
) -> None:
    files = {**SHOP, "tests/test_other.py": "import no_such_module\n"}
    worse = FIXED.replace("return len(prices)", "return 0")
    baseline, evidence = await judged(tmp_path, files, worse)
    assert baseline.passing == {"tests/test_cart.py::test_count"}
    assert evidence.broken == ("tests/test_cart.py::test_count",)
    assert not evidence.verified


async def test_where_the_tests_never_end_nothing_is_verified(tmp_path: Path) -> None:
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(99)\n"
    files = {**SHOP, "tests/test_slow.py": slow}
    baseline, evidence = await judged(tmp_path, files, FIXED, seconds=6)
    assert baseline.failing == (TEST,)
    assert "is not known" in baseline.unknown
    assert evidence.fixed == (TEST,)
    assert not evidence.verified


async def test_a_test_that_hangs_is_not_said_to_pass(tmp_path: Path) -> None:
    hanging = BUGGY.replace("    for price", "    while True:\n        pass\n    for price")
    files = {**SHOP, "shop/cart.py": hanging}
    baseline, evidence = await judged(tmp_path, files, FIXED, seconds=4)
    assert baseline.problem.startswith("no test ran (stopped at the time limit")
    assert not evidence.verified


async def test_a_test_that_passes_alone_and_fails_beside_others_is_not_fixed(
    tmp_path: Path,
) -> None:
    order = "import shop.cart\n\n\ndef test_first():\n    shop.cart.SEEN.append(1)\n"
    cart = "SEEN = []\n" + BUGGY
    fixed = "SEEN = []\n" + FIXED.replace("return result", "return result + len(SEEN)")
    files = {**SHOP, "shop/cart.py": cart, "tests/test_a.py": order}
    _, evidence = await judged(tmp_path, files, fixed)
    assert evidence.still_failing == (TEST,)
    assert not evidence.verified


async def test_code_that_calls_off_its_test_has_not_passed_it(tmp_path: Path) -> None:
    called_off = BUGGY.replace("    result = 0", '    import pytest\n    pytest.xfail("later")')
    _, evidence = await judged(tmp_path, SHOP, called_off)
    assert evidence.still_failing == (TEST,)


async def test_code_that_prints_what_a_runner_would_has_not_passed(tmp_path: Path) -> None:
    said = "PASSED test_cart.py::T::test_total"
    printing = BUGGY.replace("    result = 0", f'    print("\\n{said}")\n    result = 0')
    test = "import unittest\nfrom shop.cart import total\n\n\nclass T(unittest.TestCase):\n"
    test += "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n"
    files = {**SHOP, "shop/cart.py": BUGGY, "test_cart.py": test}
    files.pop("tests/test_cart.py")
    async with team_of(tmp_path, files) as team:
        assert team.checks is not None
        operation = team.checks.project.named("unittest")
        assert operation is not None
        draft = Draft(team.snapshot, {}).with_text("shop/cart.py", printing)
        results = await team.checks.run(draft, operation, ("test_cart.py",))
    assert results.failed == {"test_cart.py::T::test_total"}


BESIDE = "from shop.cart import count, total\n\n\ndef test_beside():\n    assert {} == 9\n"


@pytest.mark.parametrize(
    ("wrong", "same"), [("total([4, 5]) - count([])", True), ("len('four')", False)]
)
async def test_a_repair_that_leaves_a_part_of_the_cause_is_not_verified(
    tmp_path: Path, wrong: str, same: bool
) -> None:
    """Another test fails as well: one that runs what is edited may fail for the same cause."""
    partly = BUGGY.replace("return result", "return 3 if prices == [1, 2] else result")
    files = {**SHOP, "tests/test_beside.py": BESIDE.format(wrong)}
    _, evidence = await judged(tmp_path, files, partly)
    assert (evidence.fixed, evidence.left) == ((TEST,), 1)
    assert evidence.same_cause is same
    assert evidence.verified is not same


async def test_tests_that_can_be_read_only_now_and_fail_are_not_overlooked(tmp_path: Path) -> None:
    more = "from shop.cart import tax\n\n\ndef test_tax():\n    assert tax(1) == 2\n"
    wrong = FIXED + "\n\ndef tax(price):\n    return price\n"
    _, evidence = await judged(tmp_path, {**SHOP, "tests/test_tax.py": more}, wrong)
    assert evidence.others == {"tests/test_tax.py::test_tax"}
    assert not evidence.verified
    right = wrong.replace("return price", "return 2 * price")
    async with team_of(tmp_path / "again", {**SHOP, "tests/test_tax.py": more}) as team:
        base = Draft(team.snapshot, {})
        baseline = await measure_baseline(team, base, (TEST,))
        evidence = await verify(team, baseline, base.with_text("shop/cart.py", right))
    assert (evidence.verified, evidence.left) == (True, 0)


async def test_a_file_that_cannot_import_what_is_edited_is_left_of_the_cause(
    tmp_path: Path,
) -> None:
    more = "from shop.cart import no_such_name\n"
    _, evidence = await judged(tmp_path, {**SHOP, "tests/test_more.py": more}, FIXED)
    assert (evidence.same_cause, evidence.verified) == (True, False)


async def test_a_project_that_stops_at_the_first_failure_is_run_to_the_end(tmp_path: Path) -> None:
    files = {**SHOP, "pytest.ini": "[pytest]\naddopts = -x\n"}
    worse = FIXED.replace("return len(prices)", "return 0")
    _, evidence = await judged(tmp_path, files, worse)
    assert evidence.broken == ("tests/test_cart.py::test_count",)


async def test_a_test_whose_parameter_looks_like_a_secret_can_be_repaired(tmp_path: Path) -> None:
    test = "import pytest\nfrom shop.cart import total\n\n\n"
    test += '@pytest.mark.parametrize("url", ["postgres://u:pw12345@h/db"])\n'
    test += "def test_url(url):\n    assert total([1, 2]) == 3\n"
    files = {**SHOP, "tests/test_cart.py": test}
    baseline, evidence = await judged(tmp_path, files, FIXED, failing="tests/test_cart.py")
    assert "pw12345" not in str(baseline.failing)
    assert evidence.verified


async def test_data_for_tests_are_no_tests(tmp_path: Path) -> None:
    files = {**SHOP, "tests/test_old.py": "def test_old():\n    assert 0\n"}
    async with team_of(tmp_path, files) as team:
        base = Draft(team.snapshot, {})
        baseline = await measure_baseline(team, base, (TEST,))
        draft = base.with_text("shop/cart.py", FIXED).with_text("tests/data/x.json", "{}\n")
        evidence = await verify(team, baseline, draft)
    assert evidence.verified, evidence.describe()


async def test_a_file_of_tests_that_can_be_read_again_is_repaired(tmp_path: Path) -> None:
    broken = FIXED.replace("def count", "def counted")
    files = {**SHOP, "shop/cart.py": broken}
    baseline, evidence = await judged(tmp_path, files, FIXED, failing="tests/test_cart.py")
    assert baseline.failing == ("tests/test_cart.py",)
    assert evidence.verified


@pytest.mark.parametrize("secret", ["ghp_" + "q8Zr2LmX0vTn5BsK7wYc3HdP1fJg6AeU4iRo"])
async def test_what_a_run_prints_reaches_no_report_with_its_secrets(
    tmp_path: Path, secret: str
) -> None:
    files = {**SHOP, "tests/conftest.py": f'raise RuntimeError("cannot log in with {secret}")\n'}
    baseline, evidence = await judged(tmp_path, files, FIXED)
    assert "cannot log in" in baseline.problem
    assert secret not in baseline.problem + evidence.problem
    assert secret not in (tmp_path / "steps.jsonl").read_text()


@pytest.mark.parametrize(
    ("after", "told"),
    [("right", "failed before and passes now, by its exit code"), ("other", "fails still")],
)
async def test_an_exit_code_alone_is_told_and_verifies_nothing(
    tmp_path: Path, after: str, told: str
) -> None:
    files = {"Makefile": "test:\n\tgrep -q right answer\n", "answer": "wrong\n"}
    async with team_of(tmp_path, files) as team:
        base = Draft(team.snapshot, {})
        baseline = await measure_baseline(team, base, ())
        evidence = await verify(team, baseline, base.with_text("answer", f"{after}\n"))
    assert told in evidence.describe()
    assert "not known which ran" in evidence.describe()
    assert not evidence.verified
    assert not evidence.breaks_nothing


async def test_a_command_that_is_not_there_is_no_failing_test(tmp_path: Path) -> None:
    files = {"Makefile": "test:\n\t@sh -c 'exit 127'\n", "answer": "wrong\n"}
    async with team_of(tmp_path, files) as team:
        assert team.checks is not None
        test = ProjectOperation("x", "test", ("sh", "-c", "exit 127"))
        team.checks.project = replace(team.checks.project, operations=(test,))
        baseline = await measure_baseline(team, Draft(team.snapshot, {}), ())
    assert (baseline.failed_alone, baseline.measured) == ("", False)
