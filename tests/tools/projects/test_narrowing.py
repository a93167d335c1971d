"""A runner is told to run single tests by its own means, and all where it cannot be told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tests.tools.projects.samples import SAMPLES
from tools.drafts.snapshot import take_snapshot
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation, exact_argv
from tools.projects.programs.narrowing import NARROWINGS, Narrowing, narrowed
from tools.projects.test_file_names import is_test_file

FILTER = "FullyQualifiedName~"
CASES: list[tuple[Narrowing, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
    ("go", ("go", "test", "./..."), ("a_test.go::TestA/sub", "b/b_test.go::TestB"),
     ("go", "test", "-run=^(TestA|TestB)$", "./...")),
    ("go", ("go", "test", "./..."), ("a_test.go",), ("go", "test", "./...")),
    ("cargo", ("cargo", "test"), ("src/lib.rs::tests::adds",), ("cargo", "test", "--", "adds")),
    ("node", ("node", "--test"), ("a.test.mjs::cart > adds",), ("node", "--test", "a.test.mjs")),
    ("node", ("node", "--test"), ("cart > adds",), ("node", "--test")),
    ("jest", ("npm", "test", "--silent", "--", "--verbose"), ("a.test.ts::adds", "b.test.ts"),
     ("npm", "test", "--silent", "--", "--verbose", "--runTestsByPath", "a.test.ts", "b.test.ts")),
    ("vitest", ("npm", "test"), ("a.test.ts",), ("npm", "test", "--", "a.test.ts")),
    ("vitest", ("yarn", "run", "test"), ("a.test.ts",), ("yarn", "run", "test", "a.test.ts")),
    ("mocha", ("npm", "test", "--", "-R", "tap"), ("a.js::cart adds (1+1)",),
     ("npm", "test", "--", "-R", "tap", "--grep", r"^(?:cart adds \(1\+1\))$")),
    ("maven", ("mvn", "test"), ("src/test/java/shop/CartTest.java::adds(int)[1]",),
     ("mvn", "test", "-Dtest=CartTest#adds", "-DfailIfNoTests=false",
      "-Dsurefire.failIfNoSpecifiedTests=false")),
    ("maven", ("mvn", "test"), ("a/CartTest.java::Inner.adds", "a/BTest.java"),
     ("mvn", "test", "-Dtest=*Inner#adds,BTest", "-DfailIfNoTests=false",
      "-Dsurefire.failIfNoSpecifiedTests=false")),
    ("maven", ("mvn", "test"), ("a/CartTest.kt::adds up()",),
     ("mvn", "test", "-Dtest=CartTest#adds", "-DfailIfNoTests=false",
      "-Dsurefire.failIfNoSpecifiedTests=false")),
    ("gradle", ("gradle", "test"), ("a/CartTest.kt::adds()",),
     ("gradle", "test", "--tests", "*CartTest.adds")),
    ("ctest", ("ctest",), ("adds", "t/cart.cc::Cart.Grows"),
     ("ctest", "-R", r"^(adds|Cart\.Grows)$")),
    ("ctest", ("ctest",), ("tests/test_cart.c",), ("ctest",)),
    ("meson", ("meson", "test"), ("adds", "tests/test_cart.c"), ("meson", "test")),
    ("meson", ("meson", "test"), ("shop::adds",), ("meson", "test", "--", "adds")),
    ("dotnet", ("dotnet", "test"), ("CartTests.cs::CartTests.Adds(x: 1)",),
     ("dotnet", "test", "--filter", f"{FILTER}CartTests.Adds")),
    ("rspec", ("rspec",), ("spec/a_spec.rb::cart adds",),
     ("rspec", "spec/a_spec.rb", "--example", "cart adds")),
    ("rspec", ("rspec",), ("spec/spec_helper.rb",), ("rspec",)),
    ("minitest", ("ruby", "--"), ("test/a_test.rb::CartTest#test_adds",),
     ("ruby", "--", "test/a_test.rb", r"--name=/^(?:CartTest\#test_adds)$/")),
    ("phpunit", ("php", "vendor/bin/phpunit", "--colors=never", "tests"),
     ("tests/ATest.php::testAdds with data set #0",),
     ("php", "vendor/bin/phpunit", "--filter", "/::(?:testAdds)(?: with data set .*)?$/",
      "--colors=never", "tests")),
    ("exunit", ("mix", "test"), ("test/a_test.exs::test adds",),
     ("mix", "test", "test/a_test.exs", "--only", "test:test adds")),
    ("exunit", ("mix", "test"), ("test/test_helper.exs",), ("mix", "test")),
]  # fmt: skip


@pytest.mark.parametrize(("narrowing", "argv", "tests", "expected"), CASES)
def test_a_command_for_single_tests(
    narrowing: Narrowing,
    argv: tuple[str, ...],
    tests: tuple[str, ...],
    expected: tuple[str, ...],
) -> None:
    assert narrowed(narrowing, argv, "", tests) == expected


def test_paths_are_told_from_the_folder_of_the_command() -> None:
    argv = ("node", "--test")
    assert narrowed("node", argv, "web", ("web/a.test.js::x",)) == (*argv, "a.test.js")
    assert narrowed("node", argv, "web", ("a.test.js::x",)) == argv


@pytest.mark.parametrize("test", ["-x::a", "/etc/a.test.js", "../a.test.js", "a/../../b.test.js"])
def test_what_may_be_an_option_or_leads_elsewhere_is_no_test(test: str) -> None:
    for narrowing in NARROWINGS:
        assert narrowed(narrowing, ("x",), "", (test,)) == ("x",)


@given(
    tests=st.lists(st.text(max_size=40), max_size=4), narrowing=st.sampled_from(list(NARROWINGS))
)
def test_whatever_tests_are_called_the_command_stays_the_same_program(
    tests: list[str], narrowing: Narrowing
) -> None:
    """Nothing that a name holds becomes another word of ours, or takes one away."""
    argv = ("npm", "test", "--", "./...")
    found = narrowed(narrowing, argv, "", tuple(tests))
    assert found[0] == "npm"
    assert [one for one in found if one in argv] == list(argv) or set(argv) <= set(found)


def test_an_operation_s_exact_arguments(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    files = {"go.mod": "module x\n", "a_test.go": "", "tests/test_a.py": "", "a.py": ""}
    repo = git_repository(tmp_path, dict(files))
    project = detect(take_snapshot(open_worktree(repo), tmp_path / "blobs"))
    go, pytest_ = project.named("go test"), project.named("pytest")
    assert go is not None
    assert pytest_ is not None
    assert exact_argv(go) == ("go", "test", "-json", "./...")
    assert exact_argv(go, ("a_test.go::TestA",))[3] == "-run=^(TestA)$"
    assert exact_argv(pytest_, ("tests/test_a.py",))[-1] == "tests/test_a.py"
    assert exact_argv(ProjectOperation("x", "test", ("x",)), ("a::b",)) == ("x",)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_narrowed_to_files_says_that_it_can_be(tmp_path: Path, name: str) -> None:
    """A review runs all others after those of the files, only where they were left out."""
    (tmp_path / "blobs").mkdir()
    sample = SAMPLES[name]
    snapshot = take_snapshot(
        open_worktree(git_repository(tmp_path, dict(sample.files))), tmp_path / "blobs"
    )
    files = tuple(one for one in sample.files if is_test_file(one) and "helper" not in one)
    for operation in detect(snapshot).operations:
        if operation.kind == "test":
            narrows = operation.command(files) != operation.command()
            assert operation.selects or not narrows, operation.name
    found = detect(snapshot).named(sample.operation)
    assert found is not None
    assert found.command((sample.failing,)) != found.command()
