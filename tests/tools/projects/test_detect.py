"""Which tests a project has is told by its files, and what a runner printed is read as facts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.projects.detection.detect import detect
from tools.projects.operations import Project
from tools.projects.results.reports import RunnerName, read_report
from tools.projects.results.selection import relevant_tests
from tools.projects.results.trace import LineTrace, trace_of
from tools.projects.test_file_names import is_test_file
from tools.sandbox.process.execution import Execution


def snapshot_of(tmp_path: Path, files: dict[str, str]) -> Snapshot:
    repo = git_repository(tmp_path, dict(files))
    (tmp_path / "blobs").mkdir()
    return take_snapshot(open_worktree(repo), tmp_path / "blobs")


def project(tmp_path: Path, **files: str) -> Project:
    named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
    return detect(snapshot_of(tmp_path, named))


CASES = {
    "pytest": ({"a.py": "", "tests/test_a.py": "def test_a(): pass\n"}, ["pytest", "unittest"]),
    "unittest": (
        {"a.py": "", "tests/test_a.py": "import unittest\nclass A(unittest.TestCase): pass\n"},
        ["pytest", "unittest"],
    ),
    "named": (
        {"a.py": "", "pyproject.toml": "[tool.pytest]", "t/test_a.py": "import unittest\n"},
        ["pytest", "unittest"],
    ),
    "npm": ({"package.json": '{"scripts": {"test": "x", "lint": "y"}}'}, ["npm test", "npm lint"]),
    "no script": ({"package.json": '{"scripts": {}}'}, []),
    "broken": ({"package.json": "{"}, []),
    "strange": ({"package.json": '{"scripts": 3}'}, []),
    "no object": ({"package.json": "[3]"}, []),
    "pnpm": (
        {"package.json": '{"scripts": {"test": "x", "build": "y"}}', "pnpm-lock.yaml": ""},
        ["pnpm test", "npm test", "pnpm build"],
    ),
    "npm's lock": (
        {"package.json": '{"scripts": {}}', "package-lock.json": "{}"},
        ["npm setup"],
    ),
    "yarn": (
        {"package.json": '{"packageManager": "yarn@4.1.0", "scripts": {"test": "x"}}'},
        ["yarn test", "npm test"],
    ),
    "tools of node": (
        {
            "package.json": '{"scripts": {}}',
            **dict.fromkeys(("eslint.config.js", "tsconfig.json", ".prettierrc", "biome.json"), ""),
        },
        ["eslint", "tsc", "prettier", "biome"],
    ),
    "go": (
        {"go.mod": "module x", "a_test.go": ""},
        ["go test", "go vet", "gofmt", "go build", "go setup"],
    ),
    "cargo": (
        {"Cargo.toml": "", "src/lib.rs": ""},
        ["cargo test", "cargo clippy", "cargo fmt", "cargo build", "cargo setup"],
    ),
    "go with a script": (
        {"go.mod": "module x", "a_test.go": "", "scripts/make.py": ""},
        ["go test", "go vet", "gofmt", "go build", "go setup", "pytest", "unittest"],
    ),
    "python with a makefile": (
        {"setup.py": "", "Makefile": "test:\n\tx\n"},
        ["pytest", "unittest", "make test"],
    ),
    "tools of python": (
        {"a.py": "", "pyproject.toml": "[tool.ruff.lint]\n[tool.mypy]\n[tool.black]\n"},
        ["pytest", "unittest", "ruff check", "mypy", "ruff format", "black"],
    ),
    "maven": (
        {"pom.xml": "", "part/pom.xml": ""},
        ["maven test", "maven build", "maven setup"],
    ),
    "gradle": (
        {"settings.gradle.kts": "", "app/build.gradle.kts": ""},
        ["gradle test", "gradle build", "gradle setup"],
    ),
    "cmake": (
        {"CMakeLists.txt": "add_subdirectory(t)\n", "t/CMakeLists.txt": "add_test(NAME a)\n"},
        ["ctest", "cmake build", "cmake setup"],
    ),
    "cmake without tests": ({"CMakeLists.txt": ""}, ["cmake build", "cmake setup"]),
    "meson": ({"meson.build": ""}, ["meson test", "meson build", "meson setup"]),
    "dotnet": (
        {"Shop.sln": "", "Shop/Shop.csproj": ""},
        ["dotnet test", "dotnet build", "dotnet setup"],
    ),
    "rspec": (
        {"Gemfile": "", "spec/a_spec.rb": "", ".rubocop.yml": ""},
        ["bundle exec rspec", "rspec", "rubocop", "bundle setup"],
    ),
    "minitest": ({"Rakefile": "", "test/a_test.rb": ""}, ["minitest"]),
    "rails": (
        {"Gemfile": "", "bin/rails": "", "test/a_test.rb": ""},
        ["rails test", "bundle setup"],
    ),
    "bare ruby": ({"spec/a_spec.rb": ""}, ["rspec"]),
    "phpunit": (
        {"composer.json": "", "composer.lock": "", "phpunit.xml": "", "tests/ATest.php": ""},
        ["composer phpunit", "phpunit", "php -l", "composer setup"],
    ),
    "bare php": ({"tests/ATest.php": ""}, ["phpunit", "php -l"]),
    "mix": (
        {"mix.exs": "", ".formatter.exs": "", "apps/a/mix.exs": ""},
        ["mix test", "mix format", "mix build"],
    ),
    "make": (
        {"Makefile": "test: x\n\tfalse\nlint:\n\tx\ntest2 := 3\nbuild::\n\tx\n"},
        ["make test", "make lint", "make build"],
    ),
    "nothing": ({"README.md": "hello"}, []),
}


@pytest.mark.parametrize("name", CASES)
def test_operations_follow_from_the_files(tmp_path: Path, name: str) -> None:
    files, expected = CASES[name]
    assert [one.name for one in detect(snapshot_of(tmp_path, files)).operations] == expected


def test_django_is_given_the_names_that_it_understands(tmp_path: Path) -> None:
    files = {"manage.py": "DJANGO_SETTINGS_MODULE", "tests/test_a.py": ""}
    operation = detect(snapshot_of(tmp_path, files)).named("django")
    assert operation is not None
    told = operation.command(("tests/test_a.py::A::test_b", "tests.test_a.A"))
    assert told[-2:] == ("tests.test_a.A.test_b", "tests.test_a.A")


def test_names_that_a_runner_cannot_be_given_never_become_all_tests(tmp_path: Path) -> None:
    operation = detect(snapshot_of(tmp_path, {"tests/test_a.py": ""})).named("pytest")
    assert operation is not None
    assert operation.command(("tests/x.json", "tests/test_a.py"))[-1:] == ("tests/test_a.py",)
    assert operation.command(("tests/x.json",))[-1:] == ("tests/x.json",)
    kept = ("pkg.test.test_a.A.test_b", "tests/unit", "tests/test_a.py::t[x.json]")
    assert operation.command(kept)[-3:] == kept


def test_packages_below_src_are_found(tmp_path: Path) -> None:
    (suite,) = detect(snapshot_of(tmp_path, {"src/a.py": ""})).suites
    assert suite.imports == ("src", "")


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/test_a.py", True),
        ("a_test.py", True),
        ("tests/helpers.py", False),
        ("a.test.ts", True),
        ("pkg/a_test.go", True),
        ("src/test/java/ATest.java", True),
        ("spec/a_spec.rb", True),
        ("latest.py", False),
        ("contest.py", False),
        ("tests.py", True),
        ("tests/README", False),
    ],
)
def test_test_files_are_known_by_name_and_place(path: str, is_test: bool) -> None:
    assert is_test_file(path) is is_test


def execution(output: str, code: int = 0) -> Execution:
    return Execution(code, output, 1.0)


def test_every_runner_is_read() -> None:
    said = {
        "pytest": "PASSED t.py::a\nFAILED t.py::b[x y] - assert 1 == 2\nERROR t.py::c\n"
        "SKIPPED [1] t.py:3: why\n",
        "unittest": "PASSED t.py::A::test_a\nFAILED t.py::A::test_b - AssertionError: 1 != 2\n",
        "go": "--- PASS: TestA (0.00s)\n    --- FAIL: TestB/sub (0.00s)\n",
        "cargo": "test a::b ... ok\ntest c ... FAILED\ntest d ... ignored\n",
    }
    read = {name: read_report(name, execution(text, 1), ()) for name, text in said.items()}  # type: ignore[arg-type]  # the four
    assert read["pytest"].succeeded == {"t.py::a"}
    assert read["pytest"].failed == {"t.py::b[x y]", "t.py::c"}
    assert read["unittest"].failed == {"t.py::A::test_b"}
    assert read["go"].outcomes == {"TestA": "passed", "TestB/sub": "failed"}
    assert read["cargo"].outcomes == {"a::b": "passed", "c": "failed", "d": "skipped"}


def test_a_parameter_belongs_to_the_name_whatever_is_in_it() -> None:
    said = "FAILED t.py::a[x - y] - assert [1] == [2]\nFAILED t.py::b - assert [1] == [2]\n"
    assert read_report("pytest", execution(said, 1), ()).failed == {"t.py::a[x - y]", "t.py::b"}


def test_a_test_that_was_told_to_fail_has_not_passed() -> None:
    assert read_report("pytest", execution("XFAIL t.py::a - later\n"), ()).succeeded == set()


def test_a_package_that_does_not_build_has_failed() -> None:
    said = "--- PASS: TestB (0.00s)\nok  \tm/b\t0.1s\nFAIL\tm/a [build failed]\n"
    results = read_report("go", execution(said, 1), ())
    assert results.failed == {"m/a"}
    assert results.passed_or_loaded("m/b")


@pytest.mark.parametrize(
    ("runner", "said", "code", "believed"),
    [
        ("pytest", "PASSED t.py::a\n", 0, True),
        ("pytest", "PASSED t.py::a\n", 1, True),  # a plugin that wants more coverage
        ("pytest", "PASSED t.py::a\n", 2, False),
        ("pytest", "", 0, False),
        ("pytest", "", 5, True),
        ("unittest", "PASSED t.py::A::test_a\n", 1, False),
        ("go", "--- PASS: TestA (0.00s)\n", 1, False),
        ("go", "--- FAIL: TestA (0.00s)\n", 1, True),
        ("other", "", 2, True),
    ],
)
def test_what_a_run_says_is_believed_where_its_end_fits(
    runner: RunnerName, said: str, code: int, believed: bool
) -> None:
    assert read_report(runner, execution(said, code), ()).is_reliable is believed


def test_a_file_of_tests_passes_where_all_in_it_do() -> None:
    said = "PASSED a.py::one\nPASSED b.py::one\nFAILED b.py::two\n"
    results = read_report("pytest", execution(said, 1), ())
    assert [results.passes(name) for name in ("a.py", "b.py", "c.py")] == [True, False, False]
    assert [results.passed_or_loaded(name) for name in ("a.py", "b.py", "c.py")] == [
        True,
        True,
        False,
    ]


def test_a_runner_that_failed_has_not_passed_whatever_it_printed() -> None:
    assert not read_report("pytest", execution("PASSED t.py::a\n", 1), ()).passed
    assert not read_report("pytest", execution("FAILED t.py::a\n", 0), ()).passed
    assert read_report("pytest", execution("PASSED t.py::a\n"), ()).passed
    assert not read_report("pytest", execution("", 5), ()).ran


def test_an_error_after_a_pass_is_a_failure() -> None:
    said = "PASSED t.py::a\nERROR t.py::a - in the teardown\n"
    assert read_report("pytest", execution(said, 1), ()).failed == {"t.py::a"}
    said = "ERROR t.py::a - in the teardown\nPASSED t.py::a\n"
    assert read_report("pytest", execution(said, 1), ()).failed == {"t.py::a"}


@given(st.text(max_size=400), st.sampled_from(["pytest", "unittest", "go", "cargo", "other"]))
def test_no_output_breaks_the_reading(text: str, runner: str) -> None:
    report = read_report(runner, execution(text), ())  # type: ignore[arg-type]  # one of the runners
    assert report.failed.isdisjoint(report.succeeded)


def test_a_line_that_only_failing_tests_run_is_most_suspicious() -> None:
    trace = LineTrace({("a.py", 1): 2, ("a.py", 2): 2, ("a.py", 3): 1}, {("a.py", 1): 6}, 2)
    suspicion = trace.suspicion()
    assert suspicion["a.py", 2] == 1.0
    assert suspicion["a.py", 1] == pytest.approx(2 / (2 * 8) ** 0.5)
    assert suspicion["a.py", 2] > suspicion["a.py", 3] > suspicion["a.py", 1]


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], {}, {"t": 3}, {"t": {"outcome": "failed"}}),
        {"t": {"outcome": "passed", "lines": {"a.py": [1]}}},
    ],
)
def test_a_trace_without_a_failure_is_none(told: object) -> None:
    assert trace_of(told) is None


def test_a_trace_of_a_hostile_test_is_read_strictly() -> None:
    lines = {"../../etc/passwd": [1], "/etc/x": [2], "a.py": [3, "x", None], "b.py": "no", "": [1]}
    trace = trace_of({"t": {"outcome": "failed", "lines": lines}})
    assert trace is not None
    assert set(trace.failing) == {("a.py", 3)}


def test_tests_that_name_a_definition_come_first(tmp_path: Path) -> None:
    snapshot = snapshot_of(
        tmp_path,
        {
            "shop/cart.py": "def total(): pass\n",
            "tests/test_cart.py": "from shop import cart\n",
            "tests/test_all.py": "from shop.cart import total\ntotal()\n",
            "tests/test_other.py": "import os\n",
        },
    )
    files = detect(snapshot).test_files
    found = relevant_tests(snapshot, files, "shop/cart.py", ["total"])
    assert found == ("tests/test_all.py", "tests/test_cart.py")


def test_data_beside_tests_are_none_that_pytest_can_be_given(tmp_path: Path) -> None:
    files = {"a.py": "", "tests/test_a.py": "", "tests/data/a.json": "{}", "tests/a.html": ""}
    assert detect(snapshot_of(tmp_path, files)).test_files == ("tests/test_a.py",)


def test_without_python_the_files_in_a_folder_of_tests_hold_them(tmp_path: Path) -> None:
    files = {"package.json": '{"scripts": {"test": "x"}}', "test/cart.js": ""}
    assert detect(snapshot_of(tmp_path, files)).test_files == ("test/cart.js",)
