"""Who may come in, and where this configuration connects to."""

import os
from contextlib import closing
from urllib.parse import urlsplit

from models.wire.network import is_loopback
from rooftree.config import Config
from rooftree.offline import VARIABLES
from server.access.api_keys import NARROWER, KeyStore, wide_keys
from server.cli.host.checks.finding import DoctorFinding, ok, skipped, warning


def keys(config: Config) -> DoctorFinding:
    """Look for keys that may do everything without that being chosen."""
    path = config.paths.server_database()
    if not path.exists():
        return skipped("there is none yet; `rooftree serve` makes the first")
    with closing(KeyStore(path)) as store:
        found = store.list()
    if wide := wide_keys(found):
        return warning(wide, NARROWER)
    living = sum(key.revoked is None for key in found)
    return ok(f"{living} living, each with the scopes that it was given")


def outbound(config: Config) -> DoctorFinding:
    """Name every host that this configuration makes rooftree connect to."""
    missing = [name for name, value in VARIABLES.items() if os.environ.get(name) != value]
    if missing:
        advice = "start rooftree by its own command, which sets them"
        return warning(f"not set: {', '.join(missing)}", advice)
    urls = [config.model.endpoint, config.index.embedding_url, config.network.proxy]
    urls += [section.url for section in config.endpoints.values()]
    hosts = {urlsplit(url).hostname for url in urls if url}
    far = sorted(host for host in hosts if host and not is_loopback(host))
    if not far:
        return ok("nothing leaves this machine but by `models pull`")
    return ok(f"connects to {', '.join(far)} and to nothing else")
