"""The manifests of a draft, and the places in which they name a dependency."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rooftree.errors import ToolRefusedError
from tools.drafts.draft import Draft
from tools.upgrading.manifests.kinds import ManifestKind, is_of_others, kind_of
from tools.upgrading.manifests.requirement_lines import in_requirements, is_generated
from tools.upgrading.manifests.structured import start_of
from tools.upgrading.request import Declaration, Ecosystem, UpgradeRequest

MOST_PLACES = 50
"""In one manifest."""
LARGEST = 1 << 18
"""Bytes of a manifest that is read."""


@dataclass(frozen=True, slots=True)
class DependencyManifest:
    """One manifest, with its text."""

    path: str
    text: str
    kind: ManifestKind

    def start_of(self, one: Declaration) -> int:
        """Return where a requirement stands in the text; -1 where it is not found."""
        if self.kind.parse is None or not one.keys:
            return one.start
        start = start_of(self.text, self.kind.parse, one.keys, one.value)
        return start if start < 0 else start + one.start


@dataclass(frozen=True, slots=True)
class DeclarationPlace:
    """One declaration, with the manifest that it stands in and where it stands there."""

    manifest: DependencyManifest
    found: Declaration
    start: int

    @property
    def path(self) -> str:
        return self.manifest.path

    @property
    def ecosystem(self) -> Ecosystem:
        return self.manifest.kind.ecosystem

    @property
    def where(self) -> str:
        if self.start < 0:
            return self.path
        return f"{self.path}:{self.manifest.text.count(chr(10), 0, self.start) + 1}"


def files_of(draft: Draft) -> list[str]:
    return sorted({*draft.snapshot.files, *draft.changes})


def manifests_of(draft: Draft, request: UpgradeRequest) -> Iterator[DependencyManifest]:
    """Yield the manifests, or the one that is named."""
    only = request.path
    if only and (kind_of(only) is None or draft.content(only) is None):
        raise ToolRefusedError(f"there is no manifest {only!r}; name one that is read")
    for path in [only] if only else files_of(draft):
        kind = kind_of(path)
        if kind is None or (not only and is_of_others(path)):
            continue
        data = draft.content(path) or b""
        if len(data) > LARGEST:
            if request.name.encode() in data:
                raise ToolRefusedError(f"{path} has more than {LARGEST >> 10} KiB, and is not read")
            continue
        text = draft.text(path)
        if kind.read is not in_requirements or not is_generated(text):
            yield DependencyManifest(path, text, kind)


def places_of(manifests: Sequence[DependencyManifest], name: str) -> list[DeclarationPlace]:
    """Return where a dependency is named; what does not parse is refused where it may be."""
    last = name.rpartition("/")[2].casefold()
    parts = [one for one in re.split(r"[-_.]", last) if one]
    places: list[DeclarationPlace] = []
    for one in manifests:
        if not all(part in one.text.casefold() for part in parts):
            continue
        found = list(one.kind.read(one.path, one.text, name))
        if len(found) > MOST_PLACES:
            raise ToolRefusedError(f"{one.path} names {name} more than {MOST_PLACES} times")
        places += [DeclarationPlace(one, place, one.start_of(place)) for place in found]
    return places


def left_files(draft: Draft, request: UpgradeRequest, ecosystem: Ecosystem) -> Iterator[str]:
    """Tell of files that name it and are not edited: those that tools write, and samples."""
    for path in files_of(draft):
        kind = kind_of(path)
        data = draft.content(path) if kind is not None and not request.path else None
        if kind is None or data is None or kind.ecosystem != ecosystem or len(data) > LARGEST:
            continue
        if request.name.casefold().encode() not in data.lower():
            continue
        if is_of_others(path):
            yield f"{path} names it too and was left: it is another project's, or a sample"
        elif kind.read is in_requirements and is_generated(draft.text(path)):
            yield f"{path} is out of date now: run the command in its head, which wrote it"
