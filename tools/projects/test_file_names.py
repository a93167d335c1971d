"""Which files hold tests, by their names and where they lie."""

import re

TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")
_SUFFIX = re.compile(r"\.(?:c|cc|cpp|cs|cxx|exs|fs|go|groovy|java|kt|php|rb|scala|vb)$")
_ENDINGS = ("_test", "_tests", "_spec", "_unittest", "Test", "Tests", "Spec")
"""Of the names of test files in languages that have them beside what they test."""
_BEGINNINGS = ("test_",)
_BY_BEGINNING = (".rb", ".c", ".cc", ".cpp", ".cxx")


def is_test_file(path: str) -> bool:
    """Say whether a file holds tests or what they read, by its name and where it lies."""
    if _TEST_FILE.search(path):
        return True
    folders, _, name = path.rpartition("/")
    in_tests = not TEST_FOLDERS.isdisjoint(folders.split("/"))
    stem = name.partition(".")[0]
    script = ".test." in name or ".spec." in name
    return (
        _is_named(name)
        or script
        or (in_tests and not name.endswith(".py") and stem not in ("", "README"))
    )


def _is_named(name: str) -> bool:
    """Say whether a language other than Python and JavaScript calls its files of tests so."""
    suffix = _SUFFIX.search(name)
    if suffix is None:
        return False
    stem = name[: suffix.start()]
    return stem.endswith(_ENDINGS) or (
        stem.startswith(_BEGINNINGS) and name.endswith(_BY_BEGINNING)
    )


def is_inline_test(path: str, qualified: str) -> bool:
    """Say whether a definition is one of Rust's tests, which stand in the file that they test."""
    modules = qualified.replace("::", ".").split(".")
    return path.endswith(".rs") and not {"tests", "test"}.isdisjoint(modules)
