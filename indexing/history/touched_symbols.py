"""Which symbols a commit touched: its hunks laid over the definitions of the files as they were.

Files are read as they are in the commit, and where only lines were removed, as they were before
it. They are parsed in a process of their own, because grammars are C code and this is anybody's
text. It does not know why a commit is requested.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from indexing.build.parser_pool import ParserJob, ParserPool
from indexing.files.decode import DecodedText
from indexing.files.filters import indexable_text
from indexing.parsing.syntax.languages import language_of
from indexing.parsing.syntax.types import Extraction, ParsedSymbol
from indexing.secrets.redact import redact
from indexing.symbols.resolution.program import TYPES
from rooftree.git.changes import Commit, FileChange, LineRange, changes
from rooftree.git.commands import Worktree, run_git

MAX_FILES = 12
"""Files of a commit that are shown and parsed."""
MAX_FILE_BYTES = 1 << 20
MAX_SYMBOLS = 12
SHOWN = TYPES | {"function", "method", "module", "constant"}
"""Headings and keys of documents and settings say less than the file's name."""
MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class TouchedSymbols:
    """One file of a commit; `status` is git's letter, and `symbols` are qualified names."""

    path: str
    status: str
    added: int
    removed: int
    symbols: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def touched_symbols(
    worktree: Worktree, shas: Sequence[str]
) -> Mapping[str, tuple[tuple[TouchedSymbols, ...], int]]:
    """Return for each commit its first files with the symbols, and how many more it has."""
    if not shas:
        return {}
    commits = list(changes(worktree.root, shas, options=["--no-walk=unsorted"]))
    jobs = list(_jobs(worktree, commits))
    extractions: dict[str, Extraction] = {}
    if jobs:
        with ParserPool(1) as pool:
            extractions = {str(done.key): done.extraction for done in pool.extract_all(jobs)}
    found: dict[str, tuple[tuple[TouchedSymbols, ...], int]] = {}
    for commit in commits:
        files = tuple(_touched(file, extractions) for file in commit.files[:MAX_FILES])
        found[commit.sha] = (files, max(0, len(commit.files) - MAX_FILES))
    return found


def _touched(file: FileChange, extractions: Mapping[str, Extraction]) -> TouchedSymbols:
    names: dict[str, None] = {}
    for blob, ranges in ((file.new_blob, file.new_ranges), (file.old_blob, file.old_ranges)):
        extraction = extractions.get(f"{blob}:{file.path}") if blob else None
        if extraction is not None:
            names |= dict.fromkeys(_symbols_at(extraction.symbols, ranges))
    return TouchedSymbols(
        redact(file.path.encode("utf-8", "replace").decode()),
        file.status,
        sum(_length(part) for part in file.new_ranges),
        sum(_length(part) for part in file.old_ranges),
        tuple(names)[:MAX_SYMBOLS],
    )


def _symbols_at(symbols: Sequence[ParsedSymbol], ranges: Sequence[LineRange]) -> Iterator[str]:
    """Yield the innermost symbols that ranges of lines touch, in order."""
    for first, last in ranges:
        if last < first:
            continue
        inside = [
            item
            for item in symbols
            if item.kind in SHOWN and item.start <= last and first <= item.end
        ]
        for item in inside:
            # What holds another one is named by it, unless lines of its own are touched.
            inner = [other for other in inside if other is not item and _holds(item, other)]
            if not all(
                any(o.start <= line <= o.end for o in inner) for line in _own(item, first, last)
            ):
                yield item.qualified[:MAX_NAME_LENGTH]


def _own(item: ParsedSymbol, first: int, last: int) -> range:
    return range(max(item.start, first), min(item.end, last) + 1)


def _holds(outer: ParsedSymbol, inner: ParsedSymbol) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _length(part: LineRange) -> int:
    return max(0, part[1] - part[0] + 1)


def _jobs(worktree: Worktree, commits: Sequence[Commit]) -> Iterator[ParserJob]:
    seen: set[str] = set()
    for commit in commits:
        for file in commit.files[:MAX_FILES]:
            for blob, ranges in (
                (file.new_blob, file.new_ranges),
                (file.old_blob, file.old_ranges),
            ):
                key = f"{blob}:{file.path}"
                if blob and key not in seen and any(map(_length, ranges)) and not file.binary:
                    seen.add(key)
                    text = _text(worktree, file.path, blob)
                    if text is not None:
                        yield ParserJob(key, file.path, text)


def _text(worktree: Worktree, path: str, blob: str) -> str | None:
    """Return the redacted text of a blob that has symbols to tell."""
    if language_of(path) is None:
        return None
    answer = run_git(worktree.root, "cat-file", "blob", blob)
    if answer.code != 0 or len(answer.output) > MAX_FILE_BYTES:
        return None
    decoded = indexable_text(path, answer.output)
    return redact(decoded.text) if isinstance(decoded, DecodedText) else None
