"""Random values under uninformative names: `x = "…"`, `value: …`, `key=…` in a query.

Source and data are full of random text that is no secret: commit ids, digests, lock files, test
vectors, images, public keys. So the name before a value must not be of these, hexadecimal digits
need a name that is empty of meaning or ends in that of a secret, and a text with many such values
is a table of data and keeps them all.
"""

import re
from collections.abc import Iterator, Sequence

from indexing.secrets.entropy import is_random_hex, is_random_text
from indexing.secrets.span import SecretSpan

VALUE = re.compile(r"[A-Za-z0-9+/_\-.~]{24,600}+={0,2}")
BEFORE = 120
# The name, the sign and the quote before a value, up to where the value starts.
NAMED = re.compile(
    r"""(?:\A|(?<![\w.$/»-]))(?:(?<!["'`])--?)?(?P<name>\.?[A-Za-z_$][\w.$-]{0,60}+)(?:["'`]\]?|\])?
    (?:[ \t]{0,8}(?::[ ]?[&\w\[\]; ]{1,20}[ ])?(?:=|:|=>|:=)[ \t]{0,8}(?:\[[ ]{0,2}(?=["'`]))?
      |[ \t]{0,8}(?::[ ]?[&\w\[\]; ]{1,20}[ ])?=[ \t]{0,8}[\w.:!]{1,30}\([^()"'\n]{0,40}
      |\([ ]{0,2}|(?P<next>,[ ]{1,4})|[ ]value=|(?<=echo)[ ](?:-n[ ])?|(?P<tag>>[ ]{0,2}))
    (?P<open>[brfu]{0,2}["'`])?\Z""",
    re.VERBOSE,
)
HEX_NAMES = re.compile(
    r"(?:[xyzkvs]|val(?:ue)?|data|default|key|str(?:ing)?|text|content|foo|bar|baz|te?mp|echo|my\w{1,12}"
    r"|.{0,60}(?:key|secret|token|pass(?:word)?|seed|session|sess|sid|auth|creds?|code|dsn|salt|pw|pin"
    r"|_hmac|login|pem|accounts))\Z",
    re.IGNORECASE,
)
# Places that have a key each; they are branches as well, which have a commit each.
STAGES = re.compile(r"(?:main|master|prod(?:uction)?|stag(?:e|ing)|live)\Z", re.IGNORECASE)
# `--build=…`, `NAME=…` in a file of the environment: a value that a program is started with.
ENVIRONMENT = re.compile(r"(?:\A|export[ ]|ENV[ ]|ARG[ ]|-[ ])[A-Z][A-Z0-9_]{2,60}=[\"']?\Z")
COMMIT = 40
# `const internal = "…"`: what source gives a name of its own, longer than a commit or an MD5.
DECLARED = re.compile(
    r"(?:(?:const|let|var|val|static|final|string|String|str|define\(|mut|public|private|export)\b"
    r"[^\n]{0,80}|\A[ \t]{0,16}[$@]?\w{2,40}[ ]{0,2})"
    r"(?::=|=|,)[ ]{0,2}(?:[\w.:]{1,24}!?\([ ]?)?[brfu]{0,2}[\"'`]\Z"
)
# `new Client("…")`: the only argument, or the first, of what is made with it.
BUILT = re.compile(r"new (?!Big|Int|Obj|Guid|Uuid)[A-Z]\w{2,40}\([ ]?[\"'`]\Z")
MIN_DECLARED_LENGTH = 41
NEUTRAL = re.compile(
    r"(?:internal|shared|raw|private|master|inner|outer|local|remote|global|server|client|service"
    r"|app|api|backend|gateway|worker|value|data|blob|entry|payload|material|opaque|bytes|buf(?:fer)?"
    r"|input|param|setting|option|conf(?:ig)?|custom|const(?:ant)?|item|thing|stuff|misc|extra|other"
    r"|root|base|common|core|main|prod|live|first|second|primary|backup|legacy|old|new"
    r")_?[0-9]?\Z",
    re.IGNORECASE,
)
# Digits that crypto, chains and tests are full of.
DIGITS_OF = re.compile(
    r"want|got\b|genesis|merkle|block|\btx|txid|addr|contract|hex|exp|prime|modulus|order|curve"
    r"|generator|\b[pqgnrabd]\b|point|coord|asset|release|download|archive|tarball|\bpin|crc|result"
    r"|output|message|msg|answer|check|verify|known|kat|proof|trace|span|parent|state|topic|event"
    r"|account|wallet|identity|peer|x509|etag|version|tag\b|color|digit|mask|table|root_?hash",
    re.IGNORECASE,
)
# Elements of a page hold text.
PAGE = re.compile(
    r"(?:code|t[dhr]|[abipq]|li|span|div|pre|em|tt|kbd|h[1-6]|option|title|script|style|text|path"
    r"|d|desc|summary|strong|label|u|small|samp)\Z|x509|modulus|exponent|signature",
    re.IGNORECASE,
)
# What stands beside an identifier: `Client(CLIENT_ID, "…")`.
PAIRED = re.compile(
    r"(?:client|app|key|account|user|consumer|access)_?(?:id|key|name)\Z", re.IGNORECASE
)
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\Z")
# Names of values that are random and public, or no values at all.
PUBLIC = re.compile(
    r"sha(?!red)|md5|hash|digest|checksum|integrity|sum\b|commit|rev(?:ision)?\b|rev_|ref\b|tree"
    r"|object|oid|etag|uuid|guid|fingerprint|thumbprint|signature|\bsig\b|pub|cert|cacert|crt"
    r"|image|img|icon|logo|src|font|mapping|url|uri|path|file|href|version|build|resolved|cid"
    r"|nonce|\biv\b|vector|expected|cipher|plain|public|cache|primary|foreign|partition|sort_?key"
    r"|class|import|from|module|package|test|sample|node|id\Z|ids\Z|_id|Id\b|alphabet|charset"
    r"|websocket|_Z[A-Z]|pattern|regex|format|encoded|base64|data_?uri|fixture|snapshot|schema|abi\b|bytecode",
    re.IGNORECASE,
)
SESSION = re.compile(r"session|sess_?id|\bsid\b|cookie", re.IGNORECASE)
# A value on lines of its own: the name and what opens it before, the gap between two lines of it.
OPENED = re.compile(
    r"""(?<![\w.$-])(?P<name>[A-Za-z_$][\w$-]{0,60}+)
    [ \t]{0,4}(?::[ ]?[\w\[\]]{1,20}[ ])?[=:][ \t]{0,4}
    (?:[(\[][ \t]{0,4}\r?\n[ \t]{0,40}[brfu]{0,2}["'`]
      |[|>][0-9+-]{0,2}[ \t]{0,4}\r?\n[ \t]{1,40})\Z""",
    re.VERBOSE,
)
JOIN = re.compile(r"""["'`][ \t]{0,4}[,+\\]?[ \t]{0,4}\r?\n[ \t]{0,40}(?:\+[ ])?[brfu]{0,2}["'`]""")
CONTEXT = re.compile(
    r"data:[a-z]|;base64,|sha(?:1|256|384|512)[-:=]|\bh1:|ssh-(?:rsa|ed25519|dss)|ecdsa-|integrity"
    r"|BEGIN CERT|BEGIN PUBLIC|//[\w.-]{1,60}/[^\s\"'?]{0,60}\Z|mappings",
)
AFTER = re.compile(r"""["'`]|</|[ \t]{0,4}(?:[;,)}\]&#>|]|//|/>|\\|\r?\n|\Z)""")
MAX_NEIGHBOURS = 6


