"""What Go needs: its own installation, the modules that are downloaded, and a cache to write to."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tools.projects.toolchains.host_machine import (
    HostMachine,
    ToolchainAccess,
    access,
    is_inside,
)

PARTS = ("bin", "pkg", "src", "lib", "VERSION", "go.env")
PROCESSORS = "4"
"""Of a machine with 64 it would start more processes than a sandbox may have."""
ENVIRONMENT = {
    # The user's `go env -w` may name proxies with their passwords, and flags of other projects.
    "GOENV": "off",
    "GOFLAGS": "",
    "GOPROXY": "off",
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
    "GOTELEMETRY": "off",
    "GOMAXPROCS": PROCESSORS,
    "GOPATH": "/tmp/go",  # noqa: S108 - the sandbox's own, and gone with it
    "GOCACHE": "/tmp/go-build",  # noqa: S108
}


def go_access(host: HostMachine) -> ToolchainAccess:
    """Return what the commands of a Go module need."""
    environment = dict(ENVIRONMENT)
    cache = _module_cache(host)
    if cache is not None:
        environment["GOMODCACHE"] = str(cache)
    shown = tuple(_downloaded(host, cache)) if cache is not None else ()
    found = access(host.installation("go", _known(host), _is_go), PARTS, (), environment)
    return replace(found, toolchains=(*found.toolchains, *shown))


def _known(host: HostMachine) -> Iterator[Path]:
    yield Path("/usr/local/go")
    for place in reversed([*host.folders(host.home / ".asdf/installs/golang")]):
        yield place / "go"
    yield host.home / "sdk/go"
    yield host.home / ".local/go"
    yield from reversed([*host.folders(host.home / "sdk")])


def _is_go(prefix: Path) -> bool:
    return all((prefix / name).exists() for name in ("bin/go", "pkg/tool", "src/runtime"))


def _module_cache(host: HostMachine) -> Path | None:
    """Return the cache of modules by its real path; None where there is none, or it is strange."""
    path = host.environ.get("GOPATH", "").split(os.pathsep)[0]
    first = Path(path) if path.startswith("/") else host.home / "go"
    real = Path(os.path.realpath(host.named("GOMODCACHE", str(first / "pkg/mod"))))
    return real if (real / "cache/download").is_dir() and host.may_show(real) else None


def _downloaded(host: HostMachine, cache: Path) -> Iterator[Path]:
    """Yield the modules; what git has fetched for them keeps the addresses that it came from."""
    for place in (cache / "cache/download", *host.folders(cache)):
        if place.name != "cache" and is_inside(place, cache):
            yield place
