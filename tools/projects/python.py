"""Find a Python that can run a project's tests, by asking each candidate inside the sandbox."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.errors import UsageError
from tools.sandbox.execution import Command, Executor, Limits
from tools.sandbox.toolchains import of_environment, own_python

SECONDS = 20.0
ENVIRONMENTS = (".venv", "venv", "env", ".env")


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter and what it needs to be shown."""

    program: str
    toolchains: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


async def find_python(
    executor: Executor, workspace: Path, root: Path, modules: tuple[str, ...]
) -> Python | None:
    """Return the first Python that can import these modules; None where none can."""
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
            return candidate
    return None


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
        try:
            shown = of_environment(folder)
        except UsageError:
            continue
        yield Python(str(Path(os.path.realpath(folder)) / "bin" / "python"), shown)
    yield Python("/usr/bin/python3")
    # Plugins of ours would judge a project by settings that it does not have.
    yield Python(sys.executable, own_python(), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
