"""`[project]` of `.rooftree.toml`: read strictly, and of no effect until a person confirmed it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ConfigError
from rooftree.git.commands import open_worktree
from rooftree.paths import StateFolder
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.configuration.choice import ProjectChoice, ProjectSettings, choose_project
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import (
    FILE,
    ProjectSection,
    argv_of,
    read_section,
    section_of,
)
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

SECTION = '[project]\nsetup = ["make", "deps"]\ntest = ["./run", "--fast", "a b"]\n'
HERE, THERE = "0" * 20, "1" * 20


def section(text: str = SECTION) -> ProjectSection:
    found = read_section(text.encode())
    assert found is not None
    return found


def test_a_section_is_read_as_exact_arguments() -> None:
    [suite] = section().suites
    assert suite.commands == {"setup": ("make", "deps"), "test": ("./run", "--fast", "a b")}
    assert section().lines() == ("setup  make deps", "test   ./run --fast 'a b'")


def test_several_suites_have_a_folder_each() -> None:
    text = '[project]\nlint = ["x"]\n'
    text += '[[project.suites]]\nfolder = "web"\nrunner = "tap"\ntest = ["y"]\n'
    root, web = section(text).suites
    assert (root.folder, root.commands) == ("", {"lint": ("x",)})
    assert (web.folder, web.runner, web.commands) == ("web", "tap", {"test": ("y",)})
    assert section(text).lines()[1] == "test   y  (in web/)  read as tap"


@pytest.mark.parametrize(
    "argv",
    [
        ["sh", "-c", "a; rm -rf / && `b` $(c) | d > e"],
        ["./run", "--name=a b", "*", "~", "$HOME", "#", "'", '"'],
    ],
)
def test_what_a_shell_would_read_is_a_plain_argument(argv: list[str]) -> None:
    [suite] = section_of({"test": argv}).suites
    assert suite.commands["test"] == tuple(argv)


WRONG: list[tuple[object, str]] = [
    ({"test": "make test"}, "test"),
    ({"test": []}, "1 to 64 arguments"),
    ({"test": ["a"] * 65}, "1 to 64 arguments"),
    ({"test": ["x" * 1001]}, "1 to 1000 characters"),
    ({"test": [""]}, "1 to 1000 characters"),
    ({"test": ["a", "b\0c"]}, "cannot be seen"),
    ({"test": ["a", "b\nc"]}, "cannot be seen"),
    ({"test": ["a", "b\rc"]}, "cannot be seen"),
    ({"test": ["a", "b\x1b[2Kc"]}, "cannot be seen"),
    ({"test": ["a", "b\u202ec"]}, "cannot be seen"),
    ({"test": ["a", "b\u200bc"]}, "cannot be seen"),
    ({"test": ["a", " " * 500 + "b"]}, "cannot be seen"),
    ({"test": ["-x"]}, "is no program"),
    ({"test": ["A=1", "make"]}, "is no program"),
    ({"test": ["{python}", "x"]}, "is no program"),
    ({"test": ["a"], "folder": "../x"}, "no folder"),
    ({"test": ["a"], "folder": "/x"}, "no folder"),
    ({"test": ["a"], "folder": "x/"}, "no folder"),
    ({"test": ["a"], "runner": "mine"}, "one of pytest"),
    ({"test": ["a"], "tests": ["b"]}, "tests"),
    ({"test": ["a"], "suites": [{"test": ["b"]}]}, "two suites"),
    ({}, "names no command"),
    ("test", "valid dictionary"),
]


@pytest.mark.parametrize(("told", "said"), WRONG)
def test_what_is_wrong_is_refused_and_named(told: object, said: str) -> None:
    with pytest.raises(ConfigError, match=r"\.rooftree\.toml, \[project\]") as raised:
        section_of(told)
    assert said in str(raised.value)


def test_a_file_without_the_section_says_nothing() -> None:
    assert read_section(None) is None
    assert read_section(b'[review]\nrules = ["x"]\n') is None
    with pytest.raises(ConfigError, match="not valid TOML"):
        read_section(b"[project")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
TABLES = st.dictionaries(
    st.sampled_from(["test", "lint", "setup", "folder", "runner", "suites"]),
    st.lists(st.text(max_size=12), max_size=4) | VALUES,
)


@given(TABLES | VALUES)
def test_whatever_stands_in_a_section_is_refused_or_can_be_shown(told: object) -> None:
    try:
        said = section_of(told).lines()
    except ConfigError as error:
        said = (str(error),)
    for line in said:
        assert line.isprintable()


def test_a_confirmation_is_of_every_word_and_of_one_repository() -> None:
    digests = {
        section(text).digest(repo)
        for repo in (HERE, THERE)
        for text in (
            SECTION,
            SECTION.replace("a b", "a  b"),
            SECTION.replace('"a b"', '"a", "b"'),
            SECTION.replace("test", "lint"),
            SECTION + 'runner = "tap"\n',
            SECTION + 'folder = "web"\n',
            SECTION.replace('setup = ["make", "deps"]\n', ""),
        )
    }
    assert len(digests) == 14
    assert section(f"# a remark\n{SECTION}").digest(HERE) == section().digest(HERE)


def test_only_the_last_confirmation_holds(tmp_path: Path) -> None:
    kept = Confirmations(StateFolder(tmp_path / "state"), HERE)
    other = section(SECTION.replace("fast", "slow"))
    assert not kept.holds(section())
    assert not (tmp_path / "state").exists(), "to look writes nothing"
    kept.keep(section())
    assert kept.holds(section())
    assert not kept.holds(other)
    assert not Confirmations(kept.state, THERE).holds(section())
    kept.keep(other)
    assert not kept.holds(section())
    kept.forget()
    assert not kept.holds(other)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"confirmed": 3}', b"\xff", b"[" * 9000])
def test_a_file_that_is_no_confirmation_confirms_nothing(tmp_path: Path, data: bytes) -> None:
    kept = Confirmations(StateFolder(tmp_path / "state"), HERE)
    (kept.state.repository(HERE) / "project.json").write_bytes(data)
    assert not kept.holds(section())


REPOSITORY = {
    "go.mod": "module x\n",
    "a_test.go": "",
    "web/package.json": '{"scripts": {"test": "node --test", "lint": "x"}}',
    "a.py": "",
    "tests/test_a.py": "",
}
Choose = Callable[..., ProjectChoice]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    (tmp_path / "blobs").mkdir()
    return take_snapshot(
        open_worktree(git_repository(tmp_path, dict(REPOSITORY))), tmp_path / "blobs"
    )


@pytest.fixture
def choose(tmp_path: Path, snapshot: Snapshot) -> Choose:
    def chosen(text: str, *confirmed: str, proposed: str | None = None) -> ProjectChoice:
        kept = Confirmations(StateFolder(tmp_path / "state"), HERE)
        for one in confirmed:
            kept.keep(section(one))
        new = None if proposed is None else proposed.encode()
        settings = ProjectSettings(text.encode(), new, kept)
        return choose_project(snapshot, settings, settings.confirmed())

    return chosen


def names_of_tests(choice: ProjectChoice) -> list[str]:
    return [one.name for one in choice.project.operations if one.kind == "test"]


DETECTED = ["pytest", "unittest", "npm test (web)", "node --test (web)", "go test"]


def test_a_section_that_nobody_confirmed_is_not_used_and_that_is_said(choose: Choose) -> None:
    choice = choose(SECTION)
    assert (choice.state, sorted(names_of_tests(choice))) == ("unconfirmed", sorted(DETECTED))
    assert not any(one.before for one in choice.project.operations)
    assert "nobody has confirmed it" in choice.notes[0]
    assert "rooftree project --confirm" in choice.notes[0]


def test_a_confirmed_one_is_run_in_the_place_of_what_was_detected(choose: Choose) -> None:
    choice = choose(SECTION, SECTION)
    assert (choice.state, names_of_tests(choice), choice.notes) == (
        "confirmed",
        ["configured test"],
        (),
    )
    test = choice.project.named("configured test")
    assert test is not None
    assert (test.argv, test.before) == (("./run", "--fast", "a b"), (("make", "deps"),))
    assert choice.project.suites == ()
    assert choice.project.has_tests
    vet = choice.project.named("go vet")
    assert vet is not None
    assert vet.before == (("make", "deps"),), "what prepares the copy does so for all"


def test_a_changed_section_counts_no_more(choose: Choose) -> None:
    changed = SECTION.replace("--fast", "--fast=1")
    assert choose(changed, SECTION).state == "unconfirmed"
    assert choose(SECTION, SECTION, changed).state == "unconfirmed", "nor does an older one"


def test_a_suite_of_a_folder_leaves_the_others_alone(choose: Choose) -> None:
    text = '[[project.suites]]\nfolder = "web"\ntest = ["./run"]\n'
    choice = choose(text, text)
    assert sorted(names_of_tests(choice)) == sorted(
        ["configured test (web)", "pytest", "unittest", "go test"]
    )
    assert choice.project.named("npm lint (web)") is not None
    assert choice.project.suites != ()


def test_a_wrong_section_is_told_and_not_used(choose: Choose) -> None:
    choice = choose("[project]\ntest = 3\n")
    assert (choice.state, sorted(names_of_tests(choice))) == ("wrong", sorted(DETECTED))
    assert choice.notes[0].endswith("it is not used")


@pytest.mark.parametrize("base", ["", SECTION])
def test_what_is_proposed_never_counts(choose: Choose, base: str) -> None:
    """Also where a person has confirmed it by chance: it was not that person's to confirm."""
    proposed = '[project]\ntest = ["evil"]\n'
    choice = choose(base, proposed, proposed=proposed)
    assert "evil" not in {one.argv[0] for one in choice.project.operations}
    assert any("changed by what is under review" in one for one in choice.notes)
    assert not any("changed by" in one for one in choose(base, proposed=base).notes)


