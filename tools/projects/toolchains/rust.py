"""What Rust needs: a toolchain, the crates that are downloaded, and a home of cargo to write to.

The programs in `~/.cargo/bin` are rustup's, which look for the toolchain in the home; inside, the
toolchain that they would take comes first on PATH instead.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.projects.toolchains.host_machine import (
    HostMachine,
    ToolchainAccess,
    access,
    is_inside,
)
from tools.sandbox.process.execution import ReadOnlyMount

PARTS = ("bin", "lib", "libexec", "etc")
CARGO_HOME = "/tmp/cargo"  # noqa: S108 - the sandbox's own, and gone with it
CRATES = ("registry/index", "registry/cache", "registry/src", "git/db", "git/checkouts")
"""What lies beside them in cargo's home are settings, credentials and programs."""
ENVIRONMENT = {
    "CARGO_HOME": CARGO_HOME,
    "CARGO_NET_OFFLINE": "true",
    "CARGO_TERM_COLOR": "never",
    "CARGO_INCREMENTAL": "0",
    "CARGO_BUILD_JOBS": "4",
    "RUST_TEST_THREADS": "4",
    "RUST_BACKTRACE": "0",
}
FILES = ("rust-toolchain.toml", "rust-toolchain")
_MACHINE = re.compile(r"-[a-z]\w*+-[a-z][\w-]*+")
_CHANNEL = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")


def rust_access(host: HostMachine, wanted: str) -> ToolchainAccess:
    """Return what cargo needs; `wanted` is the text of the project's toolchain file, or ""."""
    shown = tuple(_crates(host))
    channel = _channel(wanted)
    rustup = Path(os.path.realpath(host.named("RUSTUP_HOME", ".rustup")))
    names = [one.name for one in host.folders(rustup / "toolchains")]
    if channel and names and _of_channel(names, channel) is None:
        lacks = f"the Rust toolchain {channel!r}, which the project names, is not installed"
        return ToolchainAccess(shown=shown, environment=ENVIRONMENT, lacks=lacks)
    prefix = host.installation("cargo", _known(host, rustup, names, channel), _is_rust)
    return access(prefix, PARTS, shown, ENVIRONMENT)


def _known(host: HostMachine, rustup: Path, names: list[str], channel: str) -> Iterator[Path]:
    """Yield toolchains: the project's choice, the user's for now, his default, and any other."""
    settings = _toml(host.read(rustup, "settings.toml"))
    default = settings.get("default_toolchain", "")
    for one in (channel, host.environ.get("RUSTUP_TOOLCHAIN", ""), default, "stable"):
        name = _of_channel(names, one) if isinstance(one, str) and one else None
        if name is not None:
            yield rustup / "toolchains" / name
    yield from (rustup / "toolchains" / name for name in names)
    yield from reversed([*host.folders(host.home / ".asdf/installs/rust")])


def _of_channel(names: list[str], channel: str) -> str | None:
    """Return the toolchain that a channel names: itself, or with the machine's name behind it."""
    for one in names:
        begins, machine = one[: len(channel)], one[len(channel) :]
        if begins == channel and (not machine or _MACHINE.fullmatch(machine)):
            return one
    return None


def _channel(wanted: str) -> str:
    """Read a toolchain file, which is TOML or one word; a path in it is not followed."""
    told = _toml(wanted).get("toolchain")
    named = told.get("channel", "") if isinstance(told, dict) else wanted.strip()
    return named if isinstance(named, str) and _CHANNEL.fullmatch(named) else ""


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _is_rust(prefix: Path) -> bool:
    return all((prefix / name).exists() for name in ("bin/cargo", "bin/rustc", "lib/rustlib"))


def _crates(host: HostMachine) -> Iterator[ReadOnlyMount]:
    real = Path(os.path.realpath(host.named("CARGO_HOME", ".cargo")))
    if not host.may_show(real):
        return
    for name in CRATES:
        # One by one: cargo may want to make another beside them.
        for place in host.folders(real / name):
            if is_inside(place, real):
                yield ReadOnlyMount(place, f"{CARGO_HOME}/{name}/{place.name}")
