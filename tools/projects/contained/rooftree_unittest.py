"""Run unittest's tests of files, classes or methods that are named as pytest names them.

It runs inside the sandbox with the project's own interpreter: `python -m rooftree_unittest
tests/test_a.py tests/test_b.py::B::test_b`. Without names it looks for tests as unittest does.
"""

import importlib
import os
import sys
import traceback
import unittest
from typing import List, Tuple

from rooftree_results import NAMES, QuietRunner, tell  # type: ignore[import-not-found]  # beside this

UnreadTests = List[Tuple[str, str, str]]


def module_of(path: str) -> str:
    """Return the module that a file is, and make it importable as pytest does.

    The folder above its outermost package comes first, as where unittest's discovery begins.
    """
    folder, name = os.path.split(os.path.abspath(path))
    parts = [os.path.splitext(name)[0]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return ".".join(parts)


def load(named: str, suite: unittest.TestSuite, unread: UnreadTests) -> None:
    """Add the tests of one name to a suite; what cannot be imported is told."""
    path, _, inner = named.partition("::")
    loader = unittest.TestLoader()
    try:
        if path.endswith(".py"):
            module = importlib.import_module(module_of(path))
            if inner:
                found = loader.loadTestsFromName(inner.replace("::", "."), module)
            else:
                found = loader.loadTestsFromModule(module)
        elif os.path.isdir(path):
            found = loader.discover(path)
            path = ""
        else:
            found = loader.loadTestsFromName(named.replace("::", "."))
            path = ""
    except unittest.SkipTest as error:
        sys.stdout.write("SKIPPED %s - %s\n" % (path, error))
        return
    except BaseException as error:  # noqa: BLE001 - a module may raise SystemExit as well
        text = traceback.format_exc()
        said = "%s: %s" % (type(error).__name__, str(error).split("\n")[0])
        unread.append((path, "%sE   %s" % (text, said), said))
        return
    NAMES.note(found, path)
    suite.addTest(found)


def main(names: List[str]) -> int:
    suite, unread = unittest.TestSuite(), []  # type: Tuple[unittest.TestSuite, UnreadTests]
    for named in names or ["."]:
        load(named, suite, unread)
    return int(tell(QuietRunner(stream=sys.stdout).run(suite), unread))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
