"""Passwords in a column of a table: of Markdown, of SQL, or with commas, semicolons or tabs."""

import re
from collections.abc import Iterator

from indexing.secrets.span import ClueIndex, SecretSpan
from indexing.secrets.values import looks_password

CLUES = ("password", "passwort", "passwd", "secret")
SEPARATORS = "|,;\t"
CELL = re.compile(r"[ \"'*`]{0,40}(?P<value>[^\s|;,\t\"'`]{8,128}+)")
MAX_ROWS = 500
MAX_ROW_LENGTH = 2_000
MAX_CELLS = 40
# `INSERT INTO users (name, password) VALUES ('anna', '…')`
INSERT = re.compile(
    r"insert into [`\"\[]?[\w.`\"\[\]]{1,80}\s{0,20}\((?P<columns>[^()\n]{3,600})\)"
    r"\s{0,40}values\s{0,40}\(",
    re.IGNORECASE,
)
TELLING = re.compile(r"passw(?:or)?d|passphrase|secret|token|api_?key", re.IGNORECASE)
LITERAL = re.compile(r"\s{0,40}(?:[N]?'(?P<value>[^'\n]{0,512})'|[^',()\n]{1,80})(?P<end>,|\))")
NEXT_ROW = re.compile(r"\s{0,4},\s{0,40}\(")
HEADER_CELL = re.compile(r"[\w .#/()*`\"'-]{0,40}")


def column_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find what stands below a heading that is the word for a password and nothing else."""
    for clue in CLUES:
        done = 0
        for at in clues.places(clue):
            start = text.rfind("\n", max(at - MAX_ROW_LENGTH, 0), at) + 1
            end = text.find("\n", at, at + MAX_ROW_LENGTH)
            separator = _separator(text, at, at + len(clue))
            if start < done or end < 0 or not separator:
                continue
            head = text[start:end].rstrip("\r").split(separator)
            if 2 <= len(head) <= MAX_CELLS and all(map(HEADER_CELL.fullmatch, head)):
                column = text.count(separator, start, at)
                for done in _rows(text, end, separator, len(head)):
                    yield from _cell(text, done, separator, column)


def inserted_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find the values of columns of SQL that are named for a secret."""
    done = 0
    for at in clues.places("insert into"):
        insert = INSERT.match(text, at) if at >= done else None
        names = insert["columns"].split(",") if insert is not None else []
        columns = [TELLING.search(name) is not None for name in names]
        row = insert if any(columns) else None
        for _ in range(MAX_ROWS):
            literals = list(_literals(text, row.end(), len(columns))) if row is not None else []
            if len(literals) < len(columns) or not literals:
                break
            for literal, is_told in zip(literals, columns, strict=True):
                if is_told and looks_password(literal["value"] or ""):
                    yield SecretSpan(*literal.span("value"), "password")
            done = literals[-1].end()
            row = NEXT_ROW.match(text, done)


def _literals(text: str, at: int, most: int) -> Iterator[re.Match[str]]:
    for _ in range(most):
        literal = LITERAL.match(text, at)
        if literal is None:
            return
        at = literal.end()
        yield literal


def _separator(text: str, start: int, end: int) -> str:
    """Return what stands on both sides of a heading, or nothing."""
    before = text[max(start - 40, 0) : start].rstrip(" \"'*`")[-1:]
    after = text[end : end + 40].lstrip(" \"'*`\r")[:1]
    for separator in SEPARATORS:
        if separator in (before, after) and {before, after} <= {separator, "\n", ""}:
            return separator
    return ""


def _rows(text: str, end: int, separator: str, cells: int) -> Iterator[int]:
    """Yield where the rows below a heading begin, as long as they have its number of cells."""
    for _ in range(MAX_ROWS):
        start = end + 1
        end = text.find("\n", start, start + MAX_ROW_LENGTH)
        end = end if end >= 0 else min(len(text), start + MAX_ROW_LENGTH)
        if text.count(separator, start, end) != cells - 1:
            return
        yield start


def _cell(text: str, start: int, separator: str, column: int) -> Iterator[SecretSpan]:
    for _ in range(column):
        start = text.index(separator, start) + 1
    value = CELL.match(text, start)
    if value is not None and looks_password(value["value"]):
        yield SecretSpan(*value.span("value"), "password")
