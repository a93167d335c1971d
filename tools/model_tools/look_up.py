"""The tool `symbols`: where a name is defined, who calls it, what it calls, and a file's outline.

Definitions and uses come from the index, which has seen the repository and not the draft; an
outline and what a definition calls are read from the draft itself.
"""

import asyncio
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from indexing.parsing.extract import extract
from indexing.repository.repository import Repository
from indexing.secrets.redact import redact
from rooftree.errors import ToolRetryError
from rooftree.text.shortened import shortened
from tools.edits.whole_definitions import definition
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, relative_path

LookUpKind = Literal["definition", "callers", "callees", "outline"]
MAX_DEFINITIONS = 8
MAX_USES = 30
MAX_OUTLINE = 200


class LookUpArguments(Arguments):
    name: Text = Field(description="a name such as Queue.get; for an outline a file")
    what: LookUpKind = Field(default="definition", description="what to tell of it")


def look_up_tool(working: WorkingDraft, repository: Repository) -> Tool:
    """Return the tool over one agent's draft and the index of its repository."""

    async def symbols(arguments: LookUpArguments) -> str:
        told = await asyncio.to_thread(_looked_up, working, repository, arguments)
        return shortened(redact(told), working.limits.characters)

    return Tool(
        "symbols",
        "Tell where a function, method or class is defined, who calls it, what it calls; or what a "
        "file defines.",
        LookUpArguments,
        symbols,
        recorded=True,
    )


def _looked_up(working: WorkingDraft, repository: Repository, arguments: LookUpArguments) -> str:
    if arguments.what == "outline":
        return _outline(working, relative_path(arguments.name))
    with repository.symbols() as (symbols, coverage):
        found = symbols.find(arguments.name, None, MAX_DEFINITIONS)
        behind = coverage.files_behind
        note = f"\n{behind} files have changed since the index was made" if behind else ""
        if not found.symbols:
            raise ToolRetryError(
                f"the index knows no definition of {arguments.name!r}; use find for it{note}"
            )
        if arguments.what == "callees":
            first = found.symbols[0]
            return "\n".join(_callees(working, first.path, first.name)) + note
        lines = [
            f"{one.path}:{one.start}-{one.end} {one.kind} {one.name} {one.signature}".rstrip()
            for one in found.symbols
        ]
        if found.how != "exact":
            lines.insert(0, f"no definition has that very name; by {found.how}:")
        if arguments.what == "callers":
            uses = symbols.uses([one.definition for one in found.symbols])
            sure = [use for used in uses.resolved.values() for use in symbols.sorted(used)]
            edges = [symbols.edge(use, "resolved") for use in sure[:MAX_USES]]
            lines += [f"used: {one.path}:{one.line} in {one.within or 'the file'}" for one in edges]
            guesses = symbols.sorted(uses.unresolved)
            edges = [symbols.edge(use, "name-match") for use in guesses[:MAX_USES]]
            lines += [f"perhaps used (by name): {one.path}:{one.line}" for one in edges]
            left = max(0, len(sure) - MAX_USES) + max(0, len(guesses) - MAX_USES)
            lines += [f"{left} more uses"] if left else []
            lines += ["no use is known"] if not sure and not guesses else []
        return "\n".join(lines) + note


def _callees(working: WorkingDraft, path: str, name: str) -> Iterator[str]:
    """Yield what a definition of the draft calls, each name once."""
    text = working.draft.text(path)
    symbol = definition(path, text, name)
    yield f"{path}:{symbol.start}-{symbol.end} {symbol.qualified} calls:"
    called = dict.fromkeys(
        (one.name, one.line)
        for one in extract(path, text).references
        if one.kind == "call" and symbol.start <= one.line <= symbol.end
    )
    seen: set[str] = set()
    for called_name, line in called:
        if called_name not in seen:
            seen.add(called_name)
            yield f"{called_name} (line {line})"
    if not seen:
        yield "nothing"


def _outline(working: WorkingDraft, path: str) -> str:
    if not working.exists(path):
        raise working.missing(path)
    found = extract(path, working.draft.text(path))
    lines = [
        f"{one.start:>6}-{one.end} {one.kind} {one.qualified}"
        for one in found.symbols[:MAX_OUTLINE]
    ]
    left = len(found.symbols) - len(lines)
    lines += [f"{left} more definitions"] if left else []
    if not lines:
        why = f" ({'; '.join(found.notes)})" if found.notes else ""
        return f"{path!r} defines nothing that can be told{why}; read it"
    return "\n".join([f"{path}:", *lines])
