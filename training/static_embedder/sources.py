"""What is read for training: wheels and git clones whose licence permits it, and nothing else.

Wheels are read as archives and never installed or imported; a clone is read by `git`. Repositories
that results are reported on, and Python's own library, are never read.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Protocol

from indexing.decode import decode
from indexing.features import is_side
from indexing.filters import content_reason
from indexing.git import run_git
from indexing.languages import language_of
from training.retrieval.history import CODE

REPORTED = frozenset(
    ["flask", "pydantic", "pydantic-core", "gin", "gson", "axios", "fd", "jekyll", "hugo", "netty"]
)
"""What results are reported on."""
LARGEST = 400_000
"""Characters; larger files are mostly generated."""
MOST_FILES = 4_000

_PERMISSIVE = re.compile(
    r"\b(?:MIT|0?BSD|Apache|ISC|PSF|Python Software Foundation|Python-2\.0|Unlicense|zlib|HPND|CC0"
    r"|curl|PostgreSQL)",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(
    r"\b(?:A?L?GPL|GNU|MPL|Mozilla|EPL|Eclipse|EUPL|CDDL|SSPL|BUSL|Elastic|proprietary|commercial"
    r"|non-?commercial)",
    re.IGNORECASE,
)
_LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE-MIT", "LICENCE", "COPYING")


@dataclass(frozen=True, slots=True)
class File:
    """A source file: its path inside the source, and its text."""

    path: str
    text: str


class Source(Protocol):
    """Something that has files and a licence."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def licence(self) -> str:
        """What it says of its licence; empty where that does not permit training."""
        ...

    def files(self) -> Iterator[File]: ...


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python package as its archive."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name.split("-")[0].lower().replace("_", "-")

    @property
    def version(self) -> str:
        return self.path.name.split("-")[1]

    @property
    def licence(self) -> str:
        with zipfile.ZipFile(self.path) as archive:
            for item in archive.namelist():
                if item.endswith(".dist-info/METADATA"):
                    return _licence_of(archive.read(item).decode("utf-8", "replace"))
        return ""

    def files(self) -> Iterator[File]:
        with zipfile.ZipFile(self.path) as archive:
            wanted = [i for i in archive.infolist() if is_wanted(i.filename, i.file_size)]
            for item in wanted[:MOST_FILES]:
                yield from _file(item.filename, archive.read(item))


@dataclass(frozen=True, slots=True)
class Clone:
    """A git repository."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.name

    @property
    def version(self) -> str:
        return run_git(self.root, "rev-parse", "HEAD").output.decode().strip()[:12]

    @property
    def licence(self) -> str:
        for name in _LICENCE_FILES:
            answer = run_git(self.root, "cat-file", "blob", f"HEAD:{name}")
            if answer.code == 0:
                head = " ".join(answer.output.decode("utf-8", "replace").split())[:1_500]
                return licence_of_text(head)
        return ""

    def files(self) -> Iterator[File]:
        listing = run_git(self.root, "ls-tree", "-r", "-z", "--long", "HEAD").output
        kept = 0
        for line in listing.split(b"\0"):
            fields, _, name = line.partition(b"\t")
            path = name.decode("utf-8", "replace")
            size = fields.split()[-1] if name else b"-"
            if kept < MOST_FILES and size.isdigit() and is_wanted(path, int(size)):
                kept += 1
                blob = fields.split()[2].decode()
                yield from _file(path, run_git(self.root, "cat-file", "blob", blob).output)


def sources(wheels: Path | None, clones: Path | None) -> list[Source]:
    """Return everything in two folders that may be read, in the order of names."""
    found: list[Source] = [Wheel(path) for path in sorted(wheels.glob("*.whl"))] if wheels else []
    if clones:
        found += [Clone(path) for path in sorted(clones.iterdir()) if (path / ".git").exists()]
    return [each for each in found if each.name not in REPORTED and each.licence]


def is_wanted(path: str, size: int) -> bool:
    """Say whether a file is code of a language that asks, and not too large."""
    language = language_of(path)
    return language is not None and language.name in CODE and size <= LARGEST and not is_side(path)


def licence_of_text(text: str) -> str:
    """Return the short name of a licence that permits training, told by its text."""
    for mark, name in (
        ("Apache License", "Apache-2.0"),
        ("Permission is hereby granted, free of charge", "MIT"),
        ("Redistribution and use in source and binary forms", "BSD"),
        ("Permission to use, copy, modify, and", "ISC or curl"),
        ("This is free and unencumbered software", "Unlicense"),
    ):
        if mark in text:
            return name
    return ""


def _licence_of(metadata: str) -> str:
    headers = HeaderParser().parsestr(metadata)
    said = [headers.get("License-Expression", ""), (headers.get("License") or "")[:200]]
    said += [c for c in headers.get_all("Classifier", []) if c.startswith("License ::")]
    text = " | ".join(" ".join(part.split()) for part in said if part and part != "UNKNOWN")
    return text if _PERMISSIVE.search(text) and not _RESTRICTED.search(text) else ""


def _file(path: str, data: bytes) -> Iterator[File]:
    if content_reason(path, data) is None:
        decoded = decode(data)
        if decoded is not None:
            yield File(path, decoded.text)
