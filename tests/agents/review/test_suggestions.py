"""A suggestion is shown only if it applies, parses, and says something else."""

from pathlib import Path

import pytest

from agents.review.findings.finding import Finding, SuggestedFix
from agents.review.findings.suggested_fixes import apply_fix, checked_fix
from rooftree.git.commands import open_worktree
from tests.support import commit_all, git_repository, write_files
from tools.diffs.proposal import Proposal, between

HEAD = "def f(a):\n    if a:\n        return a - 1\n    return 0\n"
FOUND = Finding("a.py", 3, 3, "major", "bug", "c", "model", "return a - 1")


@pytest.fixture
def proposal(tmp_path: Path) -> Proposal:
    folder = git_repository(tmp_path, {"a.py": HEAD.replace("-", "+")})
    write_files(folder, {"a.py": HEAD})
    commit_all(folder)
    (tmp_path / "blobs").mkdir()
    return between(open_worktree(folder), "HEAD~1", "HEAD", tmp_path / "blobs")


def test_a_fix_is_indented_as_the_lines_are_and_applies(proposal: Proposal) -> None:
    fix = checked_fix(proposal, FOUND, "return a + 1\n")
    assert fix == SuggestedFix(3, 3, "        return a + 1")
    assert apply_fix(HEAD, fix) == HEAD.replace("-", "+")


@pytest.mark.parametrize("text", ["return a - 1", "return (", "x\n" * 30])
def test_a_fix_that_is_none_is_not_shown(proposal: Proposal, text: str) -> None:
    assert checked_fix(proposal, FOUND, text) is None


def test_a_fix_may_take_lines_away_if_the_rest_parses(proposal: Proposal) -> None:
    whole = Finding("a.py", 2, 3, "major", "bug", "c", "model", "")
    fix = checked_fix(proposal, whole, "")
    assert fix is not None
    assert apply_fix(HEAD, fix) == "def f(a):\n    return 0\n"
