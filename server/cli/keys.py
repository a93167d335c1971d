"""`rooftree keys`: the API keys of the HTTP server."""

from typing import Annotated

import typer

from server.cli.common import JsonOption, load, print_json, say

app = typer.Typer(help="API keys of `rooftree serve`.", no_args_is_help=True)


@app.command()
def create(name: Annotated[str, typer.Argument(help="Whose key it is.")]) -> None:
    """Create a key and print it once; it is kept only as a hash."""
    from server.auth import KeyStore

    say(KeyStore(load().paths.server_database()).create(name))


@app.command("list")
def list_keys(json: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    from server.auth import KeyStore

    rows = [key.as_json() for key in KeyStore(load().paths.server_database()).list()]
    if json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked"] else "active"
        say(f"{row['id']}  {row['name']:<20} {state}  created {row['created']}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id, as `list` shows it.")]) -> None:
    """Revoke a key at once."""
    from server.auth import KeyStore

    KeyStore(load().paths.server_database()).revoke(key_id)
    say(f"revoked {key_id}")
