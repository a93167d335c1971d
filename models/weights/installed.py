"""Weights that are on this machine, and the JSON record that lies beside them.

It does not know how they got here.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from models.weights.catalogue import (
    WeightsEntry,
    WeightsFile,
    WeightsForm,
    combined_sha256,
    known_template,
)
from models.weights.gguf_header import read_header
from models.weights.staging import file_sha256
from rooftree.data_files import Strict

RECORD = "installed.json"

WeightsKind = Literal["model", "adapter", "embedder"]
TemplateStatus = Literal["known", "unknown", "none"]


@dataclass(frozen=True, slots=True)
class InstalledWeights(Strict):
    """Usable weights: `path` is the GGUF file, or the sentence-transformers folder."""

    name: str
    title: str
    path: Path
    form: WeightsForm
    kind: WeightsKind
    licence: str
    context_length: int
    template: TemplateStatus
    """Whether the chat template came with weights in the catalogue; templates are programs."""
    source: str
    files: tuple[WeightsFile, ...]

    @property
    def sha256(self) -> str:
        """What identifies the weights, as in the catalogue."""
        return combined_sha256(self.files)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def places(self) -> list[tuple[Path, WeightsFile]]:
        """Return where each file lies."""
        if self.path.is_dir():
            return [(self.path / file.name, file) for file in self.files]
        return [(self.path, self.files[0])]

    def is_whole(self) -> bool:
        """Tell whether every file is there with its size; cheap enough for every start."""
        return all(
            place.is_file() and place.stat().st_size == file.size for place, file in self.places()
        )

    def is_intact(self) -> bool:
        """Read every byte and tell whether each file still has its sha256."""
        return self.is_whole() and all(
            file_sha256(place) == file.sha256 for place, file in self.places()
        )


def installed_from(
    entry: WeightsEntry, path: Path, source: str, entries: tuple[WeightsEntry, ...]
) -> InstalledWeights:
    """Describe weights at `path` that have just been checked against `entry`."""
    kind: WeightsKind = "embedder"
    template: TemplateStatus = "none"
    if path.is_file():
        header = read_header(path)
        kind = "adapter" if header.kind == "adapter" else "model"
        if header.template_sha256:
            known = known_template(header.template_sha256, entries)
            template = "known" if known else "unknown"
    return InstalledWeights(
        name=entry.name,
        title=entry.title,
        path=path,
        form=entry.form,
        kind=kind,
        licence=entry.licence,
        context_length=entry.context_length,
        template=template,
        source=source,
        files=entry.files,
    )


def read_installed(folder: Path) -> InstalledWeights | None:
    """Return what a folder's record says, or None when there is no record that can be read.

    The record's path is relative to the folder, so that a store can be moved or copied.
    """
    try:
        found = _RECORD.validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    if found.path.is_absolute() or ".." in found.path.parts:
        return None
    return replace(found, path=folder / found.path)


def record_bytes(weights: InstalledWeights, folder: Path) -> bytes:
    """Return the JSON record of weights that lie in `folder`."""
    relative = replace(weights, path=weights.path.relative_to(folder))
    return _RECORD.dump_json(relative, indent=1) + b"\n"


_RECORD: TypeAdapter[InstalledWeights] = TypeAdapter(InstalledWeights)
