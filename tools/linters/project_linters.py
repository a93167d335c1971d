"""The linters of projects that can be told to look at single files, and how their words are read.

Each is an operation of the project, with the project's own settings and plugins: it runs foreign
code, so it is run in the sandbox alone, and where nobody approved of the operation not at all.
Linters of whole programs (mypy, tsc, clippy), and scripts that may be anything, have no row here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from tools.linters import ruff
from tools.linters.remarks import LinterRemark, LinterReport, Severity
from tools.projects.operations import ProjectOperation
from tools.projects.programs.ecosystems import SCRIPT

Arguments = tuple[str, ...]
_PLACE = re.compile(r"(?:vet: )?([^\s:][^:\n]{0,400}):(\d{1,7}):(?:\d{1,7}:)? ?(\S[^\n]{0,2000})")
_LIST = re.compile(r"(?:^|\n)\[")
MAX_LISTS = 8
"""Beginnings of a list that are tried, of an output that may have millions."""
_COP = re.compile(r"([CWEFRI]): (?:\[\w{1,20}\] )?([\w/]{1,80}): (.{1,2000})")


@dataclass(frozen=True, slots=True)
class FileLinter:
    """How one linter is told of files, which it is given relative to its operation's folder."""

    name: str
    suffixes: frozenset[str]
    command: Callable[[Arguments, Sequence[str]], Arguments]
    """Returns its arguments, of those of the operation and the files."""
    remarks: Callable[[str, str], Iterator[LinterRemark]]
    """Yields what its output says; ValueError, KeyError or TypeError where it has another form."""


def file_linter(operation: ProjectOperation) -> FileLinter | None:
    """Return how an operation looks at single files; None where it cannot."""
    if operation.kind != "lint" or operation.configured:
        return None
    return LINTERS.get(operation.name.partition(" (")[0])


def linter_for(operation: ProjectOperation, path: str) -> FileLinter | None:
    """Return how an operation looks at this file; None where that is not its to look at."""
    found = file_linter(operation)
    inside = not operation.folder or path.startswith(f"{operation.folder}/")
    if found is None or not inside or PurePosixPath(path).suffix not in found.suffixes:
        return None
    return found


def narrowed_to_files(
    linter: FileLinter, operation: ProjectOperation, paths: Sequence[str]
) -> Arguments:
    """Return the arguments for these files; none of them can pass for an option."""
    inside = f"{operation.folder}/" if operation.folder else ""
    return linter.command(operation.argv, [f"./{one.removeprefix(inside)}" for one in paths])


def read_remarks(
    linter: FileLinter, operation: ProjectOperation, output: str, root: str
) -> LinterReport | None:
    """Return what was said, by the paths of the repository; None where it cannot be read."""
    try:
        found = tuple(linter.remarks(output, root))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return LinterReport(tuple(_placed(one, operation.folder, root) for one in found))


def _placed(remark: LinterRemark, folder: str, root: str) -> LinterRemark:
    """Return a remark by its path in the repository: some tell it from the operation's folder."""
    path = remark.path
    if path.startswith(f"{root}/"):
        return replace(remark, path=path.removeprefix(f"{root}/"))
    path = path.removeprefix("./")
    return replace(remark, path=f"{folder}/{path}" if folder else path)


def _instead_of(everything: str, options: Arguments) -> Callable[[Arguments, Sequence[str]], Any]:
    """Return how files, behind options, take the place of the word that stands for all of them."""

    def command(argv: Arguments, paths: Sequence[str]) -> Arguments:
        return (*(word for word in argv if word != everything), *options, *paths)

    return command


def _packages(argv: Arguments, paths: Sequence[str]) -> Arguments:
    """Go looks at packages, which are folders."""
    folders = dict.fromkeys(one.rpartition("/")[0] for one in paths)
    return (*(word for word in argv if word != "./..."), *folders)


def _list_in(output: str) -> list[Any]:
    """Return the list that was printed as JSON; programs print warnings before and behind it."""
    starts = [one.start() + len(one[0]) - 1 for one in _LIST.finditer(output)]
    for start in starts[:MAX_LISTS]:
        try:
            found, _ = json.JSONDecoder().raw_decode(output, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found
    raise ValueError("no list of objects was printed")


def _ruff(output: str, root: str) -> Iterator[LinterRemark]:
    report = ruff.parse_output(json.dumps(_list_in(output)), root)
    if report is None:
        raise ValueError("no remarks of ruff's")
    yield from report.remarks


def _eslint(output: str, _root: str) -> Iterator[LinterRemark]:
    for one in _list_in(output):
        for said in one["messages"]:
            # What is wrong with the settings stands on no line.
            line = int(said.get("line") or 1)
            end = max(line, int(said.get("endLine") or line))
            severity: Severity = "major" if said["severity"] == 2 else "minor"
            code, message = str(said.get("ruleId") or "syntax"), str(said["message"])
            path = str(one["filePath"])
            yield LinterRemark("eslint", code, path, line, end, message, severity, "bug")


def _rubocop(output: str, _root: str) -> Iterator[LinterRemark]:
    for path, line, told in _places(output):
        cop = _COP.fullmatch(told)
        if cop is not None:
            severity: Severity = "major" if cop[1] in "EF" else "minor"
            yield LinterRemark("rubocop", cop[2], path, line, line, cop[3], severity, "bug")


def _go_vet(output: str, _root: str) -> Iterator[LinterRemark]:
    for path, line, told in _places(output):
        yield LinterRemark("go vet", "vet", path, line, line, told, "major", "bug")


def _places(output: str) -> Iterator[tuple[str, int, str]]:
    """Yield what is said as `path:line:column: words`, a line each."""
    for line in output.split("\n"):
        found = _PLACE.fullmatch(line.rstrip())
        if found is not None:
            yield found[1], int(found[2]), found[3]


_JSON_OF_RUFF = ("--output-format=json", "--no-cache", "--exit-zero", "--quiet", "--")
LINTERS: Mapping[str, FileLinter] = {
    one.name: one
    for one in (
        FileLinter(
            "ruff check", frozenset({".py", ".pyi"}), _instead_of(".", _JSON_OF_RUFF), _ruff
        ),
        FileLinter("eslint", SCRIPT, _instead_of(".", ("--format", "json", "--")), _eslint),
        FileLinter(
            "rubocop",
            frozenset({".rb", ".rake"}),
            _instead_of(".", ("--force-exclusion", "--")),
            _rubocop,
        ),
        FileLinter("go vet", frozenset({".go"}), _packages, _go_vet),
    )
}
