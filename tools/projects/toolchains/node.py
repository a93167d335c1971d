"""What Node's projects need: an installation of Node, and the packages that the user installed.

`node_modules` is shown where it lies beside a `package.json` and is a folder of its own. A link
could lead to any folder of the machine, so none is followed.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access
from tools.sandbox.process.execution import WORKSPACE, ReadOnlyMount

PARTS = ("bin", "lib")
PACKAGES = "node_modules"
MAX_FOLDERS = 64
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
    shown, notes = _packages(snapshot)
    prefix = host.installation("node", _known(host, wanted), _is_node) if shares_host else None
    return access(prefix, PARTS, shown, ENVIRONMENT, notes)


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


def _packages(snapshot: Snapshot) -> tuple[tuple[ReadOnlyMount, ...], tuple[str, ...]]:
    """Return the folders of packages, and what is said of those that are not shown."""
    shown, notes = [], []
    root = Path(os.path.realpath(snapshot.root))
    for folder in _folders(snapshot.files):
        path = f"{folder}/{PACKAGES}".lstrip("/")
        place = root / path
        if not os.path.lexists(place) or _is_of_repository(snapshot, path):
            continue  # what git has of it is in the copy
        if Path(os.path.realpath(place)) == place and place.is_dir():
            shown.append(ReadOnlyMount(place, f"{WORKSPACE}/{path}"))
        else:
            notes.append(
                f"{path!r} is a link, or lies behind one, and is not shown to the tests; install "
                "the packages there (`npm ci`)"
            )
    return tuple(shown), tuple(notes)


def _folders(names: Iterable[str]) -> list[str]:
    marked = (name for name in names if name.rpartition("/")[2] == "package.json")
    folders = {"", *(name.rpartition("/")[0] for name in marked)}
    return sorted(folders, key=lambda one: (one.count("/"), one))[:MAX_FOLDERS]


def _is_of_repository(snapshot: Snapshot, path: str) -> bool:
    inside = f"{path}/"
    return any(
        name == path or name.startswith(inside)
        for names in (snapshot.files, snapshot.links)
        for name in names
    )