def test_a_typed_command_runs_the_tests(snapshot: Snapshot) -> None:
    settings = ProjectSettings(test_command=argv_of("./run --only 'a b'"))
    choice = choose_project(snapshot, settings, "")
    assert names_of_tests(choice) == ["configured test"]
    assert choice.project.operations[0].argv == ("./run", "--only", "a b")
    for wrong in ("", "'", "A=1 make", "a\nb 'c\nd'"):
        with pytest.raises(ConfigError, match="cannot be read"):
            argv_of(wrong)


TWO = (
    '[[project.suites]]\nfolder = "a"\ntest = ["sh", "run.sh"]\n'
    '[[project.suites]]\nfolder = "b"\nsetup = ["cp", "there", "made"]\ntest = ["sh", "run.sh"]\n'
)
SUITES = {
    "a/run.sh": "echo TAP version 13; echo ok 1 - one\n",
    "b/run.sh": "echo TAP version 13; cat made; exit 5\n",
    "b/there": "not ok 1 - two\n",
}


async def test_all_configured_suites_are_run_and_one_that_fails_is_seen(tmp_path: Path) -> None:
    """Whatever its exit code is: 5 tells of no tests only where pytest says it."""
    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, {**SUITES, FILE: TWO})
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    kept = Confirmations(StateFolder(tmp_path / "state"), HERE)
    kept.keep(section(TWO))
    settings = ProjectSettings(snapshot.content(FILE), None, kept)
    choice = choose_project(snapshot, settings, settings.confirmed())
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    try:
        limits = ExecutionLimits(seconds=30)
        checks = Checks(find_bubblewrap(), workspace, choice.project, limits)
        results = await checks.tests(Draft(snapshot))
        alone = await checks.tests(Draft(snapshot), ("a/run.sh::x",))
    finally:
        workspace.remove()
    assert dict(results.outcomes) == {"one": "passed", "two": "failed"}
    assert (results.passed, results.execution.exit_code) == (False, 5)
    assert dict(alone.outcomes) == {"one": "passed"}
