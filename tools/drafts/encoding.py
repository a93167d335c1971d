"""In which encoding a file's text is kept, so that an edit leaves all other bytes as they were.

UTF-8 is the rule. Text that is not is read by the encoding that the file declares, or else by the
one that western files without a word mostly have; that is a guess, so it is told to whoever
approves, and such a file gets no letter that it did not have. Only encodings that give back exactly
the bytes that they read are taken.
"""

import codecs
import re
from dataclasses import dataclass

from indexing.files.decode import decode
from rooftree.errors import ToolRetryError

_DECLARED = re.compile(rb"[ \t\f]*+#[^\n]*?coding[:=][ \t]*+([-\w.]++)")
"""As Python reads it (PEP 263): a comment in one of the first two lines."""
DECLARABLE = frozenset(
    [
        *("cp1250", "cp1251", "cp1252", "cp1253", "koi8-r", "koi8-u", "mac-roman", "euc_jp"),
        *("euc_kr", "gbk", "gb18030", "big5", "shift_jis", *(f"iso8859-{n}" for n in range(1, 17))),
    ]
)
GUESSED = ("cp1252", "iso8859-1")
UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """How text becomes bytes; `mark` is the byte order mark that the file begins with."""

    codec: str = UTF_8
    mark: bytes = b""
    declared: bool = True
    """Whether the file says so, and it is no guess."""

    def text(self, data: bytes) -> str:
        return data.removeprefix(self.mark).decode(self.codec)

    def data(self, path: str, text: str, before: str) -> bytes:
        """Return new text as bytes; ToolRetryError where this encoding cannot or may not hold it.

        `before` is what the file held: which letters are surely right in an encoding that is
        guessed.
        """
        if not self.declared:
            new = sorted(one for one in set(text) - set(before) if not one.isascii())
            if new:
                raise ToolRetryError(
                    f"{path!r} is not UTF-8 and does not say what it is, so {new[0]!r} cannot be "
                    "written into it; use ASCII or an escape"
                )
        try:
            return self.mark + text.encode(self.codec)
        except UnicodeEncodeError as error:
            raise ToolRetryError(
                f"the new text of {path!r} cannot be written as {self.codec}, in which the file "
                f"is: {text[error.start]!r}; use an escape"
            ) from error

    def __str__(self) -> str:
        how = "as it says" if self.declared else "which is a guess"
        return f"{self.codec}, {how}"


@dataclass(frozen=True, slots=True)
class FileTexts:
    """A file before and after a change, both read by the same encoding."""

    old: str
    new: str
    encoding: FileEncoding


def encoding_of(data: bytes | None) -> FileEncoding | None:
    """Return the encoding of a file's text; None where it is none that an edit leaves whole."""
    if data is None:
        return FileEncoding()
    decoded = decode(data)
    if decoded is None or decoded.note.startswith("utf-16"):
        return None
    if decoded.note in ("", "utf-8 bom"):
        return FileEncoding(mark=codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b"")
    declared = _declared(data)
    if declared and _gives_back(declared, data):
        return FileEncoding(declared)
    return next((FileEncoding(one, b"", False) for one in GUESSED if _gives_back(one, data)), None)


def texts_of(before: bytes | None, after: bytes | None) -> FileTexts | None:
    """Return both texts as one encoding reads them; None where none reads both.

    What was UTF-8 stays it: read by two encodings, other bytes could look the same.
    """
    encoding = FileEncoding() if _gives_back(UTF_8, before or b"") else encoding_of(before)
    if encoding is None:
        return None
    try:
        old, new = ((one or b"").decode(encoding.codec) for one in (before, after))
    except UnicodeDecodeError:
        return None
    return FileTexts(old, new, encoding)


def _declared(data: bytes) -> str:
    for line in data[:1000].split(b"\n")[:2]:
        found = _DECLARED.match(line)
        if found is not None:
            try:
                name = codecs.lookup(found[1].decode("ascii")).name
            except LookupError:
                return ""
            return name if name in DECLARABLE else ""
    return ""


def _gives_back(codec: str, data: bytes) -> bool:
    try:
        return data.decode(codec).encode(codec) == data
    except UnicodeError:
        return False
