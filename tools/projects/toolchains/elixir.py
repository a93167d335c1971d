"""What Elixir's projects need: an installation, our report of tests, and packages of Hex."""

from collections.abc import Iterator
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.projects.results.trace import FOLDER
from tools.projects.toolchains.caches import cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access
from tools.projects.toolchains.installed_packages import installed_packages

PARTS = ("bin", "lib", "erts", "releases")
ENVIRONMENT = {"MIX_ENV": "test", "HEX_OFFLINE": "1", "ELIXIR_ERL_OPTIONS": "+S 4:4 +fnu"}


def elixir_access(host: HostMachine, snapshot: Snapshot, *, shares_host: bool) -> ToolchainAccess:
    """Return what mix and elixir need."""
    shown, notes = installed_packages(snapshot, "mix.exs", "deps", "mix deps.get")
    reporting = ToolchainAccess((FOLDER,), shown, environment=ENVIRONMENT, notes=notes)
    if not shares_host:
        return reporting
    elixir = host.installation("elixir", _known(host, "elixir"), _is_elixir)
    erlang = host.installation("erl", _known(host, "erlang"), _is_erlang)
    found = reporting.with_more(access(elixir, PARTS)).with_more(access(erlang, PARTS))
    return found.with_more(cache_access(host, "hex"))


def _known(host: HostMachine, name: str) -> Iterator[Path]:
    yield from reversed([*host.folders(host.home / ".asdf/installs" / name)])


def _is_elixir(prefix: Path) -> bool:
    return (prefix / "bin/elixir").exists() and (prefix / "lib/elixir").is_dir()


def _is_erlang(prefix: Path) -> bool:
    return (prefix / "bin/erl").exists() and (prefix / "lib").is_dir()
