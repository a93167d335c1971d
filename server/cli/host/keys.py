"""`rooftree keys`: the API keys of the HTTP server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.errors import UsageError
from server.cli.terminal.common import JsonOption, load, print_json, print_line
from server.cli.terminal.output import note

if TYPE_CHECKING:
    from server.access.api_keys import KeyStore

app = typer.Typer(help="API keys of `rooftree serve`.", no_args_is_help=True)


@contextmanager
def key_store() -> "Iterator[KeyStore]":
    """Open the server's key store."""
    from server.access.api_keys import KeyStore

    with closing(KeyStore(load().paths.server_database())) as store:
        yield store


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="What it opens: chat, search, review, execute, index or admin. Repeat it, or "
            "separate them by commas. By default chat and search.",
        ),
    ] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="Open everything.")] = False,
    json: JsonOption = False,
) -> None:
    """Create a key and print it once; it is kept only as a hash."""
    scopes = _scopes(scope, all_scopes=all_scopes)
    with key_store() as store:
        key = store.create(name, scopes)
    if json:
        print_json({"key": key, "name": name, "scopes": sorted(scopes)})
        return
    print_line(key)
    note(f"shown once; its scopes: {', '.join(sorted(scopes))}")


@app.command("list")
def list_keys(json: JsonOption = False) -> None:
    """List the keys and their scopes, without their secrets."""
    from server.access.api_keys import NARROWER, wide_keys

    with key_store() as store:
        keys = store.list()
    if wide := wide_keys(keys):
        note(f"warning: keys {wide}; {NARROWER}")
    rows = [key.as_json() for key in keys]
    if json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked"] else "active"
        scopes = ",".join(row["scopes"])
        print_line(f"{row['id']}  {row['name']:<20} {state:<7}  {scopes}  created {row['created']}")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id, as `list` shows it.")],
    json: JsonOption = False,
) -> None:
    """Revoke a key at once."""
    with key_store() as store:
        key = store.revoke(key_id)
    if json:
        print_json(key.as_json())
    else:
        print_line(f"revoked {key_id}")


def _scopes(given: list[str] | None, *, all_scopes: bool) -> "frozenset[str]":
    """Return the scopes that are asked for; `--scope chat,search` is two."""
    from server.access.api_keys import SCOPES, USUAL_SCOPES

    if all_scopes and given:
        raise UsageError("give --scope or --all-scopes, not both")
    if given is None:
        return SCOPES if all_scopes else USUAL_SCOPES
    return frozenset(part.strip() for text in given for part in text.split(",") if part.strip())
