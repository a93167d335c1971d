"""A project's linters are told of single files, and what they say is read; nothing is made up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import write_files
from tools.linters.project_linters import (
    LINTERS,
    file_linter,
    linter_for,
    narrowed_to_files,
    read_remarks,
)
from tools.projects.operations import ProjectOperation

ROOT = "/workspace"
RUFF = ProjectOperation(
    "ruff check", "lint", ("{python}", "-m", "ruff", "check", "."), needs_python=True
)
ESLINT = ProjectOperation("eslint (web)", "lint", ("npx", "eslint", "."), folder="web")
RUBOCOP = ProjectOperation("rubocop", "lint", ("rubocop", "--format", "emacs"))
GO = ProjectOperation("go vet (svc)", "lint", ("go", "vet", "./..."), folder="svc")
SAID_BY_RUBOCOP = """\
/workspace/a.rb:1:7: W: [Correctable] Lint/UnusedMethodArgument: Unused method argument - `x`.
/workspace/a.rb:2:3: C: Naming/MethodParameterName: Method parameter must be longer.
"""
SAID_BY_GO = """\
# x/sub
./a.go:6:2: fmt.Printf format %d has arg "a" of wrong type string
vet: sub/a.go:4:2: undeclared name: undefinedName
"""
SAID_BY_ESLINT = (
    "(node:7) [DEP0040] DeprecationWarning: punycode\n"
    '[{"filePath":"/workspace/web/a.js","messages":['
    '{"ruleId":"no-var","severity":2,"message":"Unexpected var.","line":3,"endLine":4},'
    '{"ruleId":null,"severity":1,"message":"File ignored."}]}]\n'
)


def test_ruff_with_the_projects_own_settings_looks_at_one_file(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "pyproject.toml": '[tool.ruff]\nline-length = 20\n[tool.ruff.lint]\nselect = ["E501"]',
            "a.py": "import os\nlong = 'words words words'\n",
            "b.py": "more = 'words words words'\n",
        },
    )
    argv = narrowed_to_files(LINTERS["ruff check"], RUFF, ["a.py"])
    command = [sys.executable if one == "{python}" else one for one in argv]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    report = read_remarks(LINTERS["ruff check"], RUFF, done.stdout, str(tmp_path))
    assert report is not None
    assert [(one.code, one.path, one.line) for one in report.remarks] == [("E501", "a.py", 2)]


@pytest.mark.parametrize(
    ("operation", "output", "found"),
    [
        (
            RUBOCOP,
            SAID_BY_RUBOCOP,
            [("Lint/UnusedMethodArgument", "a.rb", 1), ("Naming/MethodParameterName", "a.rb", 2)],
        ),
        (GO, SAID_BY_GO, [("vet", "svc/a.go", 6), ("vet", "svc/sub/a.go", 4)]),
        (ESLINT, SAID_BY_ESLINT, [("no-var", "web/a.js", 3), ("syntax", "web/a.js", 1)]),
    ],
    ids=["rubocop", "go vet", "eslint"],
)
def test_what_a_linter_says_is_told_by_the_repositorys_paths(
    operation: ProjectOperation, output: str, found: list[tuple[str, str, int]]
) -> None:
    linter = file_linter(operation)
    assert linter is not None
    report = read_remarks(linter, operation, output, ROOT)
    assert report is not None
    assert [(one.code, one.path, one.line) for one in report.remarks] == found


@pytest.mark.parametrize("operation", [RUFF, ESLINT], ids=lambda one: one.name)
@pytest.mark.parametrize(
    "output",
    [
        "",
        "no list",
        "[1, 2]",
        '[{"filePath": 3}]',
        "[" * 100_000,
        "\n[" * 1_000,
        '[{"messages":1}]',
    ],
    ids=["nothing", "words", "numbers", "another form", "deep", "many", "no path"],
)
def test_what_cannot_be_read_is_no_clean_file(operation: ProjectOperation, output: str) -> None:
    linter = file_linter(operation)
    assert linter is not None
    assert read_remarks(linter, operation, output, ROOT) is None


@pytest.mark.parametrize(
    ("operation", "paths", "argv"),
    [
        (ESLINT, ["web/a.js"], ("npx", "eslint", "--format", "json", "--", "./a.js")),
        (GO, ["svc/a.go", "svc/b.go", "svc/sub/c.go"], ("go", "vet", ".", "./sub")),
        (RUBOCOP, ["-x.rb"], (*RUBOCOP.argv, "--force-exclusion", "--", "./-x.rb")),
    ],
    ids=["eslint", "go vet", "a name like an option"],
)
def test_files_take_the_place_of_the_word_for_all(
    operation: ProjectOperation, paths: list[str], argv: tuple[str, ...]
) -> None:
    linter = file_linter(operation)
    assert linter is not None
    assert narrowed_to_files(linter, operation, paths) == argv


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        (ESLINT, "lib/a.js"),
        (ESLINT, "web/a.py"),
        (ProjectOperation("mypy", "lint", ("mypy", ".")), "a.py"),
        (ProjectOperation("npm lint", "lint", ("npm", "run", "lint")), "a.js"),
        (ProjectOperation("eslint", "lint", ("mine", "."), configured=True), "a.js"),
        (ProjectOperation("ruff check", "test", ("ruff", "check", ".")), "a.py"),
    ],
    ids=["elsewhere", "another language", "a whole program", "a script", "a person's", "tests"],
)
def test_no_other_command_is_given_files(operation: ProjectOperation, path: str) -> None:
    assert linter_for(operation, path) is None
