"""What Node's projects need: an installation of Node, and the packages that the user installed."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.projects.toolchains.caches import cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access
from tools.projects.toolchains.installed_packages import installed_packages

PARTS = ("bin", "lib")
PACKAGES = "node_modules"
ENVIRONMENT = {
    "CI": "true",
    "NO_COLOR": "1",
    "FORCE_COLOR": "0",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_offline": "true",
    "npm_config_update_notifier": "false",
}
_VERSION = re.compile(r"v?(\d{1,4}(?:\.\d{1,4}){0,2})")


def node_access(
    host: HostMachine, snapshot: Snapshot, wanted: str, *, shares_host: bool
) -> ToolchainAccess:
    """Return what npm and node need; `wanted` is the text of the project's `.nvmrc`, or ""."""
    shown, notes = installed_packages(snapshot, "package.json", PACKAGES, "npm ci")
    prefix = host.installation("node", _known(host, wanted), _is_node) if shares_host else None
    found = access(prefix, PARTS, shown, ENVIRONMENT, notes)
    return found.with_more(cache_access(host, "npm"))


def _known(host: HostMachine, wanted: str) -> Iterator[Path]:
    """Yield what nvm, fnm, volta and asdf installed: the version that is wanted, then the last."""
    nvm = host.named("NVM_DIR", ".nvm")
    fnm = host.named("FNM_DIR", ".local/share/fnm")
    volta = host.named("VOLTA_HOME", ".volta")
    found = [*host.folders(nvm / "versions/node"), *host.folders(volta / "tools/image/node")]
    found += host.folders(host.home / ".asdf/installs/nodejs")
    found += [one / "installation" for one in host.folders(fnm / "node-versions")]
    found.sort(key=_numbers, reverse=True)
    match = _VERSION.fullmatch(wanted.strip())
    version = [int(part) for part in match[1].split(".")] if match else []
    yield from (one for one in found if version and _numbers(one)[: len(version)] == version)
    yield from found


def _numbers(place: Path) -> list[int]:
    named = place.parent.name if place.name == "installation" else place.name
    match = _VERSION.fullmatch(named)
    return [int(part) for part in match[1].split(".")] if match else []


def _is_node(prefix: Path) -> bool:
    has_npm = (prefix / "lib/node_modules/npm").is_dir()
    return (prefix / "bin/node").exists() and (has_npm or (prefix / "include/node").is_dir())
