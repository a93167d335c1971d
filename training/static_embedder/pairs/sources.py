"""The texts of a package or repository: archives are read in place, never unpacked or executed."""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.static_embedder.pairs.licences import licence_of_npm, licence_of_wheel

MAX_FILE_BYTES = 400_000
MAX_ROW_BYTES = 1_000
"""Bytes; a minified or generated file has longer ones."""
ENDINGS = frozenset(
    {
        *(".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"),
        *(".go", ".rs", ".java", ".c", ".h", ".cc", ".cpp"),
        *(".hpp", ".cxx", ".cs", ".rb", ".php", ".kt", ".swift"),
        *(".scala", ".md", ".pyx"),
    }
)
_LEFT_OUT = frozenset(
    {
        *("_vendor", "vendor", "vendored", "_vendored", "third_party", "thirdparty", "3rdparty"),
        *(
            "node_modules",
            "extern",
            "externals",
            "_distutils",
            "site-packages",
            "locale",
            "locales",
        ),
        *("umd", "min", "fixtures", "snapshots", "typeshed", "polyfills", "testdata"),
    }
)
_GENERATED = ("_pb2.py", "_pb2_grpc.py", ".pb.go", ".min.js", ".d.ts", ".d.mts", "_generated.go",
              ".bundle.js", "zz_generated.go")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file's path inside its source, and its text."""

    path: str
    text: str

    @property
    def is_test(self) -> bool:
        parts = PurePosixPath(self.path.lower()).parts
        stem = parts[-1]
        inside = any(
            part in ("test", "tests", "testing", "__tests__", "spec") for part in parts[:-1]
        )
        return inside or stem.startswith("test_") or "_test." in stem or ".test." in stem


@dataclass(frozen=True, slots=True)
class Package:
    """What a package says of itself; `licence` is empty where it says nothing."""

    registry: str
    name: str
    version: str
    licence: str


def is_source_path(path: str) -> bool:
    """Tell by its path whether a file is hand-written source."""
    place = PurePosixPath(path)
    if place.suffix not in ENDINGS or path.endswith(_GENERATED):
        return False
    return not _LEFT_OUT.intersection(part.lower() for part in place.parts[:-1])


def read_source(path: str, data: bytes) -> SourceFile | None:
    """Return a file's text, or None where it is too large, minified or not UTF-8."""
    if len(data) > MAX_FILE_BYTES or max(map(len, data.split(b"\n"))) > MAX_ROW_BYTES:
        return None
    try:
        return SourceFile(path, data.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return None


def wheel_package(path: Path) -> Package:
    """Read what a wheel says of itself."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                version, licence = licence_of_wheel(archive.read(name).decode("utf-8", "replace"))
                return Package("pypi", path.name.split("-")[0], version, licence)
    return Package("pypi", path.name.split("-")[0], "", "")


def wheel_texts(path: Path) -> Iterator[SourceFile]:
    """Yield the source files of a wheel."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if is_source_path(entry.filename) and entry.file_size <= MAX_FILE_BYTES:
                text = read_source(entry.filename, archive.read(entry))
                if text is not None:
                    yield text


def tarball_package(path: Path) -> Package:
    """Read what an npm tarball says of itself."""
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and PurePosixPath(member.name).parts[1:] == ("package.json",):
                handle = archive.extractfile(member)
                manifest = handle.read().decode("utf-8", "replace") if handle is not None else ""
                version, licence = licence_of_npm(manifest)
                name = path.name.removesuffix(".tgz").removesuffix(f"-{version}")
                return Package("npm", name, version, licence)
    return Package("npm", path.name.removesuffix(".tgz"), "", "")


def tarball_texts(path: Path) -> Iterator[SourceFile]:
    """Yield the source files of an npm tarball."""
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and is_source_path(member.name) and member.size <= MAX_FILE_BYTES:
                handle = archive.extractfile(member)
                text = read_source(member.name, handle.read()) if handle is not None else None
                if text is not None:
                    yield text


def folder_texts(folder: Path) -> Iterator[SourceFile]:
    """Yield the source files of an unpacked tree; links are not followed."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and is_source_path(name):
            text = read_source(name, path.read_bytes())
            if text is not None:
                yield text
