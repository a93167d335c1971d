"""`rooftree config`: what is set, and by whom."""

from typing import Annotated

import typer

from server.cli.terminal.common import JsonOption, print_json, print_line

app = typer.Typer(help="The configuration.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep `show` a subcommand although it is the only one."""


@app.command()
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Say who set each value.")] = False,
    json: JsonOption = False,
) -> None:
    """Print every setting."""
    from rooftree.config import load_config

    rows = load_config().rows()
    if json:
        print_json([{"key": key, "value": value, "origin": who} for key, value, who in rows])
        return
    for key, value, who in rows:
        print_line(f"{key} = {value!r}" + (f"    # {who}" if origin else ""))
