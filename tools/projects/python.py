"""Find a Python that can run a project's tests, by asking each candidate inside the sandbox.

An environment in the repository is the project's own only where the user made it. One that came
with the repository could name any folder of the machine, so it is refused, and no other is taken
in its stead: tests that pass in another environment say nothing of this one.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from indexing.git import run_git
from rooftree.errors import UsageError
from rooftree.programs import ground_of
from tools.sandbox.execution import Command, Executor, Limits
from tools.sandbox.toolchains import holds, is_environment, lies_on, of_environment, own_python

SECONDS = 20.0
ENVIRONMENTS = (".venv", "venv", "env", ".env")


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter and what it needs to be shown."""

    program: str
    toolchains: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    """The environment, as the project or its user names it; empty where it is neither's."""
    note: str = ""
    """What a person has to know of where the tests run."""


async def find_python(
    executor: Executor, workspace: Path, root: Path, modules: tuple[str, ...]
) -> Python | None:
    """Return the first Python that can import these modules; None where none can.

    Raises UsageError where an environment of the project may not be used.
    """
    lacking: list[str] = []
    for candidate in candidates(executor, root, os.environ):
        code = "; ".join(f"import {module}" for module in modules) or "pass"
        command = Command(
            (candidate.program, "-c", code),
            workspace,
            writable=False,
            toolchains=candidate.toolchains,
            limits=Limits(seconds=SECONDS),
        )
        if (await executor.run(command)).succeeded:
            return replace(candidate, note=candidate.note or _instead(candidate, lacking, code))
        if candidate.own:
            lacking.append(candidate.own)
    return None


def _instead(candidate: Python, lacking: list[str], code: str) -> str:
    """Say so where the tests run elsewhere than in an environment that is there."""
    if not lacking:
        return ""
    return f"the tests run with {candidate.program!r}: `{code}` fails in {', '.join(lacking)}"


def candidates(executor: Executor, root: Path, environ: Mapping[str, str]) -> Iterator[Python]:
    """Yield the project's own environment, the user's active one, the system's, and ours."""
    if not executor.shares_host:
        yield Python("python3")
        return
    folders = [root / name for name in ENVIRONMENTS]
    active = environ.get("VIRTUAL_ENV", "")
    if active.startswith("/"):
        folders.append(Path(active))
    for folder in folders:
        if is_environment(folder):
            yield _python_of(folder, root)
    yield Python("/usr/bin/python3")
    # Plugins of ours would judge a project by settings that it does not have.
    yield Python(sys.executable, own_python(), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


def _python_of(folder: Path, root: Path) -> Python:
    """Return the Python of an environment; UsageError where the repository could have made it."""
    real = Path(os.path.realpath(folder))
    leads_elsewhere = real != Path(os.path.realpath(folder.parent)) / folder.name
    # Whoever keeps his home in git has his Pythons in a repository around: not in this one.
    ground = ground_of(root, outer=False)
    if holds(real, ground) or (leads_elsewhere and _belongs(real, root, ground)):
        what = "a link into the repository or above it" if leads_elsewhere else "the repository"
        raise UsageError(
            f"{str(folder)!r} is {what}, and would show its files to the tests; make an "
            "environment with `python -m venv` in its stead"
        )
    everywhere = ground_of(root)
    if _is_tracked(folder, everywhere) or _is_tracked(real, everywhere):
        raise UsageError(
            f"{folder.name!r} is tracked by the repository, so whoever wrote that could name any "
            "folder in it; take it out (`git rm -r --cached`), and make it anew with "
            "`python -m venv`"
        )
    note = f"the tests run in {str(real)!r}, which {str(folder)!r} leads to"
    return Python(
        str(real / "bin" / "python"),
        of_environment(folder, ground),
        own=str(folder),
        note=note if leads_elsewhere else "",
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
