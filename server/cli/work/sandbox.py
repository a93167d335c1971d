"""`rooftree sandbox`: run a command contained, or prove that it would be."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.text.visible import escaped_line
from server.cli.terminal.common import JsonOption, load, print_json, print_line
from server.cli.terminal.output import note, write

if TYPE_CHECKING:
    from rooftree.config import Config
    from tools.sandbox.process.execution import Execution
    from tools.sandbox.selftest.selftest import SelfTest

app = typer.Typer(no_args_is_help=True, help="Run a command contained, or prove that it would be.")


# What stands before the command is ours: an option that we do not have is no command.
@app.command("run", context_settings={"allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(help="The command, after `--`.")],
    workspace: Annotated[Path, typer.Option(help="The folder that it sees a copy of.")] = Path(),
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds that it may take.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run a command on a copy of a folder; nothing that it does reaches the folder itself.

    Exit code: the command's own; 124 at the time limit, 137 at another limit, 3 without a sandbox.
    """
    import asyncio

    execution, touched = asyncio.run(_run(load(), command, workspace, timeout))
    if json:
        print_json(_told(execution, touched))
    else:
        write(execution.output)
        sys.stdout.flush()
        if execution.ended != "exited":
            note(f"rooftree: {execution.reason}")
        if touched:
            shown = ", ".join(map(escaped_line, touched[:5])) + (" …" if len(touched) > 5 else "")
            note(f"rooftree: {len(touched)} files were written in the copy and are gone: {shown}")
    raise typer.Exit(execution.exit_code)


@app.command("selftest")
def selftest(json: JsonOption = False) -> None:
    """Try to get out of the sandbox in every known way; exit 3 where one of them works."""
    import asyncio

    test = asyncio.run(_selftest(load()))
    if json:
        print_json(test.as_json())
    else:
        print_line(f"{test.executor} {test.version}")
        for probe in test.probes:
            verdict = "contained" if probe.contained else f"NOT CONTAINED: {probe.detail}"
            print_line(f"  {probe.name:<24} {verdict}")
    if not test.passed:
        raise typer.Exit(3)


async def _run(
    config: "Config", command: list[str], workspace: Path, seconds: float | None
) -> "tuple[Execution, tuple[str, ...]]":
    import tempfile
    from dataclasses import replace

    from rooftree.git.commands import open_worktree
    from tools.drafts.snapshot import take_snapshot
    from tools.drafts.workspace import MIB, Workspace
    from tools.sandbox.executor_choice import choose, limits_of
    from tools.sandbox.process.execution import Command

    worktree = open_worktree(workspace)
    executor = await choose(config.sandbox, worktree.root)
    limits = limits_of(config.sandbox)
    if seconds is not None:
        limits = replace(limits, seconds=seconds)
    with tempfile.TemporaryDirectory(prefix="rooftree-") as folder:
        place = Path(folder)
        largest = config.sandbox.copy_mib * MIB
        copy = Workspace.make(place / "copy", take_snapshot(worktree, place), largest)
        tools = tuple(config.sandbox.toolchains)
        try:
            execution = await executor.run(
                Command(tuple(command), copy.root, toolchains=tools, limits=limits)
            )
            return execution, copy.reset()
        finally:
            copy.remove()


async def _selftest(config: "Config") -> "SelfTest":
    from rooftree.errors import SandboxUnavailableError
    from tools.sandbox.executor_choice import OFF, find
    from tools.sandbox.selftest.selftest import self_test

    backend = config.sandbox.backend
    if backend == "none":
        raise SandboxUnavailableError(OFF)
    chosen = "bubblewrap" if backend == "auto" else backend
    return await self_test(find(chosen, config.sandbox, None))


def _told(execution: "Execution", touched: tuple[str, ...]) -> dict[str, object]:
    return {
        "exit_code": execution.exit_code,
        "ended": execution.ended,
        "seconds": round(execution.seconds, 3),
        "output": execution.output,
        "dropped_bytes": execution.dropped_bytes,
        "touched": list(touched),
    }
