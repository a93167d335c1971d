"""The page about the sandbox says what the suite proves, and no more."""

from tests.hostile.attacks import ATTACKS
from tests.hostile.table import PAGE, rows, written


def test_the_page_has_the_table_of_these_attacks() -> None:
    """Write it again with `python -m tests.hostile.table`."""
    page = PAGE.read_text("utf-8")
    assert written(page) == page
    assert len(rows()) == len(ATTACKS) + 2


def test_the_page_says_why_something_is_not_tried_without_a_sandbox() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    assert all(attack.uncontrolled in page for attack in ATTACKS)


def test_the_page_can_be_read_in_one_go() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert sum(not line.startswith("|") for line in lines) <= 75
