"""Cases from a history: what asks, what does not, and what is right."""

from pathlib import Path

import pytest

from rooftree.errors import UsageError
from tests.support import git, git_repository, write_files
from tests.training.retrieval.past import CHANGES, commit_at, repository_with_a_past
from training.retrieval import history
from training.retrieval.history import MiningLimits, mine, query_of_message, read_issues

BODY = "def pay(card):\n    return card\n\n\ndef owe(card):\n    return -card\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return git_repository(tmp_path, {"shop/pay.py": BODY, "docs/guide.md": "# Guide\n"})


def change(root: Path, message: str, path: str = "shop/pay.py", text: str = "") -> str:
    old = (root / path).read_text() if (root / path).exists() else ""
    write_files(root, {path: text or old.replace("card", "kard", 1) + "# more\n"})
    return commit_at(root, message)


def test_a_change_asks_its_parent_and_its_files_are_right(root: Path) -> None:
    parent = git(root, "rev-parse", "HEAD")
    change(root, "Refuse an expired card when paying twice (#12)\n\nSigned-off-by: Ada <a@b.c>")
    (case,) = mine(root, MiningLimits()).cases
    assert case.query == "Refuse an expired card when paying twice"
    assert case.commit == parent
    assert case.files == ("shop/pay.py",)
    assert ("shop/pay.py", 1, 1) in case.changed


@pytest.mark.parametrize(
    ("message", "path", "reason"),
    [
        ("Bump version to eleven point two now", "shop/pay.py", "routine_subject"),
        ("Refactor the payment of expired cards thoroughly", "shop/pay.py", "routine_subject"),
        ("fix it", "shop/pay.py", "says_too_little"),
        ("Explain how an expired card is refused here", "docs/guide.md", "no_code"),
        ("Check that an expired card is refused twice", "tests/test_pay.py", "no_code"),
        (
            "Add refunds of expired cards paid twice",
            "shop/refund.py",
            "adds_moves_or_removes_files",
        ),
    ],
)
def test_a_change_that_asks_nothing_is_left_out_and_counted(
    root: Path, message: str, path: str, reason: str
) -> None:
    change(root, message, path)
    mined = mine(root, MiningLimits())
    assert mined.cases == ()
    assert mined.left_out == {reason: 1}


def test_a_bulk_change_is_no_answer(root: Path) -> None:
    paths = {f"shop/part{number}.py": BODY for number in range(history.MAX_FILES + 1)}
    write_files(root, paths)
    commit_at(root, "Bump: more parts")
    write_files(root, {path: BODY.replace("card", "kard") for path in paths})
    commit_at(root, "Refuse expired cards in every part of the shop")
    assert mine(root, MiningLimits()).left_out["bulk"] == 1


def test_what_a_history_says_twice_asks_nothing(root: Path) -> None:
    """The first of two such changes may have put the answer into what the second one asks."""
    change(root, "Refuse an expired card when paying twice (#1)")
    change(root, "Refuse an expired card when paying twice (#2)")
    assert mine(root, MiningLimits()).left_out == {"said_twice": 2}


def test_merges_ask_nothing(root: Path) -> None:
    git(root, "checkout", "--quiet", "-b", "side")
    change(root, "Refuse an expired card when paying twice")
    git(root, "checkout", "--quiet", "main")
    change(root, "Explain the guide to everybody who reads", "docs/guide.md")
    git(root, "merge", "--quiet", "--no-ff", "-m", "Join the refusal of expired cards", "side")
    assert [case.query for case in mine(root, MiningLimits()).cases] == [
        "Refuse an expired card when paying twice"
    ]


def test_a_linked_issue_is_asked_along(root: Path, tmp_path: Path) -> None:
    change(root, "Refuse an expired card when paying twice (#12)")
    exported = tmp_path / "issues.jsonl"
    exported.write_text('{"number": 12, "title": "Expired cards work", "body": "Pay at noon."}\n\n')
    (case,) = mine(root, MiningLimits(), issues=read_issues(exported)).cases
    assert "Expired cards work" in case.query
    assert "Pay at noon." in case.query


@pytest.mark.parametrize("content", ["{", "[1]", '{"number": 1}', '"x"', "\xff"])
def test_issues_that_cannot_be_read_are_a_usage_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "issues.jsonl"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError, match="one JSON object a line"):
        read_issues(path)


def test_cases_come_oldest_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    root = repository_with_a_past(tmp_path)
    cases = mine(root, MiningLimits()).cases
    assert len(cases) == CHANGES
    assert [case.time for case in cases] == sorted(case.time for case in cases)
    assert mine(root, MiningLimits(cases=3)).cases == cases[-3:]


@pytest.mark.parametrize(
    ("subject", "body", "left"),
    [
        ("Fix the lock (#12)", "", "Fix the lock"),
        ("GH-3: fix the lock", "Closes #3", "fix the lock"),
        ("Fix the lock", "See https://forge.test/issues/9\nCo-authored-by: Ada", "Fix the lock"),
        ("Fix the lock", "It was never freed.", "Fix the lock\nIt was never freed."),
    ],
)
def test_numbers_links_and_trailers_are_taken_out(subject: str, body: str, left: str) -> None:
    assert query_of_message(subject, body) == left
