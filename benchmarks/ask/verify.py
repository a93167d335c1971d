"""Checks against the files themselves: citations of an answer, and the question sets.

Written apart from rooftree's own citation check on purpose, and shares no code with it.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from benchmarks.ask.questions import Place, Question

MARK = re.compile(r"«redacted:[^»]*»")


class Citation(BaseModel):
    """One citation as `ask --json` prints it; keys that we do not check are let through."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    start: int
    end: int
    blob: str
    quote: str
    verified: bool

    @property
    def place(self) -> Place:
        return Place(self.path, self.start, self.end)


def blob_hash(content: bytes) -> str:
    """Return the name that git gives to a file of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def citation_fault(root: Path, citation: Citation) -> str | None:
    """Say what is wrong with a citation of the repository at `root`, or None."""
    content = read_inside(root, citation.path)
    if content is None:
        return f"{citation.path!r} is no file of the repository"
    lines = content.decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    if not 1 <= citation.start <= citation.end <= len(lines):
        return f"{citation.path}:{citation.start}-{citation.end} is outside its {len(lines)} lines"
    if citation.blob != blob_hash(content):
        return f"{citation.path}: the blob is not the hash of the file"
    if not quote_matches(citation.quote, "\n".join(lines[citation.start - 1 : citation.end])):
        return f"{citation.path}:{citation.start}-{citation.end}: the quote is not those lines"
    return None if citation.verified else f"{citation.path}: cited without being verified"


def read_inside(root: Path, path: str) -> bytes | None:
    """Read a file below `root`; None for anything else, whatever the path looks like."""
    relative = PurePosixPath(path)
    if not path or "\0" in path or relative.is_absolute() or ".." in relative.parts:
        return None
    target = (root / relative).resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        return None
    return target.read_bytes()


def quote_matches(quote: str, text: str) -> bool:
    """Compare line by line, letting each redaction mark stand for any text; line counts agree."""
    quoted = quote.removesuffix("\n").replace("\r\n", "\n")
    expected = text.replace("\r\n", "\n").removesuffix("\r")
    if not MARK.search(quoted):
        return quoted == expected
    pattern = r"[\s\S]*?".join(re.escape(part) for part in MARK.split(quoted))
    return quoted.count("\n") == expected.count("\n") and bool(re.fullmatch(pattern, expected))


def question_faults(root: Path, question: Question) -> Iterator[str]:
    """Yield what is wrong with a question: gold outside the files, or `absent` words present."""
    for place in question.places:
        content = read_inside(root, place.path)
        if content is None:
            yield f"{question.id}: {place.path!r} is no file of the repository"
        elif len(content.splitlines()) < place.last:
            yield f"{question.id}: {place.path!r} has fewer than {place.last} lines"
    if question.absent:
        pattern = re.compile("|".join(question.absent).encode(), re.IGNORECASE)
        for path, content in text_files(root):
            match = pattern.search(content)
            if match:
                yield f"{question.id}: {path} has {match[0].decode('utf-8', 'replace')!r}"


def text_files(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file below `root` that holds no zero byte."""
    for path in sorted(root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in content:
            yield path.relative_to(root), content
