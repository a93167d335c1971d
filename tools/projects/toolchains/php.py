"""What PHP's projects need: the extensions that Debian keeps apart, and composer's packages.

PHP reads its extensions from files below /etc. Those that load one and set nothing are shown: a
file that sets anything else may hold a key.
"""

from collections.abc import Iterator
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.projects.toolchains.caches import TMP, cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.installed_packages import installed_packages
from tools.sandbox.process.execution import ReadOnlyMount

SETTINGS = Path("/etc/php")
PLACE = f"{TMP}/php.d"
LOADS = ("extension=", "zend_extension=")
ENVIRONMENT = {"COMPOSER_DISABLE_NETWORK": "1", "COMPOSER_HOME": f"{TMP}/composer-home"}


def php_access(host: HostMachine, snapshot: Snapshot, *, shares_host: bool) -> ToolchainAccess:
    """Return what php, phpunit and composer need."""
    shown, notes = installed_packages(snapshot, "composer.json", "vendor", "composer install")
    found = ToolchainAccess(shown=shown, environment=ENVIRONMENT, notes=notes)
    if not shares_host:
        return found
    extensions = tuple(_extensions(host))
    if extensions:
        scanned = ToolchainAccess(shown=extensions, environment={"PHP_INI_SCAN_DIR": PLACE})
        found = found.with_more(scanned)
    return found.with_more(cache_access(host, "composer"))


def _extensions(host: HostMachine) -> Iterator[ReadOnlyMount]:
    """Yield the files that load an extension, of the newest PHP that has them."""
    for version in reversed([*host.folders(SETTINGS)]):
        folder = version / "cli/conf.d"
        names = sorted(one.name for one in folder.glob("*.ini"))
        found = [one for one in names if _only_loads(folder / one)]
        if found:
            yield from (ReadOnlyMount(folder / name, f"{PLACE}/{name}") for name in found)
            return


def _only_loads(path: Path) -> bool:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return False
    said = [line.strip() for line in text.split("\n") if not line.lstrip().startswith(";")]
    said = [line for line in said if line]
    return bool(said) and all(line.startswith(LOADS) for line in said)
