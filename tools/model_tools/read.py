"""The read tool: lines of an indexed file, redacted, and the blob that they come from.

Only files of the current generation can be read: what was ignored, denied or skipped by the index
is as invisible here as it is there.
"""

import asyncio
from dataclasses import dataclass, field

from indexing.files.decode import decode
from indexing.repository.repository import Repository
from indexing.secrets.redact import redact
from indexing.store.worktree_state import is_utf8
from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.git.commands import blob_hash

MAX_LINES = 200
MAX_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines `start` to `end` (1-based, inclusive) of a file whose bytes hash to `blob`."""

    path: str
    start: int
    end: int
    blob: str
    text: str


@dataclass(slots=True)
class ReadTool:
    """Reads from one repository; `excerpts` is everything that was read."""

    repository: Repository
    excerpts: list[Excerpt] = field(default_factory=list, init=False)

    async def read(self, path: str, start: int = 1, end: int = MAX_LINES) -> str:
        """Read lines `start` to `end` of a file of the code base."""
        excerpt = await asyncio.to_thread(read_lines, self.repository, path, start, end)
        self.excerpts.append(excerpt)
        return f"{excerpt.path}:{excerpt.start}-{excerpt.end}\n{excerpt.text}"


def read_lines(repository: Repository, path: str, start: int, end: int) -> Excerpt:
    """Read a range of lines from the worktree, as the index would see them."""
    if start < 1 or end < start:
        raise ToolRetryError(f"lines {start}-{end} are not a range; lines count from 1")
    if not is_utf8(path) or not repository.holds(path):
        raise ToolRefusedError(f"{path!r} is not among the indexed files; search for it first")
    try:
        blob = read_beneath(repository.worktree.root, path, MAX_FILE_BYTES)
    except OSError as error:
        raise ToolRefusedError(f"cannot read {path!r}: {error.strerror}") from error
    if blob.size > MAX_FILE_BYTES:
        raise ToolRefusedError(f"{path!r} has {blob.size} bytes, more than {MAX_FILE_BYTES}")
    lines = visible_lines(blob.data)
    last = min(end, len(lines), start + MAX_LINES - 1)
    if start > len(lines):
        raise ToolRetryError(f"{path!r} has {len(lines)} lines; {start} is past its end")
    text = "\n".join(lines[start - 1 : last])
    name = blob_hash(blob.data, repository.worktree.object_format)
    return Excerpt(path, start, last, name, text)


def visible_lines(data: bytes) -> list[str]:
    """Return a file's lines as they may be shown: decoded and redacted, split at \\n only."""
    decoded = decode(data)
    if decoded is None:
        raise ToolRefusedError("the file is binary")
    return redact(decoded.text).split("\n")
