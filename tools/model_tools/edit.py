"""The tools `edit` and `change_file`: they change the draft, and show what came of it.

An edit that breaks a file's syntax is refused once; made again it is stored and stays open until
the file parses. What is returned is the region around the edit, what does not parse now, what
linters newly find in the file, and who calls a definition whose signature changed; never the whole
diff, which grows with each edit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.text.linear_patterns import word_pattern
from rooftree.text.shortened import shortened
from tools.drafts.draft import Draft
from tools.drafts.syntax import syntax_problem
from tools.edits.answer_parser import with_hidden
from tools.edits.apply_patch import FilePatch, parse_patch, patched
from tools.edits.replace_text import MatchKind, numbered, replace_text
from tools.edits.whole_definitions import definitions
from tools.model_tools.arguments import Arguments, Code, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import LintFinding, WorkingDraft, clipped, relative_path

FileAction = Literal["create", "overwrite", "delete", "move", "insert"]
MAX_OVERWRITTEN_LINES = 400
AROUND = 4
MAX_REGION = 60
MAX_CALLERS = 8
REFUSALS_BEFORE_WHOLE = 2
"""Refused edits of one file after which another way of editing it is offered."""
REFUSALS_BEFORE_ANY = 3
"""After which a file of any length may be overwritten."""
RUN_NUDGE_EDITS = 2
HOW: dict[MatchKind, str] = {
    "exact": "",
    "blanks": " (matched but for blanks at the ends of lines)",
    "signs": " (matched but for quotes, dashes or spaces)",
    "indentation": " (matched at another indentation, which was put right)",
    "similar": " (matched loosely: check that it is what you meant)",
}

LintEdit = Callable[[str], Awaitable[Sequence[LintFinding]]]
"""Tells what linters newly find in a file of the draft, which was edited just now."""
MAX_FINDINGS = 5
REGION_SHARE = 0.75
"""Of what an edit tells, that the lines around it take at most."""
CUT_NOTE = 60
"""Characters that it takes to say that something was cut."""


class EditArguments(Arguments):
    path: Text = Field(description="the file")
    old: Code = Field(default="", description="text to replace, as it stands; empty: a new file")
    new: Code = Field(default="", description="what to put there; empty deletes `old`")
    all: bool = Field(default=False, description="replace every place")


class ChangeFileArguments(Arguments):
    path: Text = Field(description="the file")
    action: FileAction = Field(description="what to do with it")
    text: Code = Field(default="", description="new text (create, overwrite, insert)")
    to: Text = Field(default="", description="new path (move)")
    line: int = Field(default=0, ge=0, description="insert after this line; 0 is the beginning")


class PatchArguments(Arguments):
    patch: Text = Field(description="the whole patch")
    own_names: ClassVar[Mapping[str, str]] = {"input": "patch", "diff": "patch"}


@dataclass(frozen=True, slots=True)
class EditTools:
    """Both tools over one agent's draft."""

    working: WorkingDraft
    read_first: bool = True
    """Whether a file must have been read; a small model is shown the lines instead."""
    lint: LintEdit | None = None
    can_run: bool = True
    by_patch: bool = False
    """Whether the model edits by patches, which it was measured to do better."""

    def tools(self) -> tuple[Tool, ...]:
        edit = Tool(
            "edit",
            "Replace text in a file. Copy `old` exactly, with enough lines to be the only such "
            "place.",
            EditArguments,
            self.edit,
            kind="edit",
        )
        patch = Tool(
            "apply_patch",
            "Change files by a patch: *** Begin Patch, *** Update File: path (or Add File, Delete "
            "File), @@ definition, lines with a blank, - or + before them, *** End Patch.",
            PatchArguments,
            self.apply_patch,
            kind="edit",
        )
        return (
            patch if self.by_patch else edit,
            Tool(
                "change_file",
                "Create, overwrite, delete or move a file, or insert lines into it.",
                ChangeFileArguments,
                self.change_file,
                kind="edit",
            ),
        )

    async def edit(self, arguments: EditArguments) -> str:
        path = relative_path(arguments.path)
        try:
            return await self._edited(path, arguments)
        except ToolRetryError as error:
            raise self._refused(path, error) from error

    async def change_file(self, arguments: ChangeFileArguments) -> str:
        path = relative_path(arguments.path)
        try:
            return await self._changed(path, arguments)
        except ToolRetryError as error:
            raise self._refused(path, error) from error

    async def apply_patch(self, arguments: PatchArguments) -> str:
        """Apply a patch, file by file; what was applied before one that does not fit is told."""
        told: list[str] = []
        for one in parse_patch(arguments.patch):
            path = relative_path(one.path)
            try:
                told.append(await self._patched(path, one))
            except ToolRetryError as error:
                done = f"; done before it: {'; '.join(told)}" if told else ""
                raise self._refused(path, ToolRetryError(f"{path}: {error}{done}")) from error
        return self._cut("\n".join(told), 1)

    async def _patched(self, path: str, patch: FilePatch) -> str:
        working = self.working
        if patch.action == "add":
            if working.exists(path):
                raise ToolRetryError("it exists; use *** Update File")
            return await self._created(path, patch.added_text)
        if not working.exists(path):
            raise working.missing(path)
        if patch.action == "delete":
            self._take(working.draft.with_content(path, None), path)
            return f"deleted {path}"
        told = []
        if patch.hunks:
            text = working.draft.text(path)
            plain = text.replace("\r\n", "\n")
            for hunk in patch.hunks:
                hunk.old = with_hidden(plain, "\n".join(hunk.old)).split("\n")
                hunk.new = with_hidden(plain, "\n".join(hunk.new)).split("\n")
            draft = working.draft.with_text(path, patched(text, patch))
            told.append(await self._taken(draft, path, f"patched {path}", 1, 0))
        if patch.to:
            told.append(self._moved(path, relative_path(patch.to)))
        return "\n".join(told)

    async def _edited(self, path: str, arguments: EditArguments) -> str:
        working = self.working
        if not arguments.old.strip():
            if working.exists(path):
                raise ToolRetryError(
                    f"{path!r} exists: give the lines to replace as `old`, or use change_file"
                )
            return await self._created(path, arguments.new)
        if not working.exists(path):
            raise working.missing(path)
        if self.read_first and not working.is_seen(path):
            raise ToolRetryError(f"read {path!r} first: you have not seen what it holds now")
        text = working.draft.text(path)
        plain = text.replace("\r\n", "\n")
        old, new = with_hidden(plain, arguments.old), with_hidden(plain, arguments.new)
        done = replace_text(text, old, new, everywhere=arguments.all)
        draft = working.draft.with_text(path, done.text)
        times = f" at {done.count} places" if done.count > 1 else ""
        said = f"edited {path}{times}{HOW[done.kind]}"
        return await self._taken(draft, path, said, done.start, done.end)

    async def _changed(self, path: str, arguments: ChangeFileArguments) -> str:
        working = self.working
        if arguments.action == "create":
            if working.exists(path):
                raise ToolRetryError(f"{path!r} exists; use edit, or action='overwrite'")
            return await self._created(path, arguments.text)
        if not working.exists(path):
            raise working.missing(path)
        if arguments.action == "delete":
            self._take(working.draft.with_content(path, None), path)
            return f"deleted {path}"
        if arguments.action == "move":
            return self._moved(path, relative_path(arguments.to))
        if arguments.action == "insert":
            return await self._inserted(path, arguments)
        return await self._overwritten(path, arguments.text)

    async def _created(self, path: str, text: str) -> str:
        draft = self.working.draft.with_text(path, _ended(with_hidden("", text)))
        lines = text.strip("\n").count("\n") + 1
        return await self._taken(draft, path, f"created {path} ({lines} lines)", 1, 0)

    async def _overwritten(self, path: str, text: str) -> str:
        working = self.working
        before = working.draft.text(path)
        lines = before.count("\n") + 1
        free = working.refusals[path] >= REFUSALS_BEFORE_ANY
        if lines > MAX_OVERWRITTEN_LINES and not free:
            raise ToolRetryError(
                f"{path!r} has {lines} lines, too many to be written anew; edit a part of it"
            )
        if self.read_first and not working.is_seen(path):
            raise ToolRetryError(f"read {path!r} first: you have not seen what it holds now")
        whole = with_hidden(before, text)
        draft = working.draft.with_text(path, _ended(whole) if before.endswith("\n") else whole)
        return await self._taken(draft, path, f"wrote {path} anew", 1, 0)

    async def _inserted(self, path: str, arguments: ChangeFileArguments) -> str:
        text = self.working.draft.text(path).replace("\r\n", "\n")
        lines = text.split("\n")
        if arguments.line > len(lines):
            raise ToolRetryError(f"{path!r} has {len(lines)} lines; there is no {arguments.line}")
        given = with_hidden(text, arguments.text).strip("\n").split("\n")
        lines[arguments.line : arguments.line] = given
        draft = self.working.draft.with_text(path, "\n".join(lines))
        start = arguments.line + 1
        said = f"inserted {len(given)} lines into {path}"
        return await self._taken(draft, path, said, start, start + len(given) - 1)

    def _moved(self, path: str, to: str) -> str:
        working = self.working
        if not to:
            raise ToolRetryError("`to` is empty; give the new path")
        if working.exists(to):
            raise ToolRetryError(f"{to!r} exists; delete it first, or choose another path")
        if working.draft.snapshot.mode(path) & 0o100:
            raise ToolRefusedError(f"{path!r} may be executed, and a moved file may not; leave it")
        content = working.draft.content(path)
        draft = working.draft.with_content(to, content).with_content(path, None)
        self._take(draft, to)
        working.moved_from[to] = working.moved_from.pop(path, path)
        return f"moved {path} to {to}; what names it elsewhere is still to be changed"

    async def _taken(self, draft: Draft, path: str, said: str, start: int, end: int) -> str:
        """Take an edit if the file still parses, or was refused for that already; tell of it."""
        working, before = self.working, self.working.draft
        problem = await asyncio.to_thread(syntax_problem, draft, path)
        if problem is not None and path not in {*working.unparsed, *working.syntax_refused}:
            working.syntax_refused.add(path)
            raise ToolRetryError(
                f"nothing was done: {problem}; correct the edit (made again it is stored as it is)"
            )
        self._take(draft, path)
        working.syntax_refused.discard(path)
        if problem is None:
            working.unparsed.pop(path, None)
        else:
            working.unparsed[path] = problem
        told = [said]
        if end:
            told.append(self._cut(self._region(path, start, end), REGION_SHARE))
        if problem is not None:
            working.lint.pop(path, None)
            told.append(f"{problem}: this has to be mended before you finish")
        elif self.lint is not None:
            told += finding_lines(await self.lint(path))
        told += await asyncio.to_thread(self._callers, before, path)
        if self.can_run and working.edits_since_run >= RUN_NUDGE_EDITS:
            told.append(f"{working.edits_since_run} edits have not been tested yet: use run")
        return self._cut("\n".join(told), 1)

    def _cut(self, text: str, share: float) -> str:
        """Return text that takes no more than a share of what a call may tell."""
        room = int(self.working.limits.characters * share)
        return text if len(text) <= room else shortened(text, max(room - CUT_NOTE, 0))

    def _take(self, draft: Draft, path: str) -> None:
        if draft.digest == self.working.draft.digest:
            raise ToolRetryError("the edit changes nothing: the file holds that already")
        self.working.take(draft, path)

    def _region(self, path: str, start: int, end: int) -> str:
        lines = self.working.shown_lines(path)
        first, last = max(1, start - AROUND), min(len(lines), end + AROUND)
        width = self.working.limits.line_characters
        shown = [clipped(line, width) for line in lines[first - 1 : last]]
        if len(shown) <= MAX_REGION:
            return numbered(shown, first)
        half = MAX_REGION // 2
        middle = f"       … {len(shown) - 2 * half} lines …"
        return "\n".join(
            [numbered(shown[:half], first), middle, numbered(shown[-half:], last - half + 1)]
        )

    def _callers(self, before: Draft, path: str) -> list[str]:
        """Return where definitions are used whose signature is another one now."""
        working = self.working
        if before.content(path) is None or working.draft.content(path) is None:
            return []
        old = {one.qualified: one for one in definitions(path, before.text(path))}
        new = {one.qualified: one for one in definitions(path, working.draft.text(path))}
        changed = [
            one.name
            for name, one in old.items()
            if one.kind in ("function", "method") and name in new
            if new[name].signature != one.signature
        ]
        gone = [one.name for name, one in old.items() if name not in new]
        found = []
        for name in dict.fromkeys([*changed, *gone]):
            places = self._uses(name, path)
            if places:
                what = "signature changed" if name in changed else "is gone"
                found.append(f"{name}: {what}; the name stands at {', '.join(places)}")
        return found

    def _uses(self, name: str, path: str) -> list[str]:
        suffix = path.rpartition(".")[2]
        pattern = word_pattern(name)
        places = []
        for other in self.working.paths():
            if not other.endswith(f".{suffix}") or other == path:
                continue
            data = self.working.content(other)
            line = next(pattern.lines(data), 0)
            if line:
                places.append(f"{other}:{line}")
            if len(places) == MAX_CALLERS:
                return [*places, "…"]
        return places

    def _refused(self, path: str, error: ToolRetryError) -> ToolRetryError:
        """Return the error with another way, where edits of a file were refused repeatedly."""
        working = self.working
        working.refusals[path] += 1
        if working.refusals[path] < REFUSALS_BEFORE_WHOLE or not working.exists(path):
            return error
        lines = len(working.shown_lines(path))
        if lines <= MAX_OVERWRITTEN_LINES or working.refusals[path] >= REFUSALS_BEFORE_ANY:
            advice = "write the file anew with change_file(action='overwrite')"
        else:
            advice = "replace a smaller piece, or insert lines with change_file(action='insert')"
        return ToolRetryError(f"{error}; or {advice}")


def finding_lines(found: Sequence[LintFinding]) -> list[str]:
    """Return what is told of new findings: the worst, a line each; nothing where there is none."""
    lines = [f"new lint finding: {one}" for one in found[:MAX_FINDINGS]]
    if len(found) > MAX_FINDINGS:
        lines[-1] += f" (and {len(found) - MAX_FINDINGS} more)"
    return lines


def _ended(text: str) -> str:
    """Return a file's text with a line feed at its end."""
    return text if not text or text.endswith("\n") else f"{text}\n"
