"""Reports in JUnit's XML count as what a command said, where it names no tests itself."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.results.runners.junit import read_junit
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

REPORT = (
    '<testsuite><testcase classname="shop.Cart" name="adds"/><testcase classname="shop.Cart" '
    'name="fails"><failure>no</failure></testcase><testcase name="later"><skipped/></testcase>'
    "</testsuite>"
)
EXPECTED = {"shop.Cart::adds": "passed", "shop.Cart::fails": "failed", "later": "skipped"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("mkdir -p target/surefire-reports; cp made target/surefire-reports/TEST-a.xml", EXPECTED),
        (
            "mkdir -p a/target/surefire-reports; cp made a/target/surefire-reports/TEST-a.xml",
            EXPECTED,
        ),
        ("cp made junit.xml", EXPECTED),
        ("ln -s /workspace/made junit.xml", {}),
        ("mkfifo junit.xml", {}),
        ("true", {}),
    ],
)
async def test_reports_that_a_command_leaves_are_read(
    tmp_path: Path, target: str, expected: dict[str, str]
) -> None:
    files = {
        "Makefile": f"test:\n\t{target}\n",
        "made": REPORT,
        "test-results.xml": '<testcase name="old"/>',
    }
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(
        open_worktree(git_repository(tmp_path, dict(files))), tmp_path / "blobs"
    )
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    try:
        checks = Checks(find_bubblewrap(), workspace, detect(snapshot), ExecutionLimits(seconds=60))
        results = await checks.tests(Draft(snapshot))
    finally:
        workspace.remove()
    assert dict(results.outcomes) == expected


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="x"/>&b;'
    b"</testsuite>"
)


@pytest.mark.parametrize("data", [BOMB, b"", b"<testcase", b"\xff\xfe", b'<testcase name="a">'])
def test_what_is_no_whole_report_tells_nothing(data: bytes) -> None:
    assert list(read_junit(data)) == []


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_in_a_file_is_read(data: bytes) -> None:
    assert {word for _, word in read_junit(data)} <= {"PASSED", "FAILED", "SKIPPED"}
