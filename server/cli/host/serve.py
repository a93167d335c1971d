"""`rooftree serve`."""

import asyncio
import os
import threading
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from server.cli.terminal.common import HERE, load, print_line
from server.cli.terminal.output import note

LEAVE_SECONDS = 2.5
"""So long everything may take to close once the last answer is given."""


def serve(
    repo: Annotated[
        list[Path] | None,
        typer.Option(help="A repository to own; the first is the default one."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option(help="Allow an address beyond loopback: a TLS proxy stands in front.")
    ] = False,
) -> None:
    """Serve the OpenAI API, search and ask on loopback; it owns the index while it runs."""
    from rooftree.config import load_config
    from rooftree.telemetry.logs import logger
    from server.access.api_keys import NARROWER, USUAL_SCOPES, KeyStore, wide_keys
    from server.http.serve import serve as serve_http
    from server.services.host import Host
    from server.services.upkeep import Upkeep

    load()
    config = load_config({"serve.host": host, "serve.port": port}).config
    with closing(KeyStore(config.paths.server_database())) as store:
        key = store.create_first()
        wide = wide_keys(store.list())
    if key is not None:
        print_line(f"API key (shown once): {key}")
        print_line(
            f"its scopes: {', '.join(sorted(USUAL_SCOPES))} (`rooftree keys create` makes others)"
        )
    if wide:
        logger("server").warning("keys %s", wide)
        note(f"warning: keys {wide}; {NARROWER}")

    async def run() -> None:
        paths = [path.absolute() for path in repo or [HERE]]
        working = Host(config, default=paths[0], owner=True)
        upkeep = Upkeep(working)
        try:
            working.check_model()
            for path in paths:
                await asyncio.to_thread(working.repositories.open, path)
            upkeep.start()
            await serve_http(
                working,
                announce=lambda url: print_line(f"serving {url}/v1"),
                roots=working.repositories.roots(),
                behind_proxy=behind_proxy,
            )
        finally:
            _leave_soon()
            await upkeep.aclose()
            await working.aclose()

    asyncio.run(run())


def _leave_soon() -> None:
    """End the process in a moment, also where a thread still works: its result is not needed.

    What is committed is kept, and the unreleased lock entry causes a full check next time.
    """
    last = threading.Timer(LEAVE_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()
