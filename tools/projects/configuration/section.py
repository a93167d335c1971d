"""The `[project]` section of `.rooftree.toml`: commands as exact argument lists, by folder.

Nothing is run by a shell, so that what stands in an argument is an argument. What cannot be shown
to the person who is to confirm it, such as a line break or an invisible character, is refused.
"""

import hashlib
import json
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rooftree.confined_files import is_relative
from rooftree.errors import ConfigError
from rooftree.text.visible import escaped_line
from tools.projects.operations import KINDS, OperationKind
from tools.projects.results.reports import RunnerName

FILE = ".rooftree.toml"
TABLE = "project"
MAX_BYTES = 256 << 10
MAX_WORDS, MAX_WORD, MAX_SUITES = 64, 1000, 16


def check_word(word: str) -> str:
    """Refuse an argument that a person cannot read as it is."""
    if not word or len(word) > MAX_WORD:
        raise ValueError(f"an argument has 1 to {MAX_WORD} characters")
    if escaped_line(word) != word:
        raise ValueError(f"{word[:80]!r} holds what cannot be seen, such as a line break")
    return word


def check_argv(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no argument list of a program."""
    if not argv or len(argv) > MAX_WORDS:
        raise ValueError(f"a command has 1 to {MAX_WORDS} arguments")
    if argv[0].startswith(("-", "{")) or "=" in argv[0]:
        raise ValueError(f"{argv[0]!r} is no program; a command begins with one, without a shell")
    return argv


def check_folder(folder: str) -> str:
    if folder and (not is_relative(folder) or check_word(folder) != folder.strip("/")):
        raise ValueError(f"{folder!r} is no folder of the repository; write it as `web/app`")
    return folder


Word = Annotated[str, AfterValidator(check_word)]
Argv = Annotated[tuple[Word, ...], AfterValidator(check_argv)]


class _SuiteTable(BaseModel):
    """One suite as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    folder: Annotated[str, AfterValidator(check_folder)] = ""
    runner: RunnerName = "other"
    setup: Argv | None = None
    test: Argv | None = None
    lint: Argv | None = None
    format: Argv | None = None
    build: Argv | None = None


class _ProjectTable(_SuiteTable):
    """The whole section: its own keys are the suite of the root, or of its folder."""

    suites: Annotated[tuple[_SuiteTable, ...], Field(max_length=MAX_SUITES)] = ()


@dataclass(frozen=True, slots=True)
class ConfiguredSuite:
    """What is said of one folder; the commands by their kind."""

    folder: str
    runner: RunnerName
    commands: Mapping[OperationKind, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ProjectSection:
    """What a person may confirm."""

    suites: tuple[ConfiguredSuite, ...]

    def digest(self, repo_id: str) -> str:
        """Return what a confirmation is bound to: every word of it, and the repository."""
        told = [repo_id, *(asdict(one) for one in self.suites)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def lines(self) -> tuple[str, ...]:
        """Show it, a command a line."""
        return tuple(
            f"{kind:<6} {shlex.join(argv)}{f'  (in {suite.folder}/)' if suite.folder else ''}"
            f"{f'  read as {suite.runner}' if kind == 'test' and suite.runner != 'other' else ''}"
            for suite in self.suites
            for kind, argv in suite.commands.items()
        )


def read_section(data: bytes | None) -> ProjectSection | None:
    """Read the section of a file; None where there is none, ConfigError where it is wrong."""
    if data is None:
        return None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{FILE} has more than {MAX_BYTES >> 10} KiB; make it smaller")
    try:
        told = tomllib.loads(data.decode("utf-8")).get(TABLE)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{FILE} is not valid TOML: {error}") from error
    return None if told is None else section_of(told)


def section_of(told: object) -> ProjectSection:
    """Read a section; ConfigError says which key is wrong, and what was expected."""
    try:
        table = _ProjectTable.model_validate(told)
    except (ValidationError, RecursionError) as error:
        raise ConfigError(f"{FILE}, [{TABLE}]: {_first(error)}") from error
    suites = [one for one in (table, *table.suites) if _commands(one)]
    folders = [one.folder for one in suites]
    twice = next((one for one in folders if folders.count(one) > 1), None)
    if twice is not None:
        raise ConfigError(f"{FILE}, [{TABLE}]: two suites are of the folder {twice or '.'!r}")
    if not suites:
        raise ConfigError(f"{FILE}, [{TABLE}] names no command; name one of {', '.join(KINDS)}")
    return ProjectSection(
        tuple(ConfiguredSuite(one.folder, one.runner, _commands(one)) for one in suites)
    )


def _commands(table: _SuiteTable) -> dict[OperationKind, tuple[str, ...]]:
    found = ((kind, getattr(table, kind)) for kind in KINDS)
    return {kind: argv for kind, argv in found if argv is not None}


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is nested too deeply"
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    told = str(first["msg"]).removeprefix("Value error, ")
    if place.endswith("runner"):
        told = f"one of {', '.join(get_args(RunnerName))}"
    return escaped_line(f"{place}: {told}" if place else told)


def argv_of(text: str) -> tuple[str, ...]:
    """Split a command that a person typed into its arguments; ConfigError where it is none."""
    try:
        return checked_argv(shlex.split(text))
    except ValueError as error:
        told = escaped_line(f"the command {text!r} cannot be read: {error}")
        raise ConfigError(told) from error


def checked_argv(words: Sequence[Any]) -> tuple[str, ...]:
    """Return an argument list; ValueError says what is wrong with it."""
    return check_argv(tuple(check_word(str(one)) for one in words))
