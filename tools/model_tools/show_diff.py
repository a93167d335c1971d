"""The tool `diff`: what the draft changes, when a model asks for it."""

import asyncio

from pydantic import Field

from indexing.secrets.redact import redact
from tools.drafts.difference import file_difference
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, relative_path


class DiffArguments(Arguments):
    path: Text = Field(default="", description="only of this file")


def diff_tool(working: WorkingDraft) -> Tool:
    """Return the tool over one agent's draft."""

    async def diff(arguments: DiffArguments) -> str:
        path = relative_path(arguments.path)
        return await asyncio.to_thread(drafted_diff, working, path, working.limits.characters)

    return Tool("diff", "Show what you have changed so far, as a diff.", DiffArguments, diff)


def drafted_diff(working: WorkingDraft, path: str, length: int) -> str:
    """Return the diff, cut at whole files where it is longer, with the names of the others."""
    draft = working.draft
    names = [one for one in draft.paths if not path or one == path or one.startswith(f"{path}/")]
    if not names:
        return f"nothing is changed{f' in {path}' if path else ''}"
    shown: list[str] = []
    for number, name in enumerate(names):
        snapshot = draft.snapshot
        part = file_difference(
            name, snapshot.content(name), draft.changes[name], snapshot.mode(name)
        )
        part = redact(part)
        room = length - sum(map(len, shown))
        if len(part) > room:
            cut = part[: max(0, room - 200)].rpartition("\n")[0]
            rest = ", ".join(names[number + 1 :])
            others = f"; not shown: {rest}"[:400] if rest else ""
            shown.append(f"{cut}\n[{name}: {len(part)} characters of diff, cut here{others}]")
            break
        shown.append(part)
    return "".join(shown)
