"""`rooftree project`: what a project can have done, and a person's word on its `.rooftree.toml`."""

import asyncio
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.errors import UsageError
from rooftree.text.visible import escaped_line
from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    load,
    perform,
    print_json,
    print_line,
)
from server.cli.work.terminal_approver import TerminalApprover

if TYPE_CHECKING:
    from pathlib import Path

    from rooftree.config import Config
    from server.operations.index.project import FoundOperation, ProjectResponse

STATES = {
    "confirmed": "confirmed by you, and used",
    "unconfirmed": "not confirmed as it is now, so it is not used",
    "wrong": "wrong, so it is not used",
}


def project(
    repo: RepoOption = HERE,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Show the [project] of .rooftree.toml, and ask to use it."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Say how this project is tested, linted and built: each command, what runs it, what lacks.

    Commands of .rooftree.toml count only while you have confirmed them as they are; they may come
    from whoever wrote the repository, so it is asked at the terminal and by no flag.

    Exit code 0: tests can be run here. 1: none can. 2: wrong usage, or not confirmed.
    """
    from server.operations.index.project import PROJECT, ProjectRequest

    config = load()
    if confirm:
        if json:
            raise UsageError("--confirm asks a person, and --json prints nothing for one")
        _confirm(config, repo)
        return
    found = perform(PROJECT, ProjectRequest.of(repo=str(repo)), config, here=True)
    if json:
        print_json(found)
    else:
        print_project(found)
    can_test = any(one.kind == "test" and one.runs for one in found.operations)
    raise typer.Exit(0 if can_test else 1)


def _confirm(config: "Config", repo: "Path") -> None:
    """Show a section whole, and keep that the person at the terminal agrees to it."""
    from rooftree.git.commands import open_worktree
    from tools.projects.configuration.confirmations import Confirmations
    from tools.projects.configuration.section import FILE, read_section

    worktree = open_worktree(repo)
    section = read_section(_read(worktree.root, FILE))
    where = escaped_line(str(worktree.root))
    if section is None:
        raise UsageError(f"{where} has no [project] in {FILE}, so there is nothing to confirm")
    if not sys.stdin.isatty():
        raise UsageError("--confirm asks a person: run it in a terminal")
    kept = Confirmations(config.paths, worktree.repo_id)
    print_line(f"[project] in {FILE} of {where}, each run in the sandbox, without a shell:")
    for line in section.lines():
        print_line(f"  {line}")
    if kept.holds(section):
        print_line("you have confirmed it as it is")
        return
    if not asyncio.run(TerminalApprover().agrees("use these commands for this repository")):
        print_line("not confirmed: these commands are not used")
        raise typer.Exit(2)
    kept.keep(section)
    print_line("confirmed, until a word of it changes")


def _read(root: "Path", name: str) -> bytes | None:
    """Read a file of a repository, through no link; None where there is none."""
    from rooftree.confined_files import read_beneath
    from rooftree.errors import ToolRefusedError
    from tools.projects.configuration.section import MAX_BYTES

    try:
        return read_beneath(root, name, MAX_BYTES).data
    except FileNotFoundError:
        return None
    except (OSError, ToolRefusedError) as error:
        raise UsageError(f"{name!r} cannot be read: {error}") from error


def print_project(found: "ProjectResponse") -> None:
    """Print a project for a person: a folder, its operations, and what is said of them."""
    folders = dict.fromkeys(one.folder for one in found.operations)
    if not folders:
        print_line(f"nothing of {escaped_line(found.repo)} tells how it is tested or built")
    for folder in folders:
        print_line(f"{escaped_line(folder)}/" if folder else "the root")
        for one in found.operations:
            if one.folder == folder:
                _print_operation(one)
    section = found.section
    if section.state != "none":
        print_line(f"[project] in .rooftree.toml: {STATES[section.state]}")
        for line in section.commands:
            print_line(f"    {escaped_line(line)}")
    for text in (*found.notes, *found.gaps):
        print_line(f"note: {escaped_line(text)}")


def _print_operation(one: "FoundOperation") -> None:
    mark = {True: "runs", False: "lacks", None: "?"}[one.runs]
    command = " && ".join(map(shlex.join, (*one.before, one.command)))
    print_line(f"  {one.kind:<6} {mark:<5} {escaped_line(command)}")
    if one.runs and one.toolchain:
        print_line(f"               by {escaped_line(one.toolchain)}")
    if one.lacks:
        print_line(f"               {escaped_line(one.lacks)}")
