"""What breaks tests is found by taking changed lines back, alone or together, and by tracing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agents.review.checks.suite_comparison import SuiteComparison as Comparison
from agents.review.checks.suite_comparison import compare_test_runs as run_tests
from agents.review.checks.suite_comparison import notes_of
from agents.review.findings.suggested_fixes import apply_fix
from rooftree.git.commands import open_worktree
from tests.support import commit_all, git, git_repository, write_files
from tools.diffs.proposal import Proposal, between
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

CART = """\
RATE = 2


def total(prices):
    result = 0
    for price in prices:
        result += price
    return result


def bill(prices):
    first = total(prices)
    second = first * RATE
    return second
"""
TESTS = """\
from shop.cart import bill, total


def test_total():
    assert total([1, 2]) == 3


def test_nothing():
    assert total([]) == 0


def test_bill():
    assert bill([1, 2]) == 6
"""
GOOD: dict[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "tests/test_cart.py": TESTS,
}


async def compared(
    tmp_path: Path,
    after: Mapping[str, str | bytes],
    scope: tuple[str, ...] = ("tests/test_cart.py",),
    before: Mapping[str, str | bytes] = GOOD,
    gone: tuple[str, ...] = (),
    runner: str = "pytest",
    *,
    seconds: float = 60,
) -> tuple[Comparison, Proposal]:
    """Return what tests say of a change from `before`, and the change."""
    folder = git_repository(tmp_path, before)
    git(folder, "branch", "base")
    write_files(folder, after)
    for path in gone:
        git(folder, "rm", "--quiet", path)
    commit_all(folder)
    (tmp_path / "blobs").mkdir()
    proposal = between(open_worktree(folder), "base", "HEAD", tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", proposal.snapshot)
    project = detect(proposal.snapshot)
    named = tuple(one for one in project.operations if one.name == runner)
    project = replace(project, operations=named)
    checks = Checks(find_bubblewrap(), workspace, project, ExecutionLimits(seconds=seconds))
    try:
        return await run_tests(proposal, proposal.files, checks, scope), proposal
    finally:
        workspace.remove()


def changed(*pairs: tuple[str, str]) -> dict[str, str | bytes]:
    text = CART
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return {"shop/cart.py": text}


async def test_a_line_is_found_among_others_that_do_no_harm(tmp_path: Path) -> None:
    after = changed(("result += price", "result -= price"), ("RATE = 2", "RATE = 1 + 1"))
    found, proposal = await compared(tmp_path, after)
    (one,) = found.findings
    assert (one.line, one.end_line, one.code) == (7, 7, "broken-test")
    assert one.fix is not None
    assert apply_fix(proposal.text("shop/cart.py") or "", one.fix) == CART.replace("= 2", "= 1 + 1")


NOTED = CART.replace("    second =", "    # The rate counts once.\n    second =")


@pytest.mark.parametrize("harmless", ["", "RATE = 1 + 1"])
async def test_lines_that_break_a_test_only_together_are_one_finding(
    tmp_path: Path, harmless: str
) -> None:
    """Neither alone cures: each without the other is a NameError."""
    now = NOTED.replace("first = total", "whole = total").replace("first * RATE", "whole + RATE")
    now = now.replace("RATE = 2", harmless) if harmless else now
    before = dict(GOOD) | {"shop/cart.py": NOTED}
    found, proposal = await compared(tmp_path, {"shop/cart.py": now}, before=before)
    (one,) = found.findings
    assert (one.line, one.end_line) == (12, 14)
    assert "tests/test_cart.py::test_bill fail; without these lines it passes" in one.claim
    assert one.fix is not None
    restored = apply_fix(proposal.text("shop/cart.py") or "", one.fix)
    assert restored == NOTED.replace("RATE = 2", harmless or "RATE = 2")


async def test_causes_in_several_files_name_each_other(tmp_path: Path) -> None:
    before = dict(GOOD) | {
        "shop/cart.py": "from shop.rates import rate\n\n\n"
        + CART.replace("first * RATE", "rate(first)"),
        "shop/rates.py": "def rate(price):\n    return 2 * price\n",
    }
    after = {
        "shop/cart.py": str(before["shop/cart.py"]).replace("rate(first)", "rate(first, 1)"),
        "shop/rates.py": "def rate(price, count):\n    return 2 * price + count\n",
    }
    found, _ = await compared(tmp_path, after, before=before)
    (one,) = found.findings
    assert one.fix is None
    places = {one.path, one.claim.partition("those at ")[2].partition(":")[0]}
    assert places == {"shop/cart.py", "shop/rates.py"}


async def test_new_code_that_fails_behind_a_changed_call_is_pointed_at(tmp_path: Path) -> None:
    new = """\


