"""Tests that a runner could not even read, each with the first line of what was wrong."""

from collections.abc import Iterator, Mapping

from tools.projects.results.reports import MAX_ERROR_LENGTH, SuiteResults

_FAILED = "unittest.loader._FailedTest"
"""What unittest makes of a module that it cannot import."""
_RULES = ("=" * 20, "-" * 20)


def uncollected_tests(results: SuiteResults) -> Mapping[str, str]:
    """Return the tests, by the names that their outcomes have, that could not be collected."""
    found = {one.path: one.error for one in results.uncollected}
    failed = [name for name in results.failed if _FAILED in name]
    if failed:
        errors = dict(_of_unittest(results.execution.output))
        found |= {name: errors.get(name, "it cannot be imported") for name in failed}
    return found


def _of_unittest(output: str) -> Iterator[tuple[str, str]]:
    """Yield each name with the last line of its traceback, which names the error."""
    name = last = ""
    for line in output.split("\n"):
        if line.startswith("ERROR: ") and _FAILED in line:
            name, last = line[line.find("(") + 1 :].rstrip(")"), ""
        elif name and line.startswith(_RULES):
            if last:
                yield name, last[:MAX_ERROR_LENGTH]
                name = ""
        elif name and line.strip() and not line.startswith(" "):
            last = line.strip()
