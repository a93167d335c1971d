"""The Pythons that may run a project's tests, in the order of their owners.

An environment in the repository is the project's own only where the user made it. One that came
with the repository could name any folder of the machine, so it is refused, and no other is taken
in its stead: tests that pass in another environment say nothing of this one. The interpreter that
runs rooftree itself is none of them: what is installed there is rooftree's
(docs/decisions/0015-whose-python.md).
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rooftree.errors import UsageError
from rooftree.executables import repository_folders
from rooftree.git.commands import run_git
from tools.projects.environments.editable import aliases_of
from tools.sandbox.process.execution import Command, ExecutionLimits, Executor
from tools.sandbox.process.toolchains import holds, is_environment, lies_on, of_environment

SECONDS = 20.0
ENVIRONMENTS = (".venv", "venv", "env", ".env")
MANY = (".tox", ".nox")
"""Folders of which each folder is an environment."""
NO_TESTS = re.compile(r"lint|doc|type|mypy|format|build|pkg|cover|release|bench")
"""What tox and nox do besides testing, by common environment names."""
SYSTEM = ("/usr/bin/python3", "/usr/local/bin/python3")
MODULES = ("pytest", "django", "pytest_django")
TOOLS = ("ruff", "mypy", "black", "isort")
"""What checks code; it is looked for, and not imported."""
_PROBE = f"""
import importlib, importlib.util, json, sys
found = [name for name in {TOOLS!r} if importlib.util.find_spec(name)]
for name in {MODULES!r}:
    try:
        importlib.import_module(name)
        found.append(name)
    except Exception:
        pass
print(json.dumps([sys.version.split()[0], sys.prefix, found]))
"""


@dataclass(frozen=True, slots=True)
class PythonInterpreter:
    """An interpreter and what it needs to be shown."""

    program: str
    toolchains: tuple[Path, ...] = ()
    own: bool = False
    """Whether the project's user made it for the project."""
    name: str = ""
    """How it is shown to users."""
    note: str = ""
    """What a person has to know of where the tests run."""
    aliases: tuple[Path, ...] = ()
    """Folders that packages installed from the repository are looked for in."""
    version: str = ""
    """Of one that was found to run in the sandbox."""
    modules: frozenset[str] = frozenset()
    """What it can import there of what runs tests."""


async def probe_python(
    executor: Executor, workspace: Path, python: PythonInterpreter
) -> PythonInterpreter | None:
    """Ask a Python what it is; None where it does not run, or is rooftree's own."""
    command = Command(
        # Apart from the workspace, whose modules could pass for a runner.
        (python.program, "-I", "-c", _PROBE),
        workspace,
        writable=False,
        toolchains=python.toolchains,
        limits=ExecutionLimits(seconds=SECONDS),
        merged=False,
    )
    execution = await executor.run(command)
    try:
        version, prefix, modules = json.loads(execution.output)
    except (ValueError, TypeError):
        return None
    if not execution.succeeded or (
        executor.shares_host and is_ours(Path(prefix)) and not python.own
    ):
        return None
    return replace(python, version=str(version), modules=frozenset(modules))


def candidates(
    executor: Executor, root: Path, environ: Mapping[str, str], folder: str = ""
) -> Iterator[PythonInterpreter]:
    """Yield the environments of a folder and of the project, the user's active one, the system's.

    Raises UsageError where an environment of the project may not be used.
    """
    if not executor.shares_host:
        yield PythonInterpreter("python3", name="python3 of the image")
        return
    yield from _own(root, environ, folder)
    for program in SYSTEM:
        if Path(program).exists():
            yield PythonInterpreter(program, name=program)


def own_python(
    root: Path, environ: Mapping[str, str], folder: str = ""
) -> PythonInterpreter | None:
    """Return the first environment of a folder or of the project; None where there is none."""
    return next(_own(root, environ, folder), None)


def _own(root: Path, environ: Mapping[str, str], folder: str) -> Iterator[PythonInterpreter]:
    for place in dict.fromkeys(_environments(root, folder, environ)):
        if is_environment(place) and not _is_only_ours(place, root):
            yield _python_of(place, root)