def added(prices):
    result = 0
    if not prices:
        return result
    for price in prices:
        result += price + 1
    return result
"""
    body = "    result = 0\n    for price in prices:\n        result += price\n    return result\n"
    text = CART.replace(body, "    return added(prices)\n") + new
    found, _ = await compared(tmp_path, {"shop/cart.py": text})
    cause, behind = found.findings
    assert cause.quote == "    return added(prices)"
    assert (behind.code, behind.severity) == ("broken-test-runs", "major")
    assert "        result += price + 1" in behind.quote
    assert "return result" not in behind.quote.split("\n")[0]


async def test_where_no_lines_are_the_cause_those_are_named_that_the_failure_runs(
    tmp_path: Path,
) -> None:
    before = dict(GOOD) | {
        "shop/cart.py": CART.replace("RATE = 2", "RATE = int(open('shop/rate', 'rb').read(1))"),
        "shop/rate": b"2\0",
    }
    late = CART.replace("RATE = 2\n", "").replace(
        "    second = first * RATE", "    second = first * int(open('shop/rate', 'rb').read(1))"
    )
    found, _ = await compared(tmp_path, {"shop/cart.py": late}, before=before, gone=("shop/rate",))
    (one,) = found.findings
    assert one.quote.endswith("int(open('shop/rate', 'rb').read(1))")
    assert one.claim.endswith("it fails at these lines")
    assert one.confidence < 1


async def test_all_tests_run_where_the_near_ones_notice_nothing(tmp_path: Path) -> None:
    before = dict(GOOD) | {
        "tests/test_near.py": "from shop.cart import total\n\n\ndef test_near():\n"
        "    assert total([]) == 0\n"
    }
    after = changed(("result += price", "result -= price"))
    found, _ = await compared(tmp_path, after, ("tests/test_near.py",), before)
    assert [one.line for one in found.findings] == [7]
    assert found.ran == 4
    assert len(found.commands) == 2


async def test_tests_that_fail_anyway_are_counted_and_say_nothing(tmp_path: Path) -> None:
    wrong = TESTS.replace("== 6", "== 7")
    before = dict(GOOD) | {"tests/test_cart.py": wrong}
    found, _ = await compared(tmp_path, changed(("RATE = 2", "RATE = 3")), before=before)
    assert (found.findings, found.failing) == ((), 1)


async def test_one_block_is_a_cause_only_where_taking_it_back_cures(tmp_path: Path) -> None:
    """Here a test was changed wrongly, and a line of the README beside it."""
    before = dict(GOOD) | {"README.md": "# Shop\n\nOne.\n"}
    after = {"README.md": "# Shop\n\nTwo.\n", "tests/test_cart.py": TESTS.replace("== 3", "== 4")}
    found, _ = await compared(tmp_path, after, before=before)
    assert found.broken == ("tests/test_cart.py::test_total",)
    assert found.findings == ()


async def test_a_new_test_that_fails_is_told_and_nobodys_fault(tmp_path: Path) -> None:
    new = "from shop.cart import total\n\n\ndef test_new():\n    assert total([1]) == 2\n"
    after = {**changed(("RATE = 2", "RATE = 1 + 1")), "tests/test_new.py": new}
    found, _ = await compared(tmp_path, after, ("tests/test_new.py",))
    assert (found.findings, found.broken) == ((), ())
    assert found.unknown == ("tests/test_new.py::test_new",)
    assert any("tests/test_new.py::test_new" in note for note in notes_of(found))


async def test_a_new_file_of_tests_that_cannot_be_read_has_broken_nothing(tmp_path: Path) -> None:
    after = {
        **changed(("RATE = 2", "RATE = 1 + 1")),
        "tests/test_new.py": "import no_such_module\n",
    }
    scope = ("tests/test_cart.py", "tests/test_new.py")
    found, _ = await compared(tmp_path, after, scope)
    assert (found.findings, found.broken) == ((), ())
    assert found.unknown == ()
    (error,) = found.uncollected
    assert error == "tests/test_new.py: ModuleNotFoundError: No module named 'no_such_module'"
    assert any(error in note for note in notes_of(found))
    assert found.ran == 3


async def test_a_file_of_tests_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    before = dict(GOOD) | {"tests/test_other.py": "import no_such_module\n"}
    after = changed(("result += price", "result -= price"))
    found, _ = await compared(tmp_path, after, (), before)
    assert [one.line for one in found.findings] == [7]
    assert found.failing == 0
    assert found.uncollected == (
        "tests/test_other.py: ModuleNotFoundError: No module named 'no_such_module'",
    )


async def test_each_cause_is_told_with_its_own_error(tmp_path: Path) -> None:
    text = CART + "\n\ndef tax(price):\n    return price * RATE\n"
    test = "from shop.cart import tax\n\n\ndef test_tax():\n    assert tax(2) == 4\n"
    before = dict(GOOD) | {"shop/cart.py": text, "tests/test_tax.py": test}
    now = text.replace("price * RATE", "price * RATES").replace("+= price", "-= price")
    found, _ = await compared(tmp_path, {"shop/cart.py": now}, (), before)
    errors = {one.line: one.trigger for one in found.findings}
    assert "assert -" in errors[7]
    assert "name 'RATES' is not defined" in errors[18]


async def test_tests_that_were_all_skipped_are_no_look(tmp_path: Path) -> None:
    skipping = "import pytest\n\npytestmark = pytest.mark.skip\n" + TESTS
    before = dict(GOOD) | {"tests/test_cart.py": skipping}
    found, _ = await compared(tmp_path, changed(("RATE = 2", "RATE = 3")), before=before)
    assert found.ran == 0
    assert found.problem.endswith("tests were skipped")


async def test_a_broken_unittest_is_one_test(tmp_path: Path) -> None:
    test = "import unittest\nfrom shop.cart import total\n\n\nclass T(unittest.TestCase):\n"
    test += "    def test_total(self):\n        self.assertEqual(total([1]), 1)\n"
    files = {"shop/__init__.py": "", "shop/cart.py": CART, "test_cart.py": test}
    after = changed(("result += price", "result -= price"))
    found, _ = await compared(tmp_path, after, ("test_cart.py",), files, runner="unittest")
    assert found.broken == ("test_cart.py::T::test_total",)
    (one,) = found.findings
    assert one.line == 7
    assert "more fail" not in one.claim


async def test_a_secret_is_in_no_suggestion(tmp_path: Path) -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    before = dict(GOOD) | {"shop/cart.py": CART.replace("RATE = 2", f'KEY = "{key}"\nRATE = 2')}
    after = {"shop/cart.py": CART.replace("RATE = 2", "KEY = None\nRATE = len(KEY)")}
    found, _ = await compared(tmp_path, after, before=before)
    assert found.findings
    assert key not in repr([one.as_json() for one in found.findings])


@pytest.mark.parametrize("options", ["-p no_such_plugin", "--no-such-option"])
async def test_a_configuration_that_needs_more_than_is_here_does_not_keep_tests_from_running(
    tmp_path: Path, options: str
) -> None:
    settings = f'[tool.pytest.ini_options]\naddopts = "{options} --color=yes"\n'
    settings += "filterwarnings = ['ignore::no_such_module.Warning']\n"
    before = dict(GOOD) | {"pyproject.toml": settings}
    after = changed(("result += price", "result -= price"))
    found, _ = await compared(tmp_path, after, before=before)
    assert [one.line for one in found.findings] == [7]


async def test_tests_of_pytest_in_its_absence_are_no_look(tmp_path: Path) -> None:
    """unittest says that all is well where it has found nothing to run."""
    found, _ = await compared(tmp_path, changed(("RATE = 2", "RATE = 3")), runner="unittest")
    assert (found.ran, found.nothing) == (0, True)
    (note,) = notes_of(found)
    assert "this project's tests are pytest's" in note


async def test_tests_that_none_can_read_are_told_with_their_first_error(tmp_path: Path) -> None:
    before = dict(GOOD) | {"tests/test_cart.py": "import requests_of_ours\n" + TESTS}
    found, _ = await compared(tmp_path, changed(("RATE = 2", "RATE = 3")), before=before)
    assert (found.ran, found.nothing, found.failing) == (0, True, 0)
    (note,) = notes_of(found)
    assert note.endswith("ModuleNotFoundError: No module named 'requests_of_ours'")


async def test_a_module_that_unittest_cannot_read_is_no_test_that_ran(tmp_path: Path) -> None:
    test = "import unittest\nimport requests_of_ours\n\n\nclass T(unittest.TestCase):\n"
    test += "    def test_it(self):\n        self.assertTrue(requests_of_ours)\n"
    before = {"shop/__init__.py": "", "shop/cart.py": CART, "test_it.py": test}
    found, _ = await compared(
        tmp_path, changed(("RATE = 2", "RATE = 3")), ("test_it.py",), before, runner="unittest"
    )
    assert (found.ran, found.nothing) == (0, True)
    assert "No module named 'requests_of_ours'" in " ".join(notes_of(found))


async def test_a_file_that_is_taken_away_is_a_cause_and_told_on_its_old_lines(
    tmp_path: Path,
) -> None:
    before = dict(GOOD) | {
        "shop/cart.py": CART.replace("RATE = 2", "RATE = int(open('shop/rate.txt').read())"),
        "shop/rate.txt": "2\n",
    }
    found, _ = await compared(tmp_path, {}, before=before, gone=("shop/rate.txt",))
    (one,) = found.findings
    assert (one.path, one.side, one.line, one.quote) == ("shop/rate.txt", "old", 1, "2")
    assert one.fix is None


async def test_lines_that_are_gone_are_the_cause_and_told_on_the_old_side(tmp_path: Path) -> None:
    after = changed(("        result += price\n", ""), ("    for price in prices:\n", ""))
    found, proposal = await compared(tmp_path, after)
    (one,) = found.findings
    assert (one.side, one.line, one.end_line, one.beside) == ("old", 6, 7, 5)
    assert one.quote == "    for price in prices:\n        result += price"
    assert one.fix is not None
    assert apply_fix(proposal.text("shop/cart.py") or "", one.fix) == CART


HANGS = ("    for price in prices:", "    while True:\n        pass\n    for price in prices:")


@pytest.mark.slow
async def test_a_hang_that_the_base_does_not_have_is_a_finding(tmp_path: Path) -> None:
    other = {"tests/test_other.py": "def test_other():\n    assert True\n"}
    found, _ = await compared(
        tmp_path,
        changed(HANGS),
        before={**GOOD, **other},
        seconds=20,
        scope=("tests/test_cart.py", "tests/test_other.py"),
    )
    (one,) = found.findings
    assert (one.path, one.source, one.severity) == ("shop/cart.py", "tests", "critical")
    assert "while True:" in one.quote
    assert one.claim.startswith("this change makes tests/test_cart.py hang; without these lines")
    assert "twice" in one.evidence[0]
    assert found.broken == ("tests/test_cart.py",)
    assert found.ran == 1  # the other file


@pytest.mark.slow
async def test_a_hang_that_the_base_has_too_is_no_finding(tmp_path: Path) -> None:
    slow = CART.replace(*HANGS)
    after = {"shop/cart.py": slow.replace("RATE = 2", "RATE = 3")}
    found, _ = await compared(tmp_path, after, before={**GOOD, "shop/cart.py": slow}, seconds=10)
    assert (found.findings, found.broken) == ((), ())
    assert found.problem.endswith("without the change too")
