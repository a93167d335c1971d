"""What runners of further languages print, or leave as reports, is read test by test.

`recorded/` holds what ctest 3.25, Minitest 5.17, RSpec 3.12, PHPUnit 9.6, Meson 1.0 and surefire
2.22 wrote, and for C# and Kotlin what their loggers write by their source.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.linear.cost import grows_too_fast
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.projects.results.missing_dependencies import missing_dependencies
from tools.projects.results.report_files import OURS, as_tap, read_reported, reports_in
from tools.projects.results.reports import RunnerName, read_report
from tools.projects.results.runners.ctest import read_ctest
from tools.projects.results.runners.junit import read_junit
from tools.projects.results.runners.minitest import read_minitest
from tools.projects.results.runners.rspec import read_rspec
from tools.projects.results.runners.trx import read_trx
from tools.projects.results.test_places import placed
from tools.sandbox.process.execution import Execution

RECORDED = Path(__file__).parent / "recorded"
Cases = Mapping[str, str]
PRINTED: Mapping[str, tuple[RunnerName, Cases]] = {
    "ctest.txt": (
        "ctest",
        {
            "adds": "failed",
            "number": "passed",
            "skipped": "skipped",
            "off": "skipped",
            "slow": "failed",
            "crash": "failed",
            "a_name_that_is_much_longer_than_the_dots_that_fill_a_line_of_ctest_are": "passed",
            "missing": "failed",
        },
    ),
    "minitest.txt": (
        "minitest",
        {
            "CartTest#test_later": "skipped",
            "CartTest#test_is_a_number": "passed",
            "CartTest#test_adds": "failed",
        },
    ),
}
LEFT: Mapping[str, tuple[str, RunnerName, Cases]] = {
    "rspec.json": (
        f"{OURS}.json",
        "rspec",
        {
            "spec/cart_spec.rb::total adds": "failed",
            "spec/cart_spec.rb::total is a number": "passed",
            "spec/cart_spec.rb::total later is to do": "skipped",
        },
    ),
    "phpunit-report.xml": (
        f"{OURS}.xml",
        "phpunit",
        {
            "tests/CartTest.php::testAdds": "failed",
            "tests/CartTest.php::testIsANumber": "passed",
            "tests/CartTest.php::testData with data set #0": "passed",
            'tests/CartTest.php::testData with data set "named"': "passed",
            "tests/CartTest.php::testLater": "skipped",
        },
    ),
    "meson.xml": ("rooftree-build/meson-logs/testlog.junit.xml", "meson", {"shop::adds": "failed"}),
    "surefire.xml": (
        "target/surefire-reports/TEST-shop.CartTest.xml",
        "junit",
        {
            "src/test/java/shop/CartTest.java::adds": "failed",
            "src/test/java/shop/CartTest.java::isANumber": "passed",
        },
    ),
    "gradle-kotlin.xml": (
        "app/build/test-results/test/TEST-shop.CartTest.xml",
        "junit",
        {
            "src/test/java/shop/CartTest.java::adds()": "failed",
            "src/test/java/shop/CartTest.java::grows with each price()": "passed",
            "src/test/java/shop/CartTest.java::later()": "skipped",
            "src/test/java/shop/CartTest.java::Inner.is empty()": "passed",
        },
    ),
    "dotnet-xunit.trx": (
        f"Shop.Tests/{OURS}/a.trx",
        "dotnet",
        {
            "Shop.Tests/CartTests.cs::CartTests.Adds": "failed",
            "Shop.Tests/CartTests.cs::CartTests.Grows(price: 1)": "passed",
            "Shop.Tests/CartTests.cs::CartTests.Later": "skipped",
        },
    ),
    "dotnet-mstest.trx": (
        f"{OURS}/a.trx",
        "dotnet",
        {
            "Shop.Tests/CartTests.cs::CartTests.Adds": "failed",
            "Shop.Tests/CartTests.cs::CartTests.Grows(1)": "passed",
        },
    ),
}
FILES = {
    "src/test/java/shop/CartTest.java": "class CartTest {}",
    "src/test/java/other/CartTest.java": "class CartTest {}",
    "Shop.Tests/CartTests.cs": "class CartTests { void Adds() {} void Grows() {} void Later() {} }",
    "Shop.Tests/OtherTests.cs": "class OtherTests { void Adds() {} }",
    "tests/CartTest.php": "",
    "spec/cart_spec.rb": "",
    "test/cart_test.rb": "class CartTest\n  def test_adds\n  def test_later\n",
    "test/other_test.rb": "class OtherTest\n  def test_adds\n",
}


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, dict(FILES))
    return Draft(take_snapshot(open_worktree(repo), tmp_path / "blobs"))


@pytest.mark.parametrize("name", PRINTED)
def test_what_a_runner_prints_is_read(name: str) -> None:
    runner, expected = PRINTED[name]
    execution = Execution(1, (RECORDED / name).read_text(), 1.0)
    assert dict(read_report(runner, execution, ("x",)).outcomes) == expected


@pytest.mark.parametrize("name", LEFT)
def test_what_a_runner_leaves_is_read_and_named_by_files(
    tmp_path: Path, draft: Draft, name: str
) -> None:
    place, runner, expected = LEFT[name]
    there = tmp_path / "copy" / place
    there.parent.mkdir(parents=True)
    there.write_bytes((RECORDED / name).read_bytes())
    told = reports_in(tmp_path / "copy", {})
    results = read_report(runner, Execution(1, f"noise{as_tap(told)}", 1.0), ("x",))
    assert dict(placed(results, draft, "").outcomes) == expected
    assert reports_in(tmp_path / "copy", {place: 1}) == []


def test_reports_are_found_where_a_command_ran(tmp_path: Path) -> None:
    there = tmp_path / "web" / f"{OURS}.xml"
    there.parent.mkdir()
    there.write_text('<testcase name="a"/>')
    assert reports_in(tmp_path, {}) == []
    assert reports_in(tmp_path, {}, "web") == [("a", "PASSED")]


def test_what_a_command_prints_does_not_pass_for_its_report() -> None:
    forged = "TAP version 13\nok 1 - forged\n"
    assert list(read_reported(forged + as_tap([("real", "FAILED")]))) == [("real", "FAILED")]
    assert list(read_reported(forged + as_tap([]))) == []


def test_a_test_of_ruby_is_named_by_the_file_that_has_its_class(draft: Draft) -> None:
    results = read_report(
        "minitest", Execution(1, (RECORDED / "minitest.txt").read_text(), 1.0), ("x",)
    )
    outcomes = placed(results, draft, "").outcomes
    assert outcomes["test/cart_test.rb::CartTest#test_adds"] == "failed"
    assert outcomes["test/cart_test.rb::CartTest#test_is_a_number"] == "passed"


def test_a_file_that_rspec_cannot_load_is_a_failure() -> None:
    told = b'{"examples": [], "summary": {"errors_outside_of_examples_count": 1}}'
    assert list(read_rspec(told)) == [("files that cannot be loaded", "FAILED")]


BYTES: tuple[Callable[[bytes], Iterator[tuple[str, str]]], ...] = (read_junit, read_trx, read_rspec)
TEXTS: tuple[Callable[[str], Iterator[tuple[str, str]]], ...] = (
    read_ctest,
    read_minitest,
    read_reported,
)
WORDS = {"PASSED", "FAILED", "SKIPPED"}


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@pytest.mark.parametrize("read", BYTES)
def test_whatever_is_in_a_report_is_read(
    read: Callable[[bytes], Iterator[tuple[str, str]]], data: bytes
) -> None:
    assert {word for _, word in read(data)} <= WORDS


LINES = st.lists(
    st.sampled_from(
        [
            *("1/2 Test #1: a ...   Passed    0.1 sec", "2/2 Test #2: a ...***Failed  0.1 sec"),
            *("1/1 Test #1: ..", "A#test_a = 0.00 s = .", "A#test_a = 0.1 s = F", " = 1.0 s = E"),
            *("TAP version 13", "ok 1 - a", "not ok 2 - b", "  ---", "  ..."),
        ]
    )
    | st.text(max_size=30)
)


@given(LINES)
@pytest.mark.parametrize("read", TEXTS)
def test_whatever_is_printed_is_read(
    read: Callable[[str], Iterator[tuple[str, str]]], lines: list[str]
) -> None:
    assert {word for _, word in read("\n".join(lines))} <= WORDS


HOSTILE = {
    "ctest": (read_ctest, "1/1 Test #1: " + " .", "1/1  Test #", "."),
    "minitest": (read_minitest, " = ", "#test_ = 0.00 s = ", "= 1"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_takes_time_in_proportion_to_the_text(name: str) -> None:
    read, *shapes = HOSTILE[name]
    for shape in shapes:

        def reading(length: int, shape: str = shape) -> Callable[[], object]:
            text = shape * (length // len(shape))
            return lambda: sum(1 for _ in read(text))

        assert not grows_too_fast(reading), shape


MISSING = [
    ("npm", "web", "Error: Cannot find module 'left-pad'\nRequire stack:",
     "left-pad is not installed: run `npm ci` in web/"),
    ("pnpm", "", "Cannot find package '@scope/a' imported from /workspace/a.mjs",
     "@scope/a is not installed: run `pnpm install --frozen-lockfile` in the repository"),
    ("npm", "", "Error: Cannot find module './cart'", ""),
    ("npm", "", "Error: Cannot find module '/workspace/cart.js'", ""),
    ("go", "", "a.go:3:8: no required module provides package example.com/dep; to add it:",
     "example.com/dep is not installed: run `go mod download` in the repository"),
    ("go", "", "example.com/dep@v1.0.0: module lookup disabled by GOPROXY=off",
     "example.com/dep@v1.0.0 is not installed: run `go mod download` in the repository"),
    ("cargo", "core", "error: no matching package named `serde` found\nlocation searched",
     "serde is not installed: run `cargo fetch` in core/"),
    ("mvn", "", "the artifact junit:junit:jar:4.13 has not been downloaded from it before.",
     "junit:junit:jar:4.13 is not installed: run `mvn dependency:go-offline` in the repository"),
    ("gradle", "", "No cached version of org.a:b:1.0 available for offline mode.",
     "org.a:b:1.0 is not installed: run `gradle testClasses` in the repository"),
    ("dotnet", "", "error NU1101: Unable to find package xunit. No packages exist with this id",
     "xunit is not installed: run `dotnet restore` in the repository"),
    ("bundle", "", "Could not find rake-13.0.6 in locally installed gems",
     "rake-13.0.6 is not installed: run `bundle install` in the repository"),
    ("ruby", "", "cannot load such file -- active_support (LoadError)",
     "active_support is not installed: run `bundle install` in the repository"),
    ("php", "", "Failed opening required '/workspace/vendor/autoload.php'",
     "vendor/autoload.php is not installed: run `composer install` in the repository"),
    ("mix", "", "Unchecked dependencies:\n* jason (Hex package)\n* a (Hex package)",
     "jason, a are not installed: run `mix deps.get` in the repository"),
    ("make", "", "Cannot find module 'left-pad'", ""),
    ("{python}", "", "No module named 'numpy'", ""),
]  # fmt: skip


@pytest.mark.parametrize(("program", "folder", "output", "said"), MISSING)
def test_a_missing_package_is_named_with_what_gets_it(
    program: str, folder: str, output: str, said: str
) -> None:
    assert missing_dependencies(program, folder, output) == said


def test_a_file_of_the_project_is_no_missing_package() -> None:
    output = "cannot load such file -- shop/cart (LoadError)"
    assert missing_dependencies("ruby", "", output, ["lib/shop/cart.rb"]) == ""
    assert missing_dependencies("ruby", "", output, ["lib/shop.rb"])


def test_many_missing_packages_are_counted() -> None:
    output = "\n".join(f"Cannot find module 'a{number}'" for number in range(9))
    said = missing_dependencies("npm", "", output)
    assert said.startswith("a0, a1, a2 and 6 more are not installed")
