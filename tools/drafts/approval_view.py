"""What a person and the reviewer model see of a draft before it is applied: every changed line.

Added and removed lines are shown byte for byte, secrets and all: what was redacted would be applied
unseen. Only unchanged lines lose secrets, each by itself, so that a rule which begins in one of
them swallows nothing that is new. What would not be seen of a line stands as an escape in the view.
What no diff can show is not approved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexing.parsing.syntax.misleading_names import deceptive_names
from indexing.secrets.redact import MARKER, redact
from rooftree.text.visible import escaped, escaped_line
from tools.drafts.difference import DiffLine, difference
from tools.drafts.draft import Draft
from tools.drafts.encoding import UTF_8, texts_of

CHANGED = ("+", "-")
_ESCAPES = re.compile(r"\\u\{[0-9A-F]{1,6}(?:\*[0-9]{1,9})?\}")
MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class LineWarning:
    """What an approver should know of a line, in words that do not repeat it."""

    path: str
    line: int
    """Of the file as it would be; 0 means the whole file."""
    what: str

    def __str__(self) -> str:
        path = escaped_line(self.path)
        return f"{path}:{self.line} {self.what}" if self.line else f"{path} {self.what}"

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "line": self.line, "what": self.what}


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line of the diff: as it is, and as it is shown."""

    line: DiffLine
    shown: str


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """The whole of one draft, as its approver sees it."""

    digest: str
    """Of the draft, over the bytes that would be applied."""
    rows: tuple[DiffRow, ...] = ()
    warnings: tuple[LineWarning, ...] = ()
    refused: str = ""
    """Why it cannot be approved."""

    @property
    def diff(self) -> str:
        """Return the diff with the characters that it has."""
        return "".join(str(row.line) for row in self.rows)

    @property
    def view(self) -> str:
        """Return the diff with an escape for whatever would not be seen."""
        return self.first(len(self.rows))[0]

    @property
    def added(self) -> int:
        return sum(row.line.mark == "+" for row in self.rows)

    @property
    def removed(self) -> int:
        return sum(row.line.mark == "-" for row in self.rows)

    def first(self, count: int) -> tuple[str, int]:
        """Return the first rows as they are shown, and how many changed lines they hold."""
        rows = self.rows[:count]
        text = "".join(f"{row.line.mark}{row.shown}\n" for row in rows)
        return text, sum(row.line.mark in CHANGED for row in rows)

    def as_json(self) -> dict[str, Any]:
        """Return it for the approver: `diff` for programs, `view` for display."""
        return {
            "digest": self.digest,
            "diff": self.diff,
            "view": self.view,
            "warnings": [one.as_json() for one in self.warnings],
            "added": self.added,
            "removed": self.removed,
        }


def view_of(draft: Draft) -> ApprovalView:
    """Show a draft."""
    rows: list[DiffRow] = []
    warnings: list[LineWarning] = []
    for path in draft.paths:
        before, after = draft.snapshot.content(path), draft.changes[path]
        lines = difference(path, before, after, draft.snapshot.mode(path))
        texts = texts_of(before, after)
        old, new = (texts.old, texts.new) if texts is not None else ("", "")
        ends = "\r" if _ends_by_crlf(old, new) else ""
        rows += _rows(lines, old, ends)
        warnings += _warnings(path, lines, new, ends)
        if before is None and ends:
            warnings.append(LineWarning(path, 0, "is new, and its lines end by CR LF"))
        if texts is not None and texts.encoding.codec != UTF_8:
            what = f"is not UTF-8: it is shown and kept as {texts.encoding}"
            warnings.append(LineWarning(path, 0, what))
    return ApprovalView(draft.digest, tuple(rows), tuple(warnings), undisplayable_file(draft))


def undisplayable_file(draft: Draft) -> str:
    """Say which file's change no diff can show; empty where all can be read."""
    for path in draft.paths:
        if texts_of(draft.snapshot.content(path), draft.changes[path]) is None:
            return (
                f"{path!r} is not UTF-8 text, nor is it text in one other encoding, so nobody can "
                "see its change and nothing is applied; change that file by hand"
            )
    return ""


def warning_sentences(warnings: Sequence[LineWarning], most: int = 20) -> list[str]:
    """Return warnings as sentences for a person; the lines themselves are shown in any case."""
    texts = [str(one) for one in warnings[:most]]
    left = len(warnings) - len(texts)
    return [*texts, f"{left} more lines are like these; --json tells all"] if left else texts


def _rows(lines: Sequence[DiffLine], old: str, ends: str) -> Iterator[DiffRow]:
    # Of the whole old file: a key that begins above the hunk must not show where the hunk begins.
    safe = redact(old).split("\n")
    for line in lines:
        if line.mark == " ":
            line = DiffLine(" ", safe[line.number - 1], line.number)  # noqa: PLW2901 - the same, safe
        yield DiffRow(line, _shown(line.text, ends if line.mark else ""))


def _shown(text: str, ends: str) -> str:
    """Escape what would not be seen; CR is plain only where every line of the file ends by it."""
    if ends and text.endswith(ends):
        return escaped(text[: -len(ends)]) + ends
    return escaped(text)


def _ends_by_crlf(*texts: str) -> bool:
    return any(texts) and all(text.count("\n") == text.count("\r\n") for text in texts)


def _warnings(path: str, lines: Sequence[DiffLine], new: str, ends: str) -> Iterator[LineWarning]:
    secrets = dict(_secrets(new))
    names = {one.line: str(one) for one in deceptive_names(path, new)}
    for line in lines:
        if line.mark != "+":
            continue
        if line.number in secrets:
            what = f"adds what looks like a secret ({secrets[line.number]})"
            yield LineWarning(path, line.number, what)
        if line.number in names:
            yield LineWarning(path, line.number, f"names {escaped(names[line.number])}")
        if MARKER.search(line.text):
            yield LineWarning(path, line.number, "holds the mark of a redaction as its own text")
        shown = _shown(line.text, ends)
        if shown != line.text:
            named = ", ".join(dict.fromkeys(_ESCAPES.findall(shown)[:MAX_NAMED]))
            yield LineWarning(path, line.number, f"holds what would not be seen, shown as {named}")


def _secrets(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold a secret or a part of one, with its kind."""
    kind = ""
    safe = redact(text).split("\n")
    for number, (line, shown) in enumerate(zip(text.split("\n"), safe, strict=True), 1):
        if line == shown:
            continue
        marks = [one for one in MARKER.findall(shown) if one not in line]
        # A line within a secret has no mark of its own.
        kind = marks[0].split(":")[1] if marks else kind
        yield number, kind