def is_ours(prefix: Path) -> bool:
    """Say whether an environment or an installation is the one that rooftree runs in."""
    return Path(os.path.realpath(prefix)) == Path(os.path.realpath(sys.prefix))


def _environments(root: Path, folder: str, environ: Mapping[str, str]) -> Iterator[Path]:
    for base in dict.fromkeys((root / folder, root)):
        yield from (base / name for name in ENVIRONMENTS)
        for many in MANY:
            yield from sorted((base / many).glob("*"), key=_after_versions)
    active = environ.get("VIRTUAL_ENV", "")
    if active.startswith("/"):
        yield Path(active)


def _after_versions(place: Path) -> tuple[bool, bool, tuple[int, ...], str]:
    """Put environments in which tests run first, the newest Python's before others."""
    name = place.name
    newest = tuple(-int(number) for number in re.findall(r"[0-9]{1,9}", name))
    return NO_TESTS.search(name) is not None, not name.startswith("py"), newest, name


def _is_only_ours(place: Path, root: Path) -> bool:
    """Say whether an environment is rooftree's, and not the project's as well.

    Who installs rooftree into the project's environment, or works on rooftree, has one for both.
    """
    real = Path(os.path.realpath(place))
    return is_ours(real) and not real.is_relative_to(os.path.realpath(root))


def _python_of(folder: Path, root: Path) -> PythonInterpreter:
    """Return the Python of an environment; UsageError where the repository could have made it."""
    real = Path(os.path.realpath(folder))
    leads_elsewhere = real != Path(os.path.realpath(folder.parent)) / folder.name
    # A home folder in git puts its Pythons inside an outer repository: not in this one.
    ground = repository_folders(root, outer=False)
    if holds(real, ground) or (leads_elsewhere and _belongs(real, root, ground)):
        what = "a link into the repository or above it" if leads_elsewhere else "the repository"
        raise UsageError(
            f"{str(folder)!r} is {what}, and would show its files to the tests; make an "
            "environment with `python -m venv` in its stead"
        )
    everywhere = repository_folders(root)
    if _is_tracked(folder, everywhere) or _is_tracked(real, everywhere):
        raise UsageError(
            f"{folder.name!r} is tracked by the repository, so whoever wrote that could name any "
            "folder in it; take it out (`git rm -r --cached`), and make it anew with "
            "`python -m venv`"
        )
    note = ""
    if leads_elsewhere:
        note = f"the tests run in {str(real)!r}, which {str(folder)!r} leads to"
    elif is_ours(real):
        note = f"the tests run in {str(folder)!r}, where rooftree itself is installed"
    program = folder / "bin" / "python"
    inside = program.is_relative_to(root)
    return PythonInterpreter(
        str(real / "bin" / "python"),
        of_environment(folder, ground),
        own=True,
        name=str(program.relative_to(root) if inside else program),
        note=note,
        aliases=aliases_of(real, root, ground),
    )


def _belongs(real: Path, root: Path, ground: frozenset[str]) -> bool:
    """Say whether a folder lies in the repository; what git does not track of another worktree of
    it, such as the one environment that all of them share, is the user's own.
    """
    around = _worktree_around(real)
    in_another = around is not None and around != Path(os.path.realpath(root))
    if around is not None and in_another and ".git" not in real.relative_to(around).parts:
        return False
    return lies_on(real, ground)


def _worktree_around(place: Path) -> Path | None:
    return next((one for one in place.parents if os.path.lexists(one / ".git")), None)


def _is_tracked(folder: Path, ground: frozenset[str]) -> bool:
    """Say whether git has a folder, a link in its place, or part of it, in the worktree around it.

    The active environment may lie in another worktree or a submodule, or be named by a link.
    """
    place = Path(os.path.realpath(folder.parent)) / folder.name
    around = _worktree_around(place)
    if around is None or not lies_on(around, ground):
        return False
    named = str(place.relative_to(around))
    answer = run_git(around, "--literal-pathspecs", "ls-files", "-z", "--", named)
    if answer.code != 0:
        raise UsageError(f"git cannot tell whether it tracks {str(folder)!r}: {answer.error}")
    return bool(answer.output)
