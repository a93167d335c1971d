"""`rooftree keys`: the API keys of the HTTP server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.common import JsonOption, load, print_json, say

if TYPE_CHECKING:
    from server.auth import KeyStore

app = typer.Typer(help="API keys of `rooftree serve`.", no_args_is_help=True)


@contextmanager
def key_store() -> "Iterator[KeyStore]":
    """Open the server's key store."""
    from server.auth import KeyStore

    with closing(KeyStore(load().paths.server_database())) as store:
        yield store


@app.command()
def create(name: Annotated[str, typer.Argument(help="Whose key it is.")]) -> None:
    """Create a key and print it once; it is kept only as a hash."""
    with key_store() as store:
        say(store.create(name))


@app.command("list")
def list_keys(json: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    with key_store() as store:
        rows = [key.as_json() for key in store.list()]
    if json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked"] else "active"
        say(f"{row['id']}  {row['name']:<20} {state}  created {row['created']}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id, as `list` shows it.")]) -> None:
    """Revoke a key at once."""
    with key_store() as store:
        store.revoke(key_id)
    say(f"revoked {key_id}")
