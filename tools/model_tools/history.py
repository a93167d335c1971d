"""The tool `history`: commits by words of their messages and changes, or one commit by its id.

It searches what `rooftree history` searches and executes nothing. Files that no tool may look into
are counted and not named.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from indexing.history.one_commit import SHOWN_ID, changed_places, date_of, find_commit
from indexing.history.search import HistoryQuery, HistoryResult, search_history
from indexing.history.touched_symbols import TouchedSymbols
from indexing.repository.repository import Repository
from indexing.secrets.redact import redact
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.text.shortened import shortened
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, clipped, relative_path

MAX_COMMITS = 8
MAX_FILES = 4
"""Of each commit that is found; all that there are of one that is shown."""
MAX_SUBJECT = 200
MAX_SYMBOLS = 6
READ_SECONDS = 10.0
"""How long one call reads changes that were not read before."""
HEAD_SHARE = 0.8

IsHidden = Callable[[str], bool]


class HistoryArguments(Arguments):
    own_names: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("sha", "hash", "id", "revision", "commit_id"), "commit"
    )

    question: Text = Field(default="", description="words of messages or of changed code")
    path: Text = Field(default="", description="only commits that change this file or folder")
    commit: Text = Field(default="", description="the id of one commit that is shown instead")


def history_tool(working: WorkingDraft, repository: Repository, hidden: IsHidden) -> Tool:
    """Return the tool over the history of a repository."""

    async def history(arguments: HistoryArguments) -> str:
        told = await asyncio.to_thread(_told, repository, arguments, hidden)
        return shortened(redact(told), working.limits.characters, HEAD_SHARE)

    return Tool(
        "history",
        "Search the commits by words of their messages and changes; or show one commit's message "
        "and what it changed.",
        HistoryArguments,
        history,
        recorded=True,
    )


def _told(repository: Repository, arguments: HistoryArguments, hidden: IsHidden) -> str:
    repository.reopen_worktree()
    if arguments.commit.strip():
        return _shown(repository, arguments.commit, hidden)
    path = relative_path(arguments.path)
    if path and hidden(path):
        raise ToolRefusedError(f"{path!r} may not be looked into")
    if not arguments.question.strip():
        raise ToolRetryError("say by `question` which words to look for, or name a `commit`")
    wanted = HistoryQuery(arguments.question, MAX_COMMITS, path=path or None)
    with repository.manifest() as manifest:
        found = search_history(
            manifest, repository.worktree, wanted, lambda _done, _all: None, READ_SECONDS
        )
    return "\n".join(_found(found, hidden))


def _found(result: HistoryResult, hidden: IsHidden) -> Iterator[str]:
    coverage = result.coverage
    yield (
        f"looked at the messages of {coverage.commits} commits and the changes of {coverage.diffs}"
    )
    missed = "; ".join(map(str, coverage.as_json()["not_looked_at"]))
    if missed:
        yield f"not looked at: {missed}"
    if not result.hits:
        whole = coverage.status(found=False) == "not_found"
        yield "no commit has these words" if whole else "nothing found in what was looked at"
    for hit in result.hits:
        subject = clipped(hit.subject, MAX_SUBJECT)
        yield f"{hit.sha[:SHOWN_ID]} {date_of(hit.time)} {hit.author}: {subject}"
        yield from _places(hit.files, hit.more_files, hidden, MAX_FILES)


def _shown(repository: Repository, name: str, hidden: IsHidden) -> str:
    """Show one commit: its message, and the definitions that it changed."""
    worktree = repository.worktree
    commit = find_commit(worktree, name.strip().removeprefix("commit:"))
    files, more = changed_places(worktree, commit)
    lines = [f"commit {commit.short} {commit.date} {commit.author}", commit.message, ""]
    if commit.parents > 1:
        lines.append("a merge: what it changed is in the commits that it joins")
    lines += _places(files, more, hidden, len(files))
    return "\n".join([*lines, f"a mark of this message is [commit:{commit.short}]"])


def _places(
    files: Sequence[TouchedSymbols], more: int, hidden: IsHidden, most: int
) -> Iterator[str]:
    allowed = [file for file in files if not hidden(file.path)]
    for file in allowed[:most]:
        names = ", ".join(file.symbols[:MAX_SYMBOLS])
        counts = f"    {file.status} {file.path} +{file.added} -{file.removed}"
        yield f"{counts}: {names}" if names else counts
    if left := len(allowed[most:]) + more:
        yield f"    and {left} more files"
    if unseen := len(files) - len(allowed):
        yield f"    and {unseen} files that may not be looked into"