def neutral_secrets(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[SecretSpan]:
    """Find random values given to names, among the long runs of key characters of a text."""
    found: list[SecretSpan] = []
    end, values = 0, 0
    for start, _ in runs:
        if start < end:
            continue
        span = _value(text, start)
        if span is not None:
            values += 1
        elif span := _line(text, start, end):
            # The lines of one value are one value.
            values += not JOIN.fullmatch(text, end, span.start)
        if span is not None:
            end = span.end
            found.append(span)
    if values <= MAX_NEIGHBOURS:
        yield from found


def _value(text: str, start: int) -> SecretSpan | None:
    first = max(start - BEFORE, 0)
    start = _widened(text, first, start)
    value = VALUE.match(text, start)
    if value is None or AFTER.match(text, value.end()) is None:
        return None
    is_hex = is_random_hex(value[0])
    if not is_hex and not is_random_text(value[0]):
        return None
    before = _before(text, first, start)
    name = NAMED.search(before)
    if name is None or CONTEXT.search(before):
        return None
    if name["tag"] and (PAGE.search(name["name"]) or not text.startswith("</", value.end())):
        return None
    if name["next"] and PAIRED.search(name["name"]):
        return SecretSpan(start, value.end(), "random-value")
    if PUBLIC.search(name["name"]) and not SESSION.search(name["name"]):
        return None
    if is_hex and not _may_be_hexadecimal(name["name"].rpartition(".")[2], before, value[0]):
        return None
    return SecretSpan(start, value.end(), "random-value")


def _before(text: str, first: int, start: int) -> str:
    """Return the line before a value; where a call goes on in it, with the end of the call."""
    head, _, line = text[first:start].rpartition("\n")
    if head and not line.strip(" \t\"'`brfu"):
        call = head.rstrip("\r").rpartition("\n")[2]
        return call + line.lstrip() if call.endswith("(") else line
    return line


def _may_be_hexadecimal(name: str, before: str, value: str) -> bool:
    """Say whether a secret of hexadecimal digits goes by a name; digests and commits do not."""
    if ADDRESS.match(value):
        return False
    if HEX_NAMES.match(name):
        return True
    if len(value) >= MIN_DECLARED_LENGTH and DECLARED.search(before) and not DIGITS_OF.search(name):
        return True
    if BUILT.search(before) and not DIGITS_OF.search(name):
        return True
    named = STAGES.match(name) or ENVIRONMENT.search(before) or NEUTRAL.match(name)
    return named is not None and len(value) != COMMIT


def _line(text: str, start: int, end: int) -> SecretSpan | None:
    """Return the line of a value that begins, or goes on, on a line of its own."""
    first = max(start - BEFORE, 0)
    start = _widened(text, first, start)
    if not (end and JOIN.fullmatch(text, end, start)):
        if text[first:start].rpartition("\n")[2].strip(" \t\"'`brfu"):
            return None
        opened = OPENED.search(text, first, start)
        if opened is None or not HEX_NAMES.match(opened["name"]) or PUBLIC.search(opened["name"]):
            return None
    value = VALUE.match(text, start)
    if value is None or not is_random_text(value[0]) or not AFTER.match(text, value.end()):
        return None
    return SecretSpan(start, value.end(), "random-value")


def _widened(text: str, first: int, start: int) -> int:
    """Return where the value starts that a run stands in: `+` and `/` are no part of runs."""
    while start > first and (text[start - 1].isalnum() or text[start - 1] in "+/_-.~"):
        start -= 1
    return start
