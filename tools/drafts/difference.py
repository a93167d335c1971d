"""One file's change as the lines of a unified diff that git can apply."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tools.drafts.encoding import texts_of
from tools.drafts.matching import matched

CONTEXT = 3
NO_END = " No newline at end of file"

DiffMark = Literal["", " ", "-", "+", "\\"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff; a line without a mark tells of files and places."""

    mark: DiffMark
    text: str
    """Without its mark and its end, which is always a line feed."""
    number: int = 0
    """Where it stands: in the new file where it is added, else in the old one; 0 is nowhere."""

    def __str__(self) -> str:
        return f"{self.mark}{self.text}\n"


def file_difference(path: str, before: bytes | None, after: bytes | None, mode: int) -> str:
    """Return the part of a diff for one file; empty where nothing changed."""
    return "".join(map(str, difference(path, before, after, mode)))


def difference(
    path: str, before: bytes | None, after: bytes | None, mode: int
) -> tuple[DiffLine, ...]:
    """Return its lines."""
    if before == after:
        return ()
    lines = [DiffLine("", f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}")]
    if before is None:
        lines.append(DiffLine("", f"new file mode 100{mode:o}"))
    elif after is None:
        lines.append(DiffLine("", f"deleted file mode 100{mode:o}"))
    texts = texts_of(before, after)
    if texts is None:
        return (*lines, DiffLine("", f"Binary file {_quoted(path)} differs"))
    hunks = list(_hunks(_lines(texts.old), _lines(texts.new)))
    if hunks:
        names = (
            "/dev/null" if before is None else _quoted("a/" + path),
            "/dev/null" if after is None else _quoted("b/" + path),
        )
        lines += [DiffLine("", f"--- {names[0]}"), DiffLine("", f"+++ {names[1]}")]
    return (*lines, *hunks)


def _hunks(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for group in matched(old, new).get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        places = f"-{_range(first[1], last[2])} +{_range(first[3], last[4])}"
        yield DiffLine("", f"@@ {places} @@")
        for kind, *bounds in group:
            old_at, old_end, new_at, new_end = bounds
            if kind == "equal":
                yield from _marked(" ", old, old_at, old_end)
                continue
            yield from _marked("-", old, old_at, old_end)
            yield from _marked("+", new, new_at, new_end)


def _marked(mark: DiffMark, lines: list[str], start: int, end: int) -> Iterator[DiffLine]:
    for number in range(start, end):
        line = lines[number]
        yield DiffLine(mark, line.removesuffix("\n"), number + 1)
        if not line.endswith("\n"):
            yield DiffLine("\\", NO_END)


def _range(start: int, end: int) -> str:
    """Name lines as diffs do; none are named by the one before them."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + (count > 0)},{count}"


def _lines(text: str) -> list[str]:
    """Split at \\n only, as git does."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _quoted(path: str) -> str:
    """Quote a name as git does where a line could not hold it."""
    if path.isprintable() and path.isascii() and not set(path) & set('"\\'):
        return path
    escaped = "".join(
        f"\\{byte:03o}" if byte < 0x20 or byte > 0x7E or byte in b'"\\' else chr(byte)
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{escaped}"'
