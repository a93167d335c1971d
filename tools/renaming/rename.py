"""Rename one definition and all that refers to it; or refuse, with each place in the way.

A place is renamed where it is established to mean the definition, left where it is established to
mean something else, and stops all of it where neither can be told: half a rename is none.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.program import TYPES
from rooftree.errors import ToolRefusedError
from tools.drafts.draft import Draft
from tools.drafts.file_state import MAX_FILE_BYTES
from tools.drafts.program import DraftProgram
from tools.renaming.resolving import Found, Resolving, listed, related
from tools.renaming.scopes import Place

LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Renaming:
    """What is asked for: `old` may be dotted, and `path` may be left out."""

    old: str
    new: str
    path: str = ""

    @property
    def last(self) -> str:
        return self.old.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Renamed:
    """What was done."""

    draft: Draft
    path: str
    symbol: str
    spots: Mapping[str, Sequence[tuple[int, int]]]
    """By path, the line and the column (in bytes, from 0) of each place."""
    notes: tuple[str, ...] = ()
    """What was left as it is, a sentence each."""

    @property
    def count(self) -> int:
        return sum(map(len, self.spots.values()))


def rename(draft: Draft, wish: Renaming) -> Renamed:
    """Rename everywhere; ToolRefusedError where that cannot be done whole."""
    program = DraftProgram(draft, largest=MAX_FILE_BYTES)
    target = _target(program, wish)
    _check_new(wish)
    found = Resolving(program, target, wish.last).all()
    found.unsure += _taken(program, target, wish.new, found.mine)
    if found.unsure:
        raise ToolRefusedError(
            f"{wish.last} is not renamed, since not every place can be told or is free: "
            + listed(found.unsure)
        )
    spots = {
        path: sorted((one.line, one.column) for one in many) for path, many in found.mine.items()
    }
    changed = written(draft, spots, wish)
    _check_done(changed, target, wish, sum(map(len, spots.values())))
    path = program.paths[target.document]
    return Renamed(changed, path, target.qualified, spots, tuple(_left(changed, wish, found)))


def written(draft: Draft, spots: Mapping[str, Sequence[tuple[int, int]]], wish: Renaming) -> Draft:
    """Return the draft with the name replaced at these spots."""
    for path, many in spots.items():
        draft = draft.with_text(path, _written(path, draft.text(path), many, wish))
    return draft


def _target(program: DraftProgram, wish: Renaming) -> DefinitionEntity:
    found = [
        one
        for one in program.named(wish.last)
        if f".{one.qualified}".endswith(f".{wish.old}")
        and wish.path in ("", program.paths[one.document])
    ]
    exact = [one for one in found if one.qualified == wish.old] or found
    if not exact:
        raise ToolRefusedError(
            f"no definition of Python is called {wish.old!r} here; other languages are not renamed"
        )
    if len(exact) > 1:
        named = [f"{program.paths[one.document]}::{one.qualified}" for one in exact]
        raise ToolRefusedError(f"{wish.old!r} may be one of these, say which: {listed(named)}")
    owner = exact[0].qualified.rpartition(".")[0]
    if owner and (program.file(exact[0].document).kind(owner) not in TYPES or "." in owner):
        raise ToolRefusedError(f"{exact[0].qualified} is inside a function or a class of a class")
    if wish.last.startswith("__"):
        raise ToolRefusedError(f"{wish.last} means something to Python itself")
    return exact[0]


def _check_new(wish: Renaming) -> None:
    if not wish.new.isidentifier() or keyword.iskeyword(wish.new):
        raise ToolRefusedError(f"{wish.new!r} is no name that Python takes")
    if hasattr(builtins, wish.new) or wish.new.startswith("__") or wish.new == wish.last:
        raise ToolRefusedError(f"{wish.new} is Python's own name, or the same as before")


def _taken(
    program: DraftProgram, target: DefinitionEntity, new: str, mine: dict[str, list[Place]]
) -> Iterator[str]:
    """Yield where the new name means something already."""
    owner = target.qualified.rpartition(".")[0]
    for path in mine:
        line = _line_of(program.draft.text(path), new, attributes=bool(owner))
        if line:
            yield f"{path}:{line} has a {new} already"
    for one in program.named(new):
        if one.document == target.document and one.qualified.rpartition(".")[0] == owner:
            yield f"{program.paths[one.document]} defines {one.qualified} already"
    if owner:
        yield from related(program, DefinitionEntity(target.document, owner), new)


def _line_of(text: str, name: str, *, attributes: bool) -> int:
    """Return the line where a file first binds or uses a name; 0 where it does not."""
    fields = ("id", "arg", "name", "asname", "rest", *(("attr",) if attributes else ()))
    lines = [
        getattr(node, "lineno", 1)
        for node in ast.walk(ast.parse(text))
        if not isinstance(node, ast.keyword)
        and any(getattr(node, one, None) == name for one in fields)
    ]
    return min(lines, default=0)


def _written(path: str, text: str, many: Sequence[tuple[int, int]], wish: Renaming) -> str:
    old, new = wish.last.encode(), wish.new.encode()
    lines = text.encode().split(b"\n")
    if "\r" in text.replace("\r\n", ""):
        raise ToolRefusedError(f"{path} has lines that end by a return alone; nothing is renamed")
    for number, column in sorted(set(many), reverse=True):
        line = lines[number - 1]
        if line[column : column + len(old)] != old:
            raise ToolRefusedError(
                f"{path}:{number} holds {wish.last} where it cannot be told apart (such as in a "
                "string); nothing is renamed"
            )
        lines[number - 1] = line[:column] + new + line[column + len(old) :]
    if len(set(many)) != len(many):
        raise ToolRefusedError(f"{path} holds {wish.last} twice in one place; nothing is renamed")
    return b"\n".join(lines).decode()


def _check_done(draft: Draft, target: DefinitionEntity, wish: Renaming, count: int) -> None:
    """Resolve anew: each place leads to the new name, and none to the old one any more."""
    program = DraftProgram(draft, largest=MAX_FILE_BYTES)
    owner = target.qualified.rpartition(".")[0]
    qualified = f"{owner}.{wish.new}" if owner else wish.new
    after = Resolving(program, DefinitionEntity(target.document, qualified), wish.new).all()
    before = Resolving(program, target, wish.last).all()
    reached = sum(map(len, after.mine.values()))
    if reached != count or before.mine or after.unsure:
        why = listed([*after.unsure, *before.mine]) or f"{reached} of {count} places lead to it"
        raise ToolRefusedError(f"the rename would not hold, so nothing is renamed: {why}")


def _left(draft: Draft, wish: Renaming, found: Found) -> Iterator[str]:
    """Tell what has the old name still."""
    if found.others:
        yield (
            f"{len(found.others)} places mean something else by {wish.last} and were left: "
            f"{listed(found.others)}"
        )
    word = re.compile(rf"(?<!\w){re.escape(wish.last)}(?!\w)")
    known = set(found.others)
    lines = []
    for path in sorted(draft.snapshot.files):
        data = draft.content(path)
        if data is None or len(data) > LARGEST or wish.last.encode() not in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            if word.search(line) and f"{path}:{number}" not in known:
                lines.append(f"{path}:{number}")
    if lines:
        yield (
            f"{len(lines)} lines of texts, comments, documents or other languages name "
            f"{wish.last} and were not changed: {listed(lines)}"
        )
