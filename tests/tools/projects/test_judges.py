"""What decides what the tests say is told from what is tested."""

import pytest

from tools.projects.test_settings import changed_test_settings, changes_inline_tests

KNOWN = {
    **dict.fromkeys(("shop/cart.py", "tests/test_cart.py", "tests/helpers.py", "code.py"), 1),
    **dict.fromkeys(("tests/data/cart.json", "src/cart.test.ts", "pkg/cart_test.go"), 1),
}


@pytest.mark.parametrize(
    "path",
    [
        *("tests/test_cart.py", "tests/helpers.py", "tests/data/cart.json"),
        *("src/cart.test.ts", "pkg/cart_test.go"),
        *("conftest.py", "tests/conftest.py", "Conftest.py", "pytest.ini", "pyproject.toml"),
        *("setup.cfg", "tox.ini", "package.json", "Makefile", "web/jest.config.js"),
        *("pytest.py", "src/pytest.py", "_pytest/__init__.py", "re.py", "unittest/__init__.py"),
        *("node_modules/jest/index.js", ".venv/lib/pytest.py", "tests/shop/cart.py"),
        "tests/cart.py",
    ],
)
def test_a_file_that_decides_what_the_tests_say(path: str) -> None:
    assert changed_test_settings(["shop/cart.py", path], KNOWN) == (path,)


@pytest.mark.parametrize(
    "path",
    [
        *("shop/cart.py", "shop/new.py", "README.md", "code.py", "shop/re.py", "shop/pytest.py"),
        *("tests/test_new.py", "shop/test_new.py", "src/new.test.ts", "re.txt"),
    ],
)
def test_a_file_that_is_tested_or_a_new_test(path: str) -> None:
    assert changed_test_settings([path], KNOWN) == ()


RUST = """pub fn total() -> i32 {
    1
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds_up() {
        assert_eq!(super::total(), 2);
    }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "judges_itself"),
    [
        ("    1\n", "    2\n", False),
        ("total(), 2", "total(), 1", True),
        ("#[test]", "#[test]\n    #[ignore]", True),
        ("#[cfg(test)]", "#[cfg(any())]", True),
        ("pub fn", "#[inline]\npub fn", False),
    ],
)
def test_tests_that_stand_in_the_code_are_judges_too(
    old: str, new: str, *, judges_itself: bool
) -> None:
    assert changes_inline_tests("src/lib.rs", RUST, RUST.replace(old, new)) is judges_itself
    assert not changes_inline_tests("src/lib.py", RUST, RUST.replace(old, new))
