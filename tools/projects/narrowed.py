"""Run less than all tests where a runner that is no Python's can be told which.

What cannot be told leaves the command as it is: it runs all, and names those that were wanted too.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from tools.projects.operations import ProjectOperation

_PLAIN = re.compile(r"\w++")


def narrowed(operation: ProjectOperation, tests: Sequence[str]) -> ProjectOperation:
    """Return the operation for these tests, `path::name` each, and perhaps some beside them."""
    if operation.runner == "go":
        # A subtest is run by the test that it is in.
        names = [test.partition("::")[2].partition("/")[0] for test in tests]
        told: tuple[str, ...] = (f"-run=^({'|'.join(dict.fromkeys(names))})$",)
        place = operation.argv.index("./...") if "./..." in operation.argv else 0
    elif operation.runner == "cargo":
        names = [test.rpartition("::")[2] for test in tests]
        told, place = ("--", *dict.fromkeys(names)), len(operation.argv)
    else:
        return operation
    if not names or not place or not all(_PLAIN.fullmatch(one) for one in names):
        return operation
    argv = (*operation.argv[:place], *told, *operation.argv[place:])
    return replace(operation, argv=argv)
