"""Files that affect test results: a change that touches one of them cannot verify itself.

They are the tests that were there with all that lies beside them, what configures the runner, and
new modules that the runner would import instead of its own. A new test is none: who adds one
proves nothing by it, and takes nothing away. What the code under test does to the runner from
within, when it is imported, is not seen here.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from tools.edits.whole_definitions import definitions
from tools.projects.test_file_names import TEST_FOLDERS, is_inline_test, is_test_file

CONFIGURATIONS = frozenset(
    [
        *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini"),
        *("setup.cfg", "pyproject.toml", ".coveragerc", "package.json", "makefile", "cargo.toml"),
        *("go.mod", "go.sum", "go.work", "pom.xml", "cargo.lock", "build.rs", "rust-toolchain"),
        *("rust-toolchain.toml", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", ".npmrc"),
        *("tsconfig.json", ".nvmrc", ".node-version", ".rooftree.toml"),
        *("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
        *("gradle.properties", "libs.versions.toml", "cmakelists.txt", "cmakepresets.json"),
        *("meson.build", "meson.options", "meson_options.txt", "directory.build.props"),
        *("directory.build.targets", "directory.packages.props", "nuget.config", "global.json"),
        *("gemfile", "gemfile.lock", "rakefile", ".rspec", "phpunit.xml", "phpunit.xml.dist"),
        *("phpunit.dist.xml", "composer.json", "composer.lock", "mix.exs", "mix.lock"),
        *("gnumakefile", "pnpm-workspace.yaml"),
    ]
)
PROJECT_FILES = (".csproj", ".fsproj", ".vbproj", ".sln", ".slnx", ".runsettings", ".gemspec")
CONFIGURING = frozenset({".cargo", ".mvn"})
"""Folders of a tool's settings."""
BEGINNINGS = (
    *("jest.config.", "vitest.config.", "vite.config.", "vitest.workspace."),
    *("karma.conf.", ".mocharc", "babel.config.", ".babelrc"),
)
FOR_TESTS = ("test]", "test(", "cfg(test", "should_panic", "#[ignore", "#[rstest")
"""What stands above a definition of Rust's that is a test, or is built only for tests."""
INSTALLED = frozenset({"node_modules", "site-packages", ".venv", "venv"})
RUNNERS = frozenset(
    {"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "exceptiongroup"}
)


def changed_test_settings(paths: Iterable[str], known: Mapping[str, object]) -> tuple[str, ...]:
    """Return those of the changed paths that decide what the tests say; `known` were there."""
    return tuple(path for path in paths if _decides(path, is_new=path not in known))


def _decides(path: str, *, is_new: bool) -> bool:
    *folders, name = path.lower().split("/")
    if not CONFIGURING.isdisjoint(folders):
        return True
    if name.endswith(PROJECT_FILES):
        return True
    if name in CONFIGURATIONS or name.startswith(BEGINNINGS) or not INSTALLED.isdisjoint(folders):
        return True
    if is_new:
        # A helper in a folder of tests is found before the module under test of the same name.
        return _shadows(path) or (not TEST_FOLDERS.isdisjoint(folders) and not is_test_file(path))
    return is_test_file(path) or not TEST_FOLDERS.isdisjoint(folders)


def _shadows(path: str) -> bool:
    """Say whether a new file is a module that Python finds before one of the runner's."""
    place = PurePosixPath(path.removeprefix("src/"))
    if place.suffix != ".py":
        return False
    module, *inner = place.with_suffix("").parts
    return (not inner or inner == ["__init__"]) and (
        module in RUNNERS or module in sys.stdlib_module_names
    )


def changes_inline_tests(path: str, before: str, after: str) -> bool:
    """Say whether an edit of a Rust file touches the tests that stand in it."""
    return path.endswith(".rs") and _inline_tests(path, before) != _inline_tests(path, after)


def _inline_tests(path: str, text: str) -> list[str]:
    """Return the definitions that are only built for tests, with the attributes above them."""
    lines = text.split("\n")
    found = []
    for symbol in definitions(path, text):
        begin = symbol.start - 1
        while begin > 0 and lines[begin - 1].lstrip().startswith(("#[", "//")):
            begin -= 1
        above = "\n".join(lines[begin : symbol.start])
        if is_inline_test(path, symbol.qualified) or any(mark in above for mark in FOR_TESTS):
            found.append("\n".join(lines[begin : symbol.end]))
    return found
