"""Caches of downloaded packages that commands may read: a list of folders, and nothing beside them.

What lies beside them, such as settings, tokens and programs, is not shown. A package that is in
none of them is missing: nothing is downloaded in the sandbox.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess, is_inside
from tools.sandbox.process.execution import ReadOnlyMount


@dataclass(frozen=True, slots=True)
class PackageCache:
    """One cache of one user: where it is, which of its folders hold packages, where they go."""

    variable: str
    """Of the environment, that may name its folder; "" where none does."""
    default: str
    """Its folder below the home, or an absolute path."""
    parts: tuple[str, ...]
    """What is shown of it; `*` stands for each folder, with its name."""
    place: str
    """Where commands find it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What tells the program so, where anything of it is there."""


TMP = "/tmp"  # noqa: S108 - the sandbox's own, and gone with it
CACHES: Mapping[str, tuple[PackageCache, ...]] = {
    # npm cannot read an index that it cannot write: its setup copies this one.
    "npm": (
        PackageCache(
            "npm_config_cache",
            ".npm",
            ("_cacache/content-v2", "_cacache/index-v5"),
            f"{TMP}/npm-packages",
            {"npm_config_cache": f"{TMP}/npm"},
        ),
    ),
    "maven": (PackageCache("", ".m2/repository", ("*",), f"{TMP}/.m2/repository"),),
    "gradle": (
        PackageCache(
            "GRADLE_USER_HOME",
            ".gradle",
            ("caches/modules-2",),
            f"{TMP}/gradle-cache",
            {"GRADLE_RO_DEP_CACHE": f"{TMP}/gradle-cache/caches"},
        ),
    ),
    "nuget": (PackageCache("NUGET_PACKAGES", ".nuget/packages", ("*",), f"{TMP}/.nuget/packages"),),
    "composer": (
        PackageCache(
            "COMPOSER_CACHE_DIR",
            ".cache/composer",
            ("files", "repo"),
            f"{TMP}/composer",
            {"COMPOSER_CACHE_DIR": f"{TMP}/composer", "COMPOSER_CACHE_READ_ONLY": "1"},
        ),
    ),
    "hex": (
        PackageCache("", ".hex/packages", ("*",), f"{TMP}/.hex/packages"),
        PackageCache("", ".mix/archives", ("*",), f"{TMP}/.mix/archives"),
        PackageCache("", ".mix/elixir", ("*",), f"{TMP}/.mix/elixir"),
    ),
}
"""By the name of a cache; Go's modules and Rust's crates are shown by modules of their own."""


def cache_access(host: HostMachine, *names: str) -> ToolchainAccess:
    """Return what is shown of these caches, and what tells programs where it is."""
    shown: list[ReadOnlyMount] = []
    environment: dict[str, str] = {}
    for cache in (one for name in names for one in CACHES[name]):
        found = list(_shown(host, cache))
        shown += found
        environment |= cache.environment if found else {}
    return ToolchainAccess(shown=tuple(shown), environment=environment)


def _shown(host: HostMachine, cache: PackageCache) -> Iterator[ReadOnlyMount]:
    real = Path(os.path.realpath(host.named(cache.variable, cache.default)))
    if not host.may_show(real):
        return
    for part in cache.parts:
        places = host.folders(real) if part == "*" else iter([real / part])
        for place in places:
            if place.is_dir() and is_inside(place, real) and place.name[:1] != ".":
                yield ReadOnlyMount(place, f"{cache.place}/{place.relative_to(real)}")
