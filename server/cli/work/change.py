"""`rooftree change`, `apply` and `undo`: change a repository, and take it back."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from server.cli.work.change_progress import describe_change
from server.cli.work.terminal_approver import TerminalApprover, review_text, show_diff

if TYPE_CHECKING:
    from server.operations.work.records import RunRecord

EXIT_CODES = {
    "verified": 0,
    "verified_by_own_tests": 0,
    "verified_as_rename": 0,
    "verified_as_move": 0,
    "verified_as_upgrade": 0,
    "unverified": 1,
    "failed": 1,
}
THE_RUN = "A run's id or its beginning; by default the last change of this repository."
MODES = ("ask", "edits", "all", "never")


def change(
    task: Annotated[
        str, typer.Argument(help="What is to be changed; `-` reads it from stdin.")
    ] = "",
    task_file: Annotated[
        Path | None, typer.Option(help="Read the task from this file; `-` as the task is stdin.")
    ] = None,
    repo: RepoOption = HERE,
    approve: Annotated[
        str | None,
        typer.Option(help="ask, edits (the diff alone), all (what tests prove) or never."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="A protected path that may be changed, such as a CI file."),
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="A JSON file with the plan to follow.")] = None,
    model: Annotated[str, typer.Option(help="The alias that plays every role.")] = "",
    resume: Annotated[
        str,
        typer.Option(help="Go on with a run that was cut off; `last` is this repository's."),
    ] = "",
    test_command: Annotated[
        str,
        typer.Option(help="What runs the tests; quoted as in a shell, but run without one."),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Change a repository: plan, edit, run its tests in the sandbox, review, ask, apply.

    Exit code 0: verified by the project's tests, or by new tests of the change that fail without
    it, or as a whole rename or move, or as an upgrade whose tests ran with that version (it says
    which). 1: nothing proves it, or no edit was found. 2: wrong usage. 3: could not be done.
    """
    from server.operations.work.change import CHANGE, ChangeRequest
    from server.operations.work.records import RunRequest
    from server.operations.work.resume import RESUME

    config = load()
    text = _task(task, task_file)
    at_terminal = sys.stdin.isatty() and task != "-" and not json
    do = partial(
        perform,
        config=config,
        describe=describe_change,
        quiet=json,
        here=True,
        approver=TerminalApprover() if at_terminal else None,
    )
    if resume:
        outcome = do(RESUME, RunRequest.of(run=resume, repo=str(repo)))
    else:
        request = ChangeRequest.of(
            task=text,
            repo=str(repo.absolute()),
            approve=_mode(approve or config.change.approve),
            allow=allow or [],
            plan=_plan(plan),
            model=model,
            test_command=_words(test_command),
        )
        outcome = do(CHANGE, request)
    if json:
        print_json(outcome)
    else:
        print_outcome(outcome.model_dump())
    raise typer.Exit(EXIT_CODES.get(outcome.status, 3))


def apply(
    run: Annotated[str, typer.Argument(help=THE_RUN)] = "last",
    repo: RepoOption = HERE,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask at the terminal after it was shown.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the change of a run that was not applied, and apply it; at a terminal it asks first.

    Nothing is applied in part, but where applying was cut off and you edited a file since: the
    others are finished then, and that one is left as it is and named.
    """
    from agents.runs.run_lookup import run_arguments
    from server.operations.work.apply import APPLY, ApplyRequest
    from server.operations.work.diff import DIFF
    from server.operations.work.records import RunRequest

    config = load()
    request = ApplyRequest.of(run=run, repo=str(repo))
    if not json:
        shown = perform(DIFF, RunRequest.of(run=run, repo=str(repo)), config, here=True)
        show_diff(shown.model_dump())
        question = f"apply run {shown.run} to {escaped_line(shown.repo)}"
        if not yes and sys.stdin.isatty() and not asyncio.run(TerminalApprover().agrees(question)):
            print_line("not applied: refused")
            raise typer.Exit(1)
        request = ApplyRequest.of(run=shown.run, repo=shown.repo, digest=shown.digest)
    record = perform(APPLY, request, config, here=True)
    if json:
        print_json(record)
        return
    _print_notes(record)
    undoing = f"`rooftree undo {run_arguments(record.id, record.repo)}` takes it back"
    print_line(f"applied to {escaped_line(record.repo)}; {undoing}")


def undo(
    run: Annotated[str, typer.Argument(help=THE_RUN)] = "last",
    repo: RepoOption = HERE,
    json: JsonOption = False,
) -> None:
    """Take back what a run applied; files that were edited since are not touched."""
    from agents.runs.run_lookup import run_arguments
    from server.operations.work.records import RunRequest
    from server.operations.work.undo import UNDO

    record = perform(UNDO, RunRequest.of(run=run, repo=str(repo)), load(), here=True)
    if json:
        print_json(record)
        return
    _print_notes(record)
    where = escaped_line(record.repo)
    if record.applied:
        again = f"`rooftree undo {run_arguments(record.id, record.repo)}` goes on"
        print_line(f"not all could be taken back in {where}; {again}")
        return
    what = "all else" if record.notes else "every file that it changed"
    print_line(f"{where}: {what} is as before run {record.id}")


def _print_notes(record: "RunRecord") -> None:
    for note in record.notes:
        print_line(escaped_line(note))


def print_outcome(told: dict[str, Any]) -> None:
    """Show what came of a change."""
    print_line()
    if told["diff"]:
        show_diff(told)
        print_line()
    from agents.runs.run_lookup import run_arguments
    from agents.runs.store import status_text

    words = status_text(told["status"], told["summary"])
    print_line(f"{words}: {escaped_line(told['summary'].removeprefix(f'{words}: '))}")
    review = told["review"]
    if told["diff"] and not (review and review.get("judgement") == "approved"):
        print_line(review_text(review))
    for text in told["notes"]:
        if text not in told["summary"]:  # it says why, and once is enough
            print_line(f"note: {escaped_line(text)}")
    spent = told["spending"]
    repo = told.get("repo", "")
    named = run_arguments(told["run"], repo)
    place = f" in {escaped_line(repo)}" if repo else ""
    print_line(
        f"run {told['run']}{place}: {spent['model_calls']} model calls, "
        f"{spent['prompt_tokens'] + spent['completion_tokens']} tokens, {spent['seconds']:.0f} s"
    )
    if told["applied"]:
        print_line(f"applied; `rooftree undo {named}` takes it back")
    elif told["diff"]:
        print_line(f"not applied: {told['why_not_applied']}; `rooftree apply {named}` applies it")


def _mode(text: str) -> str:
    if text not in MODES:
        raise UsageError(f"--approve is one of {', '.join(MODES)}, not {text!r}")
    return text


def _words(command: str) -> tuple[str, ...]:
    """Split the command that runs the tests; the empty one is none."""
    from tools.projects.configuration.section import argv_of

    return argv_of(command) if command.strip() else ()


def _task(task: str, path: Path | None) -> str:
    """Return what is to be done: as it was typed, from stdin, or from a file."""
    if path is None:
        return sys.stdin.read() if task == "-" else task
    if task:
        raise UsageError("give the task, or a file with it (--task-file), and not both")
    try:
        return path.read_text("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"the task {str(path)!r} cannot be read: {error.strerror}") from error


def _plan(path: Path | None) -> Any:
    """Read a plan from a file, as `--json` shows one."""
    import json

    if path is None:
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the plan {str(path)!r} cannot be read: {error}") from error
