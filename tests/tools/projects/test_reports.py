import pytest

from tools.projects.results.reports import RunnerName, read_report
from tools.sandbox.process.execution import Execution


@pytest.mark.parametrize(
    ("runner", "output", "outcomes"),
    [
        ("pytest", "PASSED a.py::b[x - y] - z", {"a.py::b[x - y]": "passed"}),
        ("pytest", "FAILED a.py::b - [1] - 2", {"a.py::b": "failed"}),
        ("pytest", "FAILED a.py::b[x - y", {"a.py::b[x": "failed"}),
        ("pytest", "PASSED a.py::b[x]", {"a.py::b[x]": "passed"}),
        ("pytest", "SKIPPED [1] a.py:3: no", {"a.py:3: no": "skipped"}),
        ("go", "    --- FAIL: TestA (0.00s)\n", {"TestA": "failed"}),
    ],
)
def test_a_report_is_read_line_by_line(
    runner: RunnerName, output: str, outcomes: dict[str, str]
) -> None:
    said = Execution(exit_code=1, output=output, seconds=0.1)
    assert read_report(runner, said, ()).outcomes == outcomes


UNREAD = """\
==================================== ERRORS ====================================
__ ERROR collecting tests/a_rather_long_name_of_a_folder/test_of_the_cart.py ___
ImportError while importing test module '/workspace/tests/test_a.py'.
Traceback:
tests/test_a.py:1: in <module>
    import nowhere
E   ModuleNotFoundError: No module named 'nowhere'
E   and more
_ ERROR at setup of test_b _
E   fixture 'c' not found
=========================== short test summary info ============================
PASSED tests/test_b.py::test_a
ERROR tests/a_rather_long_name_of_a_folder/test_of_the_cart.py
ERROR tests/test_b.py::test_b
"""


def test_a_file_that_could_not_be_read_is_told_with_the_first_line_of_its_error() -> None:
    report = read_report("pytest", Execution(1, UNREAD, 0.1), ())
    (one,) = report.uncollected
    assert one.path == "tests/a_rather_long_name_of_a_folder/test_of_the_cart.py"
    assert one.error == "ModuleNotFoundError: No module named 'nowhere'"
