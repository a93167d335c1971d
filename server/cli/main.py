"""The `rooftree` command: its subcommands, and how errors become messages and exit codes."""

import os
import sys
from typing import Annotated

import typer

from rooftree import __version__
from rooftree.offline import stay_offline
from server.cli.find import ask, history, repo_map, search, symbols
from server.cli.host import config, doctor, evaluate, gc, index, keys, serve
from server.cli.models import endpoints, models
from server.cli.terminal.failures import INTERRUPTED, TERMINATED, TerminationSignal, failed
from server.cli.terminal.output import note, prepare_streams, write
from server.cli.work import change, project, review, runs, sandbox

app = typer.Typer(
    name="rooftree",
    help="A private code assistant that never claims what it has not checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ask")(ask.ask)
app.command("chat")(ask.chat)
app.command("change")(change.change)
app.command("apply")(change.apply)
app.command("undo")(change.undo)
app.command("review")(review.review)
app.command("project")(project.project)
app.command("search")(search.search)
app.command("symbols")(symbols.symbols)
app.command("references")(symbols.references)
app.command("map")(repo_map.repo_map)
app.command("history")(history.history)
app.command("index")(index.index)
app.command("status")(index.status)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("gc")(gc.gc)
app.command("tune")(evaluate.tune)
app.add_typer(evaluate.app, name="eval")
app.add_typer(models.app, name="models")
app.add_typer(endpoints.app, name="endpoints")
app.add_typer(keys.app, name="keys")
app.add_typer(runs.app, name="runs")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(config.app, name="config")


def _print_version(wanted: bool) -> None:
    if wanted:
        write(f"rooftree {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Set up what every command shares; `version` is handled by its own callback."""
    stay_offline()
    # numpy's second thread waits by spinning, which costs a search more than it saves.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def run() -> None:
    """Run the command line and exit with its code; a known failure is one line, never a trace."""
    prepare_streams()
    termination = TerminationSignal()
    termination.listen()
    try:
        app(prog_name="rooftree")
    except SystemExit as leaving:
        if leaving.code != INTERRUPTED:  # which typer makes of Ctrl-C
            raise
        ended = "terminated" if termination.came else "interrupted"
        note(f"rooftree: {ended}; what was finished is kept")
        sys.exit(TERMINATED if termination.came else INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last boundary: a person gets a line, the log the trace
        sys.exit(failed(error))
