"""Random values under names that tell nothing: `x = "…"`, `value: …`, `key=…` in a query.

Source and data are full of random text that is no secret: commit ids, digests, lock files, test
vectors, images, public keys. So the name before a value must not be of these, hexadecimal digits
need a name that is empty of meaning or ends in that of a secret, and a text with many such values
is a table of data and keeps them all.
"""

import re
from collections.abc import Iterator, Sequence

from indexing.secret_entropy import is_random_hex, is_random_text
from indexing.secret_span import Span

VALUE = re.compile(r"[A-Za-z0-9+/_\-.~]{24,600}+={0,2}")
BEFORE = 120
# The name, the sign and the quote before a value, up to where the value starts.
NAMED = re.compile(
    r"""(?:\A|(?<![\w.$/»-]))(?P<name>\.?[A-Za-z_$][\w.$-]{0,60}+)(?:["'`]\]?|\])?
    (?:[ \t]{0,8}(?::[ ]?\w{1,20}[ ])?(?:=|:|=>|:=)[ \t]{0,8}
      |[ \t]{0,8}=[ \t]{0,8}\w{1,20}\([^()"'\n]{0,40}
      |\([ ]{0,2}|,[ ]{1,4}|[ ]value=|(?<=echo)[ ](?:-n[ ])?)
    (?P<open>[brfu]{0,2}["'`])?\Z""",
    re.VERBOSE,
)
HEX_NAMES = re.compile(
    r"(?:[xyzkvs]|val(?:ue)?|data|default|key|str(?:ing)?|text|content|foo|bar|baz|te?mp|echo|my\w{1,12}"
    r"|.{0,60}(?:key|secret|token|pass(?:word)?|seed|session|sess|sid|auth|creds?|code|dsn|salt|pw|pin))"
    r"\Z",
    re.IGNORECASE,
)
# Names of values that are random and public, or no values at all.
PUBLIC = re.compile(
    r"sha|md5|hash|digest|checksum|integrity|sum\b|commit|rev(?:ision)?\b|rev_|ref\b|tree|blob"
    r"|object|oid|etag|uuid|guid|fingerprint|thumbprint|signature|\bsig\b|pub|cert|cacert|crt"
    r"|image|img|icon|logo|src|font|mapping|url|uri|path|file|href|version|build|resolved|cid"
    r"|nonce|\biv\b|vector|expected|cipher|plain|public|cache|primary|foreign|partition|sort_?key"
    r"|class|import|from|module|package|test|sample|node|id\Z|ids\Z|_id|Id\b|alphabet|charset"
    r"|websocket|_Z[A-Z]|pattern|regex|format|encoded|base64|data_?uri|fixture|snapshot|schema|abi\b|bytecode",
    re.IGNORECASE,
)
SESSION = re.compile(r"session|sess_?id|\bsid\b|cookie", re.IGNORECASE)
CONTEXT = re.compile(
    r"data:[a-z]|;base64,|sha(?:1|256|384|512)[-:=]|\bh1:|ssh-(?:rsa|ed25519|dss)|ecdsa-|integrity"
    r"|BEGIN CERT|BEGIN PUBLIC|//[\w.-]{1,60}/[^\s\"'?]{0,60}\Z|mappings",
)
AFTER = re.compile(r"""["'`]|[ \t]{0,4}(?:[;,)}\]&#>|]|//|/>|\\|\r?\n|\Z)""")
MOST = 6


def neutral_secrets(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """Find random values given to names, among the long runs of key characters of a text."""
    found: list[Span] = []
    end = 0
    for start, _ in runs:
        span = _value(text, start) if start >= end else None
        if span is not None:
            end = span.end
            found.append(span)
    if len(found) <= MOST:
        yield from found


def _value(text: str, start: int) -> Span | None:
    first = max(start - BEFORE, 0)
    start = _widened(text, first, start)
    value = VALUE.match(text, start)
    if value is None or AFTER.match(text, value.end()) is None:
        return None
    is_hex = is_random_hex(value[0])
    if not is_hex and not is_random_text(value[0]):
        return None
    before = text[first:start].rpartition("\n")[2]
    name = NAMED.search(before)
    if name is None or CONTEXT.search(before):
        return None
    if PUBLIC.search(name["name"]) and not SESSION.search(name["name"]):
        return None
    if is_hex and HEX_NAMES.match(name["name"].rpartition(".")[2]) is None:
        return None
    return Span(start, value.end(), "random-value")


def _widened(text: str, first: int, start: int) -> int:
    """Return where the value starts that a run stands in: `+` and `/` are no part of runs."""
    while start > first and (text[start - 1].isalnum() or text[start - 1] in "+/_-.~"):
        start -= 1
    return start
