"""Definitions and modules that a change removes."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexing.parsing.syntax.misleading_names import is_code
from indexing.parsing.syntax.types import ParsedSymbol
from indexing.symbols.resolution.entities import ModuleEntity
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.diffs.removals.attributes import MEMBER, members_of
from tools.diffs.removals.python_imports import binds
from tools.diffs.removals.signatures import signatures_of
from tools.drafts.program import DraftProgram

GENERATED_SUFFIXES = ("_pb2.py", "_pb2_grpc.py", "_pb2.pyi", "_version.py")
"""Endings of modules that programs make, and that need not be in a repository."""

ENOUGH = 20
"""Uses of one thing after which files that name only it are not parsed, but counted."""
MAX_UNSURE = 40
"""The same of places of which cannot be told whether they mean it."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the new files."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """What a function took before a change, and takes after it."""

    before: inspect.Signature
    after: inspect.Signature
    symbol: ParsedSymbol
    """The definition as it is now."""


@dataclass(slots=True)
class RemovedDefinition:
    """A definition, or a whole module where it has no symbol, and who still uses it."""

    diff: FileDiff
    symbol: ParsedSymbol | None
    used: list[SourceLine] = field(default_factory=list)
    """Places that meant it, and mean nothing now."""
    perhaps: list[SourceLine] = field(default_factory=list)
    """Places that name it, of which cannot be told whether they mean it."""

    takes: SignatureChange | None = None
    """Where it is there and only takes something else."""
    handed: bool = False
    """Whether the file did not define it, but handed it on from where it is still defined."""
    unread: int = 0
    """Files that hold its name and were not looked into, since enough was known by then."""

    @property
    def is_settled(self) -> bool:
        """Say whether enough places are known; more would only be counted."""
        return len(self.used) >= ENOUGH or len(self.perhaps) >= MAX_UNSURE

    @property
    def name(self) -> str:
        return self.symbol.name if self.symbol else _module_name(self.diff.old_path)

    @property
    def is_member(self) -> bool:
        """Say whether it is a constant or attribute of a class, which no index resolves."""
        return self.symbol is not None and self.symbol.kind == MEMBER

    @property
    def owner(self) -> str:
        return self.title.rpartition(".")[0]

    @property
    def title(self) -> str:
        return self.symbol.qualified if self.symbol else self.diff.old_path


def removed_definitions(
    proposal: Proposal, diff: FileDiff, base: DraftProgram, head: DraftProgram
) -> Iterator[RemovedDefinition]:
    """Yield the outermost definitions that a file has no more; all of one that is gone or moved."""
    before = proposal.base_text(diff.old_path)
    if before is None or diff.kind in ("added", "binary") or not is_code(diff.old_path, before):
        return
    old = base.extraction(base.documents[diff.old_path]).symbols
    moved = diff.kind == "deleted" or diff.path != diff.old_path
    if moved and _is_there_otherwise(proposal, diff.old_path):
        return
    text = None if moved else proposal.text(diff.path)
    if not moved and text is None:
        return  # it is no text any more, which is told elsewhere
    if moved:
        yield RemovedDefinition(diff, None)
    new = head.extraction(head.documents[diff.path]).symbols if text is not None else ()
    after = {one.qualified for one in new}
    lost = {one.qualified: one for one in old if one.qualified not in after}
    for qualified, symbol in lost.items():
        if qualified.rpartition(".")[0] not in lost and not _is_dunder(symbol.name):
            yield RemovedDefinition(diff, symbol)
    if text is not None and diff.path.endswith(".py"):
        yield from _otherwise_called(diff, before, text, old, new)
        yield from _not_handed_on(diff, text, base, head)
        yield from _members_lost(diff, before, text, head)


def _otherwise_called(
    diff: FileDiff,
    before: str,
    after: str,
    old: Sequence[ParsedSymbol],
    new: Sequence[ParsedSymbol],
) -> Iterator[RemovedDefinition]:
    """Yield the functions of a Python file that do not take what they took."""
    took, take = signatures_of(before), signatures_of(after)
    now = {one.qualified: one for one in new}
    for symbol in old:
        was, known = took.get(symbol.qualified), now.get(symbol.qualified)
        signature = take.get(symbol.qualified)
        if not (was and known and signature) or was == signature:
            continue
        called = _called(symbol, now)
        if called is not None:
            yield RemovedDefinition(diff, called, takes=SignatureChange(was, signature, known))


def _called(symbol: ParsedSymbol, now: Mapping[str, ParsedSymbol]) -> ParsedSymbol | None:
    """Return by what a function is called: the class, where it makes instances; None if neither."""
    if not _is_dunder(symbol.name):
        return symbol
    owner = symbol.qualified.rpartition(".")[0]
    if symbol.name != "__init__" or not owner or f"{owner}.__new__" in now:
        return None
    return replace(symbol, name=owner.rpartition(".")[2], qualified=owner)


def _not_handed_on(
    diff: FileDiff, after: str, base: DraftProgram, head: DraftProgram
) -> Iterator[RemovedDefinition]:
    """Yield what a Python file took from others of the repository, as a package does, no more."""
    document = base.documents[diff.old_path]
    rules, file = base.rules(document), base.file(document)
    kept = {one.local or one.name for one in head.file(head.documents[diff.path]).scope.imports}
    for one in file.scope.imports:
        if one.scope or not one.name or one.name == "*" or one.local in kept or rules is None:
            continue
        if isinstance(rules.module(file, one.module), ModuleEntity) and not binds(after, one.local):
            line = _line_taken(diff, one.local)
            yield RemovedDefinition(
                diff, ParsedSymbol(one.local, one.local, "import", line, line), handed=True
            )


def _members_lost(
    diff: FileDiff, before: str, after: str, head: DraftProgram
) -> Iterator[RemovedDefinition]:
    """Yield the constants and attributes that the classes of a Python file have no more."""
    file, kept = head.file(head.documents[diff.path]), members_of(after)
    for qualified, symbol in members_of(before).items():
        owner = qualified.rpartition(".")[0]
        known = qualified in kept or qualified in file.symbols
        known = known or (owner, symbol.name) in file.values or owner not in file.symbols
        if not known and not _is_dunder(symbol.name):
            yield RemovedDefinition(diff, symbol)


def _line_taken(diff: FileDiff, name: str) -> int:
    """Return the first line of the old file that is taken away and holds a name, else 1."""
    removed = (
        (number, text)
        for block in diff.blocks()
        for number, text in enumerate(block.old, block.old_start)
    )
    return next((number for number, text in removed if name in text), 1)


def _is_there_otherwise(proposal: Proposal, path: str) -> bool:
    """Say whether a file is a link now, or not to be looked into, or made when it is needed."""
    snapshot = proposal.snapshot
    return path in snapshot.links or path in snapshot.left_out or path.endswith(GENERATED_SUFFIXES)


def _module_name(path: str) -> str:
    stem = path.rpartition("/")[2].partition(".")[0]
    inside = path.rpartition("/")[0].rpartition("/")[2]
    return inside if stem in ("__init__", "index") and inside else stem


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
