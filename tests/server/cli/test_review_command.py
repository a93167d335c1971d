"""`rooftree review` as people and CI jobs call it: exit codes, formats, and no stack traces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.reports.annotations import annotations
from tests.server.changing import FIXED
from tests.server.commands import Commands
from tests.server.operations.test_reviews import reviewer
from tests.server.reviewing import BROKEN, proposed
from tests.support import git
from tests.support.scripted_model import ScriptedServer


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with ScriptedServer(reviewer([])) as model:
        (tmp_path / "home").mkdir()
        settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
        yield Commands(tmp_path / "home", settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return proposed(tmp_path, {"shop/cart.py": BROKEN})


def test_a_broken_test_is_told_on_its_line_and_fails_the_job(
    commands: Commands, folder: Path
) -> None:
    done = commands.run("review", "--repo", str(folder), "--base", "main")
    assert done.code == 1
    assert done.out.startswith("shop/cart.py:8: critical bug [tests]\n")
    assert "  +         result += price\n" in done.out
    assert "Traceback" not in done.err


def test_a_diff_is_read_from_a_pipe_and_annotated(commands: Commands, folder: Path) -> None:
    diff = git(folder, "diff", "main...work") + "\n"
    done = commands.run(
        *("review", "--repo", str(folder), "--diff", "-", "--format", "annotations"), stdin=diff
    )
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith("::error file=shop/cart.py,line=8,endLine=8,title=critical bug")


def test_sarif_names_rule_place_fingerprint_and_fix(commands: Commands, folder: Path) -> None:
    done = commands.run(
        *("review", "--repo", str(folder), "--base", "main", "--sarif", "--fail-on", "never")
    )
    assert done.code == 0
    told = done.json()
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop/cart.py"}
    assert place["region"]["startLine"] == 8
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"]["text"] == "        result += price"


def test_what_an_earlier_review_said_is_not_said_again(
    commands: Commands, folder: Path, tmp_path: Path
) -> None:
    review = ("review", "--repo", str(folder), "--base", "main", "--json")
    first = commands.run(*review)
    assert first.code == 1
    (tmp_path / "earlier.json").write_text(first.out)
    again = commands.run(*review, "--known", str(tmp_path / "earlier.json"))
    assert again.code == 0
    assert [one["inline"] for one in again.json()["findings"]] == [False]


def test_a_model_that_is_not_there_is_exit_code_three(commands: Commands, tmp_path: Path) -> None:
    folder = proposed(tmp_path, {"shop/cart.py": FIXED.replace("Add up", "Sum up")})
    nowhere = {"ROOFTREE_MODEL_ENDPOINT": "http://127.0.0.1:9/v1"}
    lonely = Commands(commands.home, {**commands.settings, **nowhere})
    asked = ("review", "--repo", str(folder), "--base", "main", "--json")
    done = lonely.run(*asked)
    assert (done.code, done.json()["status"]) == (3, "incomplete")
    without = lonely.run(*asked, "--no-model")
    assert (without.code, without.json()["status"]) == (0, "partial")
    assert without.json()["bounds"] == ["no model was asked: none was wanted"]
    assert without.json()["model_asked"] is False


def test_tests_that_are_wanted_and_cannot_run_are_exit_code_three(
    commands: Commands, tmp_path: Path
) -> None:
    folder = proposed(tmp_path, {"shop/cart.py": FIXED.replace("Add up", "Sum up")})
    asked = ("review", "--repo", str(folder), "--base", "main")
    done = commands.run(*asked, ROOFTREE_SANDBOX_BACKEND="none")
    assert done.code == 3
    assert done.out.splitlines()[-1].startswith("incomplete: 1 file not all looked at; no test")
    declined = commands.run(*asked, "--no-tests", ROOFTREE_SANDBOX_BACKEND="none")
    assert declined.code == 0
    assert "clean" not in declined.out


def test_a_clone_without_the_beginning_of_a_change_is_exit_code_three(
    commands: Commands, folder: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{folder}", str(clone))
    done = commands.run("review", "--repo", str(clone), "--base", "origin/main")
    assert done.code == 3
    done.assert_one_line()
    assert "git fetch --unshallow" in done.err


def test_a_review_is_shown_again_and_neither_resumed_nor_replayed(
    commands: Commands, folder: Path
) -> None:
    first = commands.run("review", "--repo", str(folder), "--base", "main")
    shown = commands.run("runs", "show", "--repo", folder)
    assert shown.code == 0
    assert first.out in shown.out
    listed = commands.run("runs", "list", "--repo", folder).out
    assert "review reviewed" in listed
    run = listed.split()[0]
    here = ("--repo", str(folder))
    told = commands.run("runs", "show", run, *here, "--events", "--json").json()
    assert told["events"][0]["kind"] == "run.started"
    assert "events" not in commands.run("runs", "show", run, *here, "--json").json()
    for arguments in (("change", "--resume", run), ("runs", "replay", run, "--model", "x")):
        refused = commands.run(*arguments, *here)
        assert (refused.code, "is a review" in refused.err) == (2, True)
    # `last` is the last change.
    refused = commands.run("change", "--resume", "last", *here)
    assert (refused.code, "no change of" in refused.err) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--base", "nowhere"),
        (),
        ("--base", "main", "--format", "xml"),
        ("--base", "main", "--fail-on", "bad"),
        ("--diff", "/no/such/file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(
    commands: Commands, folder: Path, arguments: tuple[str, ...]
) -> None:
    done = commands.run("review", "--repo", str(folder), *arguments)
    assert done.code == 2
    done.assert_one_line()


def test_neither_names_nor_claims_begin_a_command_of_their_own() -> None:
    hostile = "x\n::set-output name=a::b\r%0A::error::"
    told = {
        "findings": [
            {
                "path": f"a,line=9::{hostile}",
                "line": 1,
                "end_line": 1,
                "severity": "major",
                "category": "bug",
                "source": "model",
                "claim": hostile,
                "trigger": hostile,
                "evidence": [hostile],
                "fix": None,
                "inline": True,
            }
        ],
        "not_reviewed": [{"path": hostile, "reason": hostile}],
        "hidden_text": [{"where": hostile, "what": hostile}],
        "notes": [hostile],
        "bounds": [hostile],
    }
    lines = annotations(told).split("\n")
    assert len(lines) == 6
    assert [line.split(" ")[0] for line in lines[:5]] == [
        *("::error", "::notice", "::warning", "::notice", "::notice")
    ]
    assert not any("\r" in line for line in lines)
    assert "file=a%2Cline=9%3A%3Ax%0A%3A%3Aset-output" in lines[0]
