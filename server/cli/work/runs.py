"""`rooftree runs`: what was done, step by step, and how another model would have done it."""

from typing import TYPE_CHECKING, Annotated

import typer

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
from server.cli.terminal.output import write
from server.cli.work.change import print_outcome
from server.cli.work.change_progress import describe_change
from server.cli.work.terminal_approver import show_diff

if TYPE_CHECKING:
    from server.operations.work.records import RunRecord
    from server.operations.work.run import RunResponse

app = typer.Typer(no_args_is_help=True, help="List, show and replay what was done.")


@app.command("list")
def list_runs(
    repo: RepoOption = HERE,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Those of every repository, and not of this one alone.")
    ] = False,
    kind: Annotated[str, typer.Option(help="Those of one kind: ask, change or review.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    json: JsonOption = False,
) -> None:
    """List the runs of a repository and its worktrees, the newest first."""
    from agents.runs.run_lookup import EVERYWHERE
    from rooftree.git.commands import open_worktree
    from server.operations.work.runs import RUNS, RunsRequest

    place = "" if everywhere else str(open_worktree(repo).root)
    where = {"repo": place} if place else {}
    records = perform(RUNS, RunsRequest.of(limit=limit, kind=kind, **where), load(), here=True).runs
    if json:
        print_json([record.model_dump() for record in records])
        return
    if not records:
        hint = f"`rooftree change` makes one, and {EVERYWHERE}" if place else "none anywhere"
        print_line(f"no runs{f' of {escaped_line(place)}' if place else ''} yet; {hint}")
    for record in records:
        _print_listed(record, place)


@app.command("show")
def show(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or `last`.")] = "last",
    repo: RepoOption = HERE,
    events: Annotated[bool, typer.Option("--events", help="Show every event too.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what a run was asked, what it did and what came of it; `last` is this repository's."""
    from server.operations.work.run import RUN, ShownRunRequest

    request = ShownRunRequest.of(run=run, repo=str(repo), events=events)
    found = perform(RUN, request, load(), here=True)
    if json:
        print_json(found)
    else:
        _print_run(found)


@app.command("replay")
def replay(
    run: Annotated[str, typer.Argument(help="The run that is done again.")],
    model: Annotated[str, typer.Option(help="The alias or model that does it.")],
    repo: RepoOption = HERE,
    json: JsonOption = False,
) -> None:
    """Do a recorded run again with another model, from the same files; nothing is applied."""
    from server.operations.work.replay import REPLAY, ReplayRequest

    request = ReplayRequest.of(run=run, model=model, repo=str(repo))
    told = perform(
        REPLAY, request, load(), describe=describe_change, quiet=json, here=True
    ).model_dump()
    if json:
        print_json(told)
        return
    from agents.runs.store import status_text

    print_line(f"a change of {escaped_line(told['repo'])}; nothing is applied")
    for name in ("before", "after"):
        one = told[name]
        ended = status_text(one["status"], one["summary"])
        print_line(f"{name}: {ended}: {one['summary'].removeprefix(f'{ended}: ')} ({one['run']})")
    print_line("the same diff" if told["same_diff"] else "another diff:")
    if not told["same_diff"]:
        show_diff(told["after"] if told["after"]["diff"] else {"diff": "(none)"})


def _print_listed(record: "RunRecord", place: str) -> None:
    from agents.runs.store import status_text

    ended = status_text(record.status, record.summary)
    applied = " applied" if record.applied else ""
    task, model = " ".join(record.task.split())[:60], record.model or "no model"
    where = "" if record.repo == place else f"  {escaped_line(record.repo)}"
    print_line(f"{record.id}  {record.kind} {ended}{applied}  {model}{where}  {task}")


def _print_run(found: "RunResponse") -> None:
    from agents.runs.run_lookup import run_arguments
    from agents.runs.store import status_text
    from server.reports.text import text_report

    ended = status_text(found.status, found.summary)
    model = found.model or "no model"
    print_line(f"{found.id}  {found.kind}  {ended}  {found.started}  {model}")
    print_line(f"{escaped_line(found.repo)} at {found.commit or '(no commit)'}")
    print_line(found.task)
    if found.kind == "ask":
        print_line(f"\n{found.outcome.get('answer', 'its answer cannot be read')}")
    elif found.outcome and found.kind == "review":
        write(text_report(found.outcome))
    elif found.outcome:
        print_outcome(found.outcome)
    elif found.kind == "review":
        print_line("it has not ended; `rooftree review` begins it anew")
    else:
        named = run_arguments(found.id, found.repo)
        print_line(f"it has not ended; `rooftree change --resume {named}` goes on")
    for event in found.events:
        print_line(f"{event['seq']:>4} {event['kind']} {event['data']}")
