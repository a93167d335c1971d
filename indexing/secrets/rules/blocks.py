"""Private keys: blocks with armour, and bodies whose armour was lost.

Only what looks like the body of a key goes: lines of base64 and their headers. What stands between
BEGIN and END was once taken whole, and 32 KiB of code between two comments went with it.
"""

import re
from collections.abc import Iterator

from indexing.secrets.span import ClueIndex, SecretSpan, places

BEGIN = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
    r"|Private-Lines: [0-9]{1,3}"
)
END = re.compile(r"-{4,5} ?END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
# Between two lines of a body: line ends, escaped ones, comment and diff marks, quotes of code.
GAP = r"""(?:[ \t\r\n"'#*>,;.|+-]|\\{1,4}[nr]?|//){0,80}+"""
HEADER = re.compile(
    r"""(?:[ \t\r\n"'#*>+-]|\\{1,4}[nr]){0,80}+"""
    r"""(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject): """
    r"""[^\n\\]{0,200}+"""
)
LINE = re.compile(GAP + r"(?P<body>[A-Za-z0-9+/]{16,8192}+={0,3})")
LAST = re.compile(GAP + r"(?P<body>[A-Za-z0-9+/]{1,15}={0,3}|=[A-Za-z0-9+/]{4})(?=" + GAP + "-{4})")
CLOSING = re.compile(GAP.replace("-]", "]"))
MAX_LINES = 1_000
MAX_HEADERS = 8
MIN_BODY_LENGTH = 32

# How the body of a private key begins in base64; `CC` and `AN` stand there in certificates and
# public keys, whose first field is no version number.
BARE_STARTS = ("MII", "b3BlbnNzaC1rZXktdjE", "LS0tLS1CRUdJTi")
PUBLIC = re.compile(r"MII[A-Za-z0-9+/]{3}(?:CC|AN)|LS0tLS1CRUdJTi(?:BD|BQVU|BTU0gyIFBV|BYNTA5)")
FULL_LINE = re.compile(r"[A-Za-z0-9+/]{40,76}+(?![A-Za-z0-9+/=])")
ENCODED = re.compile(r"[A-Za-z0-9+/]{40,32768}+={0,2}")
# A body stands in a block of another sort: a certificate, a signature, a part of a mail.
CLOSED = re.compile(r"-----END [A-Z0-9 ]{1,40}-----")
FOREIGN = re.compile(r"-----BEGIN|-----\s{0,4}\Z|encoding: base64|base64,|\$ANSIBLE_VAULT")
BEFORE = 200

# Names of what holds private keys, and what stands between one and the base64 that it is given.
STORES = ("keystore", "p12", "pfx", "pkcs", "jks", "key")
# `base64 -d <<EOF > server.key`, and the base64 in the next line.
DECODED = re.compile(
    r"base64 (?:-d|-D|--decode)[^\n]{0,80}(?:<<)[^\n]{0,80}\r?\n[ \t]{0,40}(?=[A-Za-z0-9+/]{40})"
)
# And a quoted one, whose decoding is named behind it.
TO_DECODE = re.compile(r"""["']?[ ]?\|[ ]?base64 -""")
ECHO = re.compile(r"""(?:echo|printf)[ ](?:-n[ ])?["']?(?=[A-Za-z0-9+/]{40})""")
MAX_ECHO_LENGTH = 4_000
NAMED_BODY = re.compile(
    r"""[\w.-]{0,40}["'`]?\]?[ \t]{0,4}(?::[ ]?[\w&]{1,12}[ ]?)?(?:[:=>]|<<)[^\n"'`/+=]{0,60}?"""
    r"""(?:[rbfu]{0,2}["'`]{1,3})?\\?(?:[ \t]{0,4}(?:\#[^\n]{0,120})?\r?\n){0,3}"""
    r"""[ \t]{0,40}[rbfu]{0,2}["'`]{0,3}(?=[A-Za-z0-9+/]{40})"""
)
OTHER_BODY = re.compile(
    r"pub|cert|\bcrt|sig(?!ning)|hash|sha[0-9]|image|img|data:|ssh-|-----|;base64|trust"
    r"|ANSIBLE|encrypted|cipher",
    re.IGNORECASE,
)
MIN_STORED_LENGTH = 100


def private_keys(text: str) -> Iterator[SecretSpan]:
    """Find private keys, over several lines or with escaped line ends in one."""
    end = 0
    for at in _begins(text):
        begin = BEGIN.match(text, at) if at >= end else None
        if begin is not None:
            end, length = _body(text, begin.end())
            if length >= MIN_BODY_LENGTH:
                yield SecretSpan(begin.start(), _closed(text, end), "private-key")
    yield from _bare_bodies(text)


def _begins(text: str) -> list[int]:
    """Return where armour may begin; both words together are rarer than a dash."""
    ends = [at for clue in ("PRIVATE KEY", "Private-Lines: ") for at in places(text, clue)]
    starts = (
        at if text.startswith("Private-", at) else text.rfind("----", max(at - 60, 0), at)
        for at in ends
    )
    return sorted(at for at in starts if at >= 0)


def _body(text: str, start: int) -> tuple[int, int]:
    """Return where the body of a key ends, and how many characters of base64 it has."""
    end, length = start, 0
    for _ in range(MAX_HEADERS):
        header = HEADER.match(text, end)
        if header is None:
            break
        end = header.end()
    for _ in range(MAX_LINES):
        line = LINE.match(text, end)
        if line is None or not _is_base64(line["body"]):
            break
        end, length = line.end(), length + len(line["body"])
    for _ in range(2):
        last = LAST.match(text, end) if length else None
        end = last.end() if last is not None else end
    return (end, length) if length else (start, 0)


def _is_base64(line: str) -> bool:
    """Say whether a line may be of a body: no word and no name of code, which have one case."""
    return line != line.lower() and line != line.upper()


def _closed(text: str, end: int) -> int:
    gap = CLOSING.match(text, end)
    closing = END.match(text, gap.end()) if gap is not None else None
    return closing.end() if closing is not None else end


def _bare_bodies(text: str) -> Iterator[SecretSpan]:
    for start in BARE_STARTS:
        end = 0
        for at in places(text, start):
            if at < end or (at and text[at - 1].isalnum()) or PUBLIC.match(text, at):
                continue
            end = _bare_end(text, at, start)
            if end > at and not _is_foreign(text[max(at - BEFORE, 0) : at]):
                yield SecretSpan(at, end, "private-key")


def _is_foreign(before: str) -> bool:
    """Say whether a body is that of another block, which was not closed before it."""
    closed = list(CLOSED.finditer(before))
    return FOREIGN.search(before, closed[-1].end() if closed else 0) is not None


def stored_keys(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find base64 below, or behind, the name of a key or of a store of keys."""
    for clue in STORES:
        end = 0
        for at in clues.places(clue):
            named = NAMED_BODY.match(text, at) if at >= end else None
            if named is None or OTHER_BODY.search(text, max(at - 60, 0), named.end()):
                continue
            start = named.end()
            end = _stored_end(text, start, clue)
            if end > start and not PUBLIC.match(text, start):
                yield SecretSpan(start, end, "private-key")
    yield from _decoded(text, clues)


def _decoded(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find what a shell decodes: from the lines below, or from a text in front."""
    for at in clues.places("base64 -"):
        below = DECODED.match(text, at)
        start = below.end() if below is not None else _echoed(text, at)
        end = _body(text, start)[0] if start >= 0 else start
        if end > start and not PUBLIC.match(text, start):
            yield SecretSpan(start, end, "private-key")


def _echoed(text: str, at: int) -> int:
    """Return where the base64 begins that `echo '…' | base64 -d` has, or -1."""
    echo = ECHO.search(text, max(at - MAX_ECHO_LENGTH, 0), at)
    if echo is None or not text.startswith(("base64 -d", "base64 --d", "base64 -D"), at):
        return -1
    end = _body(text, echo.end())[0]
    return echo.end() if TO_DECODE.match(text, end) and end < at else -1


def _stored_end(text: str, start: int, clue: str) -> int:
    """Return where base64 ends: two full lines of it, or one long line of a store."""
    if FULL_LINE.match(text, start):
        end, length = _body(text, start)
        return end if length >= MIN_STORED_LENGTH else start
    whole = ENCODED.match(text, start)
    is_store = whole is not None and clue != "key" and len(whole[0]) > MIN_STORED_LENGTH
    return whole.end() if whole is not None and is_store and _is_base64(whole[0]) else start


def _bare_end(text: str, at: int, start: str) -> int:
    """Return where a body without armour ends: one long line, or three of one width."""
    whole = ENCODED.match(text, at)
    if whole is None:
        return at
    if len(whole[0]) > 200 or (start.startswith("LS0") and len(whole[0]) > 76):
        return whole.end()
    if FULL_LINE.match(text, at) is None:
        return at
    end, length = _body(text, at)
    return end if length >= 2 * len(whole[0]) else at
