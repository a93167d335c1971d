"""`rooftree runs`: what was done, step by step, and how another model would have done it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.change import Teller, tell_outcome
from server.cli.common import JsonOption, load, print_json, say, with_services
from server.cli.output import write
from server.cli.person import show_diff

if TYPE_CHECKING:
    from server.services import Services

app = typer.Typer(no_args_is_help=True, help="List, show and replay what was done.")


@app.command("list")
def list_runs(
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many.")] = 20,
    json: JsonOption = False,
) -> None:
    """List the runs, the newest first."""
    from agents.runs.store import RunStore, worded

    records = RunStore(load().paths).all()[:limit]
    if json:
        print_json([record.as_json() for record in records])
        return
    if not records:
        say("no runs yet; `rooftree change` makes one")
    for record in records:
        ended = worded(record.status, record.summary)
        applied = " applied" if record.applied else ""
        task = " ".join(record.task.split())[:60]
        say(f"{record.id}  {record.kind} {ended}{applied}  {record.model}  {task}")


@app.command("show")
def show(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or `last`.")] = "last",
    events: Annotated[bool, typer.Option("--events", help="Show every event too.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what a run was asked, what it did and what came of it."""
    from agents.runs.store import RunStore, worded

    folder = RunStore(load().paths).open(run)
    record, outcome = folder.record(), folder.outcome()
    if json:
        told: dict[str, Any] = record.as_json() | {"outcome": outcome}
        if events:
            told["events"] = list(folder.told())
        print_json(told)
        return
    ended = worded(record.status, record.summary)
    say(f"{record.id}  {record.kind}  {ended}  {record.started}  {record.model}")
    say(f"{record.repo} at {record.commit or '(no commit)'}")
    say(record.task)
    if outcome and record.kind == "review":
        from server.reports.text import text_report

        write(text_report(outcome))
    elif outcome:
        tell_outcome(outcome)
    elif record.kind == "review":
        say("it has not ended; `rooftree review` begins it anew")
    else:
        say(f"it has not ended; `rooftree change --resume {record.id}` goes on")
    if events:
        for event in folder.told():
            say(f"{event['seq']:>4} {event['kind']} {event['data']}")


@app.command("replay")
def replay(
    run: Annotated[str, typer.Argument(help="The run that is done again.")],
    model: Annotated[str, typer.Option("--model", help="The alias or model that does it.")],
    json: JsonOption = False,
) -> None:
    """Do a recorded run again with another model, from the same files; nothing is applied."""
    from agents.runs.store import worded

    teller = Teller(quiet=json)

    async def work(services: "Services") -> dict[str, Any]:
        return await services.changes.replay(run, model, teller)

    with teller.bars:
        told = with_services(load(), work)
    if json:
        print_json(told)
        return
    for name in ("before", "after"):
        one = told[name]
        ended = worded(one["status"], one["summary"])
        say(f"{name}: {ended}: {one['summary'].removeprefix(f'{ended}: ')} ({one['run']})")
    say("the same diff" if told["same_diff"] else "another diff:")
    if not told["same_diff"]:
        show_diff(told["after"] if told["after"]["diff"] else {"diff": "(none)"})
