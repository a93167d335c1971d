"""What runners of other languages really printed is read test by test; nothing run is no evidence.

`recorded/` holds what Node 20, jest 29, vitest 1, mocha 10, Go 1.19 and cargo 1.95 printed.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.projects.detection.detect import detect
from tools.projects.detection.ecosystems.node import OPTIONS, runner_of_script
from tools.projects.detection.nearest_tests import nearest_tests
from tools.projects.results.reports import RunnerName, SuiteResults, read_report
from tools.projects.results.test_places import placed
from tools.sandbox.process.execution import Execution

RECORDED = Path(__file__).parent / "recorded"
JAVASCRIPT = {
    "cart > adds up": "passed",
    "cart > takes # and \\ marks": "passed",
    "cart > inner > fails": "failed",
    "cart > is skipped": "skipped",
    "cart > is to do": "skipped",
    "prints": "passed",
    "has steps > first step": "passed",
    "prints #2": "passed",
}
CASES: dict[str, tuple[RunnerName, dict[str, str]]] = {
    "node.tap": ("tap", JAVASCRIPT),
    "node.spec": ("spec", JAVASCRIPT),
    "node-none.tap": ("tap", {}),
    "node-unread.tap": ("tap", {"a.test.mjs": "failed"}),
    "mocha.tap": (
        "tap",
        {
            "stands alone": "passed",
            "cart adds up": "passed",
            "cart is skipped": "skipped",
            "forged": "passed",
            "cart inner fails": "failed",
        },
    ),
    "vitest.tap": (
        "tap",
        {
            "cart.test.js::cart > adds up": "passed",
            "cart.test.js::cart > inner > fails": "failed",
            "cart.test.js::cart > is skipped": "skipped",
            "cart.test.js::stands alone": "passed",
        },
    ),
    "jest.txt": (
        "jest",
        {
            "j/cart.test.js::stands alone": "passed",
            "j/cart.test.js::cart > adds up": "passed",
            "j/cart.test.js::cart > is skipped": "skipped",
            "j/cart.test.js::cart > inner > fails": "failed",
        },
    ),
    "jest-unread.txt": ("jest", {"u/b.test.js": "failed"}),
    "cargo.txt": (
        "cargo",
        {
            "a_crate@src/lib.rs::tests::bad": "failed",
            "a_crate@src/lib.rs::tests::good": "passed",
            "a_crate@src/lib.rs::tests::later": "skipped",
            "a_crate@src/lib.rs::tests::panics": "passed",
            "a_crate@src/lib.rs::top": "passed",
            "outer@tests/outer.rs::outer": "passed",
            "b_crate@src/main.rs::inner::tests::deep": "passed",
            "a/src/lib.rs::one (documented)": "passed",
        },
    ),
}
GO = {
    "example.com/m::TestSub/a_b": "passed",
    "example.com/m::TestSub/c": "failed",
    "example.com/m::TestSub": "failed",
    "example.com/m::TestSkip": "skipped",
    "example.com/m/inner::TestA": "failed",
    "example.com/m/broken": "failed",
}


def told(text: str, runner: RunnerName = "other", code: int = 1) -> SuiteResults:
    return read_report(runner, Execution(code, text, 1.0), ("x",))


@pytest.mark.parametrize("name", CASES)
def test_a_runner_is_known_by_what_it_prints_and_read(name: str) -> None:
    runner, expected = CASES[name]
    results = told((RECORDED / name).read_text())
    assert (results.runner, dict(results.outcomes)) == (runner, expected)


def test_go_s_events_are_read_and_shown_as_a_person_reads_them() -> None:
    results = told((RECORDED / "go.json").read_text(), "go")
    assert dict(results.outcomes) == GO
    assert "a_test.go:6: bad" in results.execution.output
    assert "cannot use" in results.execution.output
    assert '"Action"' not in results.execution.output


NOTHING = [
    ("TAP version 13\n1..0\n# tests 0\n", "other"),
    ("ℹ tests 0\nℹ pass 0\n", "other"),
    ("No tests found, exiting with code 0\n", "other"),
    ("No test files found, exiting with code 0\n", "other"),
    (('{"Action":"output","Package":"m","Output":"? m [no test files]"}\n'
     '{"Action":"skip","Package":"m"}\n'), "go"),
    (('{"Action":"output","Package":"m","Output":"ok m 0.1s [no tests to run]"}\n'
     '{"Action":"pass","Package":"m"}\n'), "go"),
    ("ok  \texample.com/m\t0.003s [no tests to run]\n", "go"),
    (("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered "
     "out; finished in 0.00s\n"), "cargo"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "runner"), NOTHING)
def test_where_no_test_ran_nothing_passed(text: str, runner: RunnerName) -> None:
    results = told(text, runner, 0)
    assert results.outcomes == {}
    assert not results.ran
    assert results.runner == "other" or not results.passed


@pytest.mark.parametrize("name", [*CASES, "go.json"])
def test_a_runner_that_died_or_hangs_has_not_come_to_its_end(name: str) -> None:
    """Nothing that failed is told by its first half: so much may have passed, and no more."""
    text = (RECORDED / name).read_text()
    runner = "go" if name == "go.json" else CASES[name][0]
    killed = Execution(137, text, 9.0, "memory")
    assert not read_report(runner, killed, ()).is_reliable
    passing = Execution(139, "TAP version 13\nok 1 - a\n", 1.0)
    assert not read_report("tap", passing, ()).is_reliable


ANYTHING = st.lists(
    st.sampled_from(
        [
            *(
                "ok 1 - a",
                "not ok 2 - a",
                "    ok 1 - b",
                "# Subtest: a",
                "    # Subtest: c",
                "  ---",
            ),
            *("  ...", "---", "...", "1..2", "TAP version 13", "PASS a.js", "FAIL a.js", "  ✓ a"),
            *("  ✕ a (1 ms)", "  ● a", "▶ a", "✔ a (1ms)", "  ✖ b (1ms)", "✖ a (2ms)", "a", ""),
            *(
                "test a ... ok",
                "test a ... FAILED",
                "     Running unittests src/lib.rs (t/a-12345678)",
            ),
            *('{"Action":"pass","Package":"p","Test":"T"}', '{"Action":"fail","Package":"p"}', "{"),
            *('{"Action":[],"Package":{}}', '{"Action":"fail","Package":"p","Test":3}'),
        ]
    )
    | st.text(max_size=30)
)
READ: list[RunnerName] = ["tap", "spec", "jest", "go", "cargo", "other"]


@given(lines=ANYTHING, runner=st.sampled_from(READ))
def test_whatever_is_printed_is_read(lines: list[str], runner: RunnerName) -> None:
    results = told("\n".join(lines), runner)
    assert set(results.outcomes.values()) <= {"passed", "failed", "skipped"}


@given(lines=ANYTHING, runner=st.sampled_from(["tap", "jest", "cargo"]))
def test_what_is_told_once_as_failed_is_never_passed(lines: list[str], runner: RunnerName) -> None:
    """Whoever prints more can add tests, and take away none that failed."""
    first = told("\n".join(lines), runner).failed
    more = told("\n".join([*lines, "ok 9 - new", "✔ new (1ms)", "test new ... ok"]), runner)
    assert first <= more.failed


FILES: dict[str, str | bytes] = {
    "go.mod": "module example.com/m\n",
    "a_test.go": "func TestSub(t *testing.T) {}\nfunc TestSkip(t *testing.T) {}\n",
    "inner/i_test.go": "func TestA(t *testing.T) {}\n",
    "broken/b.go": "",
    "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\n',
    "a/Cargo.toml": '[package]\nname = "a-crate"\n',
    "a/src/lib.rs": "",
    "a/tests/outer.rs": "",
    "b/Cargo.toml": '[package]\nname = "b-crate"\n',
    "b/src/main.rs": "",
    "b/src/inner/mod.rs": "",
    "test/cart.test.js": "describe('cart', () => it('adds up') + describe('inner', it('fails')))",
    "test/other.test.js": "test('stands alone', () => {})",
}


def test_tests_are_named_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, FILES)), tmp_path / "blobs")
    draft = Draft(snapshot)
    go = placed(told((RECORDED / "go.json").read_text(), "go"), draft, "")
    assert set(go.outcomes) == {
        *("a_test.go::TestSub/a_b", "a_test.go::TestSub/c", "a_test.go::TestSub"),
        *("a_test.go::TestSkip", "inner/i_test.go::TestA", "broken"),
    }
    cargo = placed(told((RECORDED / "cargo.txt").read_text()), draft, "")
    assert {"a/src/lib.rs::tests::bad", "a/tests/outer.rs::outer"} <= set(cargo.outcomes)
    assert "b/src/inner/mod.rs::tests::deep" in cargo.outcomes
    mocha = placed(told((RECORDED / "mocha.tap").read_text()), draft, "")
    assert mocha.outcomes["test/cart.test.js::cart inner fails"] == "failed"
    assert mocha.outcomes["test/other.test.js::stands alone"] == "passed"


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("jest", ("--verbose",)),
        ("tsc && NODE_ENV=test npx jest --ci", ("--verbose",)),
        ("node --experimental-vm-modules node_modules/jest/bin/jest.js", ("--verbose",)),
        ("vitest", ("--reporter=tap-flat", "--run")),
        ("mocha 'test/**/*.js'", ("--reporter", "tap")),
        ("jest && tsc", ()),
        ("mocha | tee log", ()),
        ("node --test", ()),
        ("echo 'no tests'", ()),
    ],
)
def test_a_runner_is_asked_to_name_its_tests_where_it_is_the_last(
    script: str, options: tuple[str, ...]
) -> None:
    assert OPTIONS.get(runner_of_script(script), ()) == options


def test_every_package_of_a_repository_has_its_own_commands(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "web/package.json": '{"scripts": {"test": "node --test"}}',
        "web/node_modules/x/package.json": '{"scripts": {"test": "x"}}',
        "api/go.mod": "module example.com/api\n",
        "core/Cargo.toml": '[workspace]\nmembers = ["a"]\n',
        "core/a/Cargo.toml": "[package]\n",
        "tool/package.json": '{"scripts": {"test": "echo no test specified && exit 1"}}',
    }
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, files)), tmp_path / "blobs")
    operations = [one for one in detect(snapshot).operations if one.kind == "test"]
    assert [(one.name, one.folder) for one in operations] == [
        ("npm test (web)", "web"),
        ("node --test (web)", "web"),
        ("go test (api)", "api"),
        ("cargo test (core)", "core"),
    ]


MANY: dict[str, str | bytes] = {
    "pyproject.toml": "",
    "tests/test_a.py": "",
    "web/package.json": '{"scripts": {"test": "x"}}',
    "web/inner/package.json": '{"scripts": {"test": "y"}}',
    "api/go.mod": "module example.com/api\n",
    "Makefile": "test:\n\ttrue\n",
}


@pytest.mark.parametrize(
    ("paths", "names", "left"),
    [
        (["a.py"], ["pytest", "unittest", "make test"], ""),
        (["web/a.ts"], ["npm test (web)", "make test"], ""),
        (["web/inner/a.js"], ["npm test (web/inner)", "make test"], ""),
        (["api/x/a.go"], ["go test (api)", "make test"], ""),
        (["a.py", "api/a.go"], ["pytest", "unittest", "go test (api)", "make test"], "Go in 'api'"),
        (["README.md"], None, ""),
        (["other/a.go"], None, ""),
    ],
)
def test_the_tests_that_speak_of_a_change_are_those_of_its_languages_and_packages(
    tmp_path: Path, paths: list[str], names: list[str] | None, left: str
) -> None:
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, MANY)), tmp_path / "blobs")
    project = detect(snapshot)
    found, left_out = nearest_tests(project, paths)
    tests = [one.name for one in found.operations if one.kind == "test"]
    assert tests == (names or [one.name for one in project.operations if one.kind == "test"])
    assert left_out.endswith(left)
    assert bool(left_out) is bool(left)
