"""What projects of .NET need: an installation of the SDK, and the packages that are downloaded."""

import os
from pathlib import Path

from tools.projects.toolchains.caches import TMP, cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, access

PARTS = ("dotnet", "sdk", "shared", "host", "packs", "templates", "sdk-manifests", "metadata")
ENVIRONMENT = {
    "DOTNET_CLI_HOME": TMP,
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_NOLOGO": "1",
    "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "1",
    "MSBUILDDISABLENODEREUSE": "1",
    "NUGET_XMLDOC_MODE": "skip",
}


def dotnet_access(host: HostMachine) -> ToolchainAccess:
    """Return what dotnet needs; its program lies in the installation itself, and not in a `bin`."""
    named = Path(os.path.realpath(host.named("DOTNET_ROOT", ".dotnet")))
    first = host.program("dotnet")
    tried = [first.parent] if first is not None else []
    prefix = next((one for one in (*tried, named) if _is_dotnet(host, one)), None)
    found = ToolchainAccess(environment=ENVIRONMENT)
    if prefix is not None:
        parts = access(prefix, PARTS).toolchains
        more = {"DOTNET_ROOT": str(prefix)}
        found = found.with_more(ToolchainAccess(parts, path=(str(prefix),), environment=more))
    return found.with_more(cache_access(host, "nuget"))


def _is_dotnet(host: HostMachine, prefix: Path) -> bool:
    there = (prefix / "dotnet").exists() and (prefix / "sdk").is_dir()
    return there and (prefix.is_relative_to("/usr") or host.may_show(prefix))
