"""What pytest prints of failures is read by its rules, whatever stands between them."""

from collections.abc import Callable

import pytest

from tests.linear.cost import grows_too_fast
from tools.projects.results.failures import failure_reports

OUTPUT = """\
=================================== FAILURES ===================================
___________________________ Cart._private_total[a_b] ___________________________

    def test_total():
>       assert total([1, 2]) == 3
E       assert 4 == 3

tests/test_cart.py:5: AssertionError
___________________ ERROR collecting tests/test_broken.py ____________________
E   SyntaxError: invalid syntax
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_total - assert 4 == 3
"""


def test_each_failure_has_its_name_its_place_and_its_error() -> None:
    first, second = failure_reports(OUTPUT)
    assert first.name == "Cart._private_total[a_b]"
    assert first.frame == "tests/test_cart.py:5: AssertionError"
    assert first.error == "assert 4 == 3"
    assert second.name == "ERROR collecting tests/test_broken.py"
    assert second.error == "SyntaxError: invalid syntax"


def test_what_is_ruled_outside_of_failures_is_none() -> None:
    assert list(failure_reports("=== test session ===\n___ printed ___\nE  x\n")) == []
    assert list(failure_reports("=== FAILURES ===\n" + "_" * 80 + "\n")) == []


@pytest.mark.parametrize("mark", ["_", "="])
def test_a_rule_without_end_is_read_at_once(mark: str) -> None:
    def reading(length: int) -> Callable[[], object]:
        text = mark * length + "\0"
        return lambda: list(failure_reports(text))

    assert not grows_too_fast(reading)
