"""A path is told in one line wherever text is for a person or a CI job, whatever it is called."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.reports.annotations import annotations
from server.reports.sarif import sarif_report
from server.reports.text import text_report
from tests.server.commands import ROOT, Commands
from tests.support import commit_all, git_repository, write_files

EVIL = "shop/a\n::error file=b.py,line=1::forged\tpay\r\u202e.py"
TOLD = "shop/a\\u{A}::error file=b.py,line=1::forged\\u{9}pay\\u{D}\\u{202E}.py"
CODE = "def charge_zloty():\n    return 1\n\n\ndef again():\n    return charge_zloty()\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = git_repository(tmp_path_factory.mktemp("shop"), {"shop/b.py": "b = 1\n"})
    write_files(root, {EVIL: CODE, "shop/\n.bin": b"\0\1\2\3" * 9})
    commit_all(root, "Charge the zloty")
    return root


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    return Commands(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    "command",
    [
        ("search", "charge_zloty"),
        ("symbols", "charge_zloty"),
        ("references", "charge_zloty"),
        ("map",),
        ("history", "zloty"),
        ("ask", "Where is charge_zloty?"),
    ],
    ids=lambda command: command[0],
)
def test_a_newline_in_a_path_begins_no_line_of_output(
    cli: Commands, shop: Path, command: tuple[str, ...]
) -> None:
    done = cli.run(*command, "--repo", shop)
    assert done.code == 0, done.err
    assert TOLD in done.out
    assert not [line for line in done.out.splitlines() if line.startswith("::")]
    assert not {"\t", "\r", "\u202e"}.intersection(done.out)


def test_what_was_left_out_is_told_in_lines(cli: Commands, shop: Path) -> None:
    for command in (("index", shop), ("status", "--repo", shop)):
        done = cli.run(*command)
        assert "    shop/\\u{A}.bin: " in done.out


def report(**more: object) -> dict[str, object]:
    finding = {
        "path": EVIL,
        "line": 1,
        "end_line": 1,
        "severity": "major",
        "category": "bug",
        "source": "model",
        "code": "",
        "claim": f"x\n{EVIL}:2: critical bug [tests]",
        "trigger": "a\n::error::b",
        "quote": "a = 1\r\nb\u202e = 2\r",
        "evidence": ["a\nb"],
        "fix": {"line": 1, "end_line": 1, "replacement": "a\rb"},
        "inline": True,
        "known": False,
        "confidence": 0.5,
        "fingerprint": "0" * 16,
    }
    told = {
        "findings": [finding],
        "not_reviewed": [{"path": EVIL, "reason": "r\nnote: s"}],
        "hidden_text": [{"where": f"the name of {EVIL!r}", "what": "U+202E"}],
        "notes": [EVIL],
        "bounds": [EVIL],
        "tests": [EVIL],
        "tests_ran": 1,
        "places": 0,
        "status": "reviewed",
        "files": [EVIL],
        "looked": True,
    }
    return told | more


def test_the_report_for_a_person_has_no_line_that_a_path_or_a_model_made() -> None:
    text = text_report(report())
    lines = text.splitlines()
    assert lines[0] == f"{TOLD}:1: major bug [model]"
    assert "  | a = 1" in lines
    assert "  | b\\u{202E} = 2" in lines
    assert "  + a\\u{D}b" in lines
    assert not [line for line in lines[1:] if line.startswith(("shop", "::", "critical"))]
    assert len([line for line in lines if line.startswith("note: ")]) == 3
    assert text.isascii()


def test_annotations_have_a_line_for_each_thing_that_is_told() -> None:
    lines = annotations(report()).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        *("::error", "::notice", "::warning", "::notice", "::notice")
    ]
    assert "file=shop/a%0A%3A%3Aerror file=b.py%2Cline=1%3A%3Aforged" in lines[0]


def test_sarif_stays_valid_and_names_the_file() -> None:
    told = json.loads(json.dumps(sarif_report(report())))
    (result,) = told["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "shop/a%0A%3A%3Aerror%20file%3Db.py%2Cline%3D1%3A%3Aforged%09pay%0D%E2%80%AE.py"
    notes = told["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    (told_of,) = [one for one in notes if one["message"]["text"].endswith(": r\nnote: s")]
    assert told_of["message"]["text"].startswith(TOLD)


def paths_as_they_are(path: Path) -> Iterator[int]:
    """Yield the lines where text for a person gets a path that may hold anything."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.conversion == -1:
            match node.value:
                case ast.Subscript(slice=ast.Constant(value="path")) | ast.Attribute(attr="path"):
                    yield node.lineno


def test_no_command_and_no_report_tells_a_path_as_it_is() -> None:
    rooms = (ROOT / "server" / "cli", ROOT / "server" / "reports")
    modules = [path for room in rooms for path in room.rglob("*.py")]
    modules += [ROOT / "agents" / "ask" / "answer.py"]
    assert len(modules) > 30
    found = [f"{path.relative_to(ROOT)}:{n}" for path in modules for n in paths_as_they_are(path)]
    assert found == []
