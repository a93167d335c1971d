"""The tool `read`: numbered lines of a file, the names in a folder, or the output of a run."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from indexing.secrets.redact import redact
from rooftree.errors import ToolRetryError
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, clipped, relative_path

LOG = "log:"
MAX_ENTRIES = 200


class ReadArguments(Arguments):
    path: Text = Field(default="", description="a file or folder; log:3 is all that run 3 said")
    start: int = Field(default=1, description="first line, from 1")
    limit: int = Field(default=200, ge=1, description="how many lines")

    @classmethod
    def adapted(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take a last line, or a pair of lines, for how many there are to be."""
        told = dict(given)
        pair = told.pop("view_range", None)
        if isinstance(pair, list) and len(pair) == 2:
            told["start"], told["end"] = pair
        end = next((told.pop(name) for name in ("end", "end_line") if name in told), None)
        start = told.get("start", told.get("start_line", 1))
        if end is not None and str(end).isdecimal() and str(start).isdecimal():
            told.setdefault("limit", max(1, int(end) - int(start) + 1))
        return told


def read_tool(working: WorkingDraft) -> Tool:
    """Return the tool over one agent's draft."""
    most = working.limits.lines

    async def read(arguments: ReadArguments) -> str:
        return await asyncio.to_thread(_read, working, arguments)

    return Tool(
        "read",
        f"Read lines of a file, at most {most} at once, or list a folder. Edits made so far are "
        "in it.",
        ReadArguments,
        read,
    )


def _read(working: WorkingDraft, arguments: ReadArguments) -> str:
    if arguments.path.startswith(LOG):
        return _log(working, arguments)
    path = relative_path(arguments.path)
    if not working.exists(path) and (not path or path in working.folders()):
        return _listing(working, path)
    lines = working.shown_lines(path)
    working.note_seen(path)
    return _lines(working, path, lines, arguments)


def _lines(working: WorkingDraft, name: str, lines: list[str], arguments: ReadArguments) -> str:
    limits, total = working.limits, len(lines)
    start = max(1, total + arguments.start + 1 if arguments.start < 0 else arguments.start)
    if start > total:
        raise ToolRetryError(f"{name!r} has {total} lines; there is no line {start}")
    shown: list[str] = []
    room = limits.characters
    for number in range(start, min(total, start + min(arguments.limit, limits.lines) - 1) + 1):
        line = f"{number:>6}| {clipped(lines[number - 1], limits.line_characters)}"
        room -= len(line) + 1
        if room < 0 and shown:
            break
        shown.append(line)
    last = start + len(shown) - 1
    more = f"; more: start={last + 1}" if last < total else ""
    return "\n".join([*shown, f"{name}: lines {start}-{last} of {total}{more}"])


def _log(working: WorkingDraft, arguments: ReadArguments) -> str:
    number = arguments.path.removeprefix(LOG)
    if number == "task" and working.task:
        return _lines(working, arguments.path, redact(working.task).split("\n"), arguments)
    if not number.isdecimal() or not 1 <= int(number) <= len(working.logs):
        raise ToolRetryError(
            f"there is no {arguments.path!r}; there are {len(working.logs)} logs, from log:1 on"
        )
    return _lines(working, arguments.path, working.logs[int(number) - 1].split("\n"), arguments)


def _listing(working: WorkingDraft, folder: str) -> str:
    start = f"{folder}/" if folder else ""
    inside = [one.removeprefix(start) for one in working.paths() if one.startswith(start)]
    files = [one for one in inside if "/" not in one]
    folders = Counter(one.partition("/")[0] for one in inside if "/" in one)
    entries = [f"{name}/ ({count} files)" for name, count in sorted(folders.items())] + files
    shown = entries[:MAX_ENTRIES]
    more = f"; {len(entries) - len(shown)} more: use find(kind='name')" * (
        len(shown) < len(entries)
    )
    where = start or "the root"
    return "\n".join([*shown, f"{where}: {len(entries)} entries, {len(inside)} files below{more}"])
