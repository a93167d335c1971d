"""Which files hold tests, by their names and where they lie."""

import re

TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")


def is_test_file(path: str) -> bool:
    """Say whether a file holds tests or what they read, by its name and where it lies."""
    if _TEST_FILE.search(path):
        return True
    folders, _, name = path.rpartition("/")
    in_tests = not TEST_FOLDERS.isdisjoint(folders.split("/"))
    stem = name.partition(".")[0]
    other = name.endswith(("_test.go", "Test.java", "Tests.cs", "_spec.rb", "_test.exs"))
    script = ".test." in name or ".spec." in name
    return other or script or (in_tests and not name.endswith(".py") and stem not in ("", "README"))


def is_inline_test(path: str, qualified: str) -> bool:
    """Say whether a definition is one of Rust's tests, which stand in the file that they test."""
    modules = qualified.replace("::", ".").split(".")
    return path.endswith(".rs") and not {"tests", "test"}.isdisjoint(modules)
