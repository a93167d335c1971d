"""Secrets known by their name: `password = "…"`, `API_KEY=…`, `token: …`, `Authorization: …`.

A keyword is looked for first, and only what follows it is matched, with every repeat bounded. The
value must look like a secret, because source is full of `token = next_token()`.
"""

import re
from collections.abc import Iterator

from indexing.secret_patterns import Span
from indexing.secret_values import is_placeholder, looks_random, looks_secret

KEYWORDS = {
    "passw": "password",
    "passphrase": "password",
    "pwd": "password",
    "secret": "secret",
    "token": "token",
    "api_key": "api-key",
    "api-key": "api-key",
    "apikey": "api-key",
    "access_key": "access-key",
    "access-key": "access-key",
    "accesskey": "access-key",
    "account_key": "access-key",
    "accountkey": "access-key",
    "private_key": "secret-key",
    "private-key": "secret-key",
    "privatekey": "secret-key",
    "signing_key": "secret-key",
    "signingkey": "secret-key",
    "encryption_key": "secret-key",
    "encryptionkey": "secret-key",
    "master_key": "secret-key",
    "auth_key": "secret-key",
    "authkey": "secret-key",
    "_auth": "secret-key",
    "credential": "credential",
}
# Names that hold something about a secret instead of the secret.
ABOUT = re.compile(
    r"(?:s?[_-]?(?:type|name|url|uri|path|file|field|id|count|len|length|size|limit|expir\w*"
    r"|endpoint|pattern|regex|prefix|label|hint|policy|class|format|header|env|var|ref|version"
    r"|algorithm|arn|alias)s?|i[sz]\w*|ary)\Z",
    re.IGNORECASE,
)
FOLLOWING = re.compile(
    r"""(?P<rest>[A-Za-z0-9_\-]{0,40}+)\\?["'`]?\]?[ \t]{0,20}
    (?:
      (?P<sign>:=|=>|={1,3}|!=|:[ ]?[A-Za-z][\w.\[\]|]{0,40}[ ]?=|:(?!:))[ \t]{0,40}
      | (?P<pair>,?\s{0,80}["']?value["']?[ ]?[:=][ ]{0,4})
      | (?P<loose>[,(][ \t]{0,4}|[ \t]{1,8}(?=["']))
      | (?P<markup>>)
    )
    (?:
      \\(?P<escape>["'])(?P<escaped>[^"'\\\n]{8,400})\\(?P=escape)
      | [rbfuL@]{0,2}(?P<quote>["'`])(?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\[^\n]){8,400})(?P=quote)
      | (?P<bare>[^\s"'`,;<>(){}\[\]\\|&]{8,400}+)(?![(\[{])
    )""",
    re.VERBOSE | re.ASCII,
)
FLAG = re.compile(r"""[A-Za-z0-9_\-]{0,40}[ \t]{1,4}(?P<bare>[^\s"'`,;<>(){}\[\]\\|&]{8,400}+)""")
SCHEME = re.compile(
    r"(?:[Bb]earer|[Bb]asic|BEARER|BASIC|[Tt]oken)[ \t]{1,4}(?P<bare>[\w.~+/\-=«»]{16,})",
    re.ASCII,
)
SCHEMES = ("bearer ", "basic ", "token ")


def named_secrets(text: str) -> Iterator[Span]:
    """Find values given to secret-like names, and credentials of HTTP authorization schemes."""
    lowered = _lower_same_length(text)
    for keyword, kind in KEYWORDS.items():
        end = 0
        for at in _places(lowered, keyword):
            span = _assigned(text, at, at + len(keyword), kind) if at >= end else None
            if span is not None:
                end = span.end
                yield span
    for scheme in SCHEMES:
        yield from _authorizations(text, _places(lowered, scheme))


def _authorizations(text: str, places: Iterator[int]) -> Iterator[Span]:
    end = 0
    for at in places:
        match = SCHEME.match(text, at) if at >= end else None
        if match is not None:
            end = match.end()
            if looks_random(match["bare"]) and not is_placeholder(match["bare"]):
                yield Span(match.start("bare"), end, "authorization")


def _lower_same_length(text: str) -> str:
    """Lower a text and keep every position; a few letters grow when they are lowered."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(lower if len(lower := c.lower()) == 1 else c for c in text)


def _places(text: str, keyword: str) -> Iterator[int]:
    at = text.find(keyword)
    while at >= 0:
        yield at
        at = text.find(keyword, at + len(keyword))


def _assigned(text: str, name: int, after: int, kind: str) -> Span | None:
    match = FOLLOWING.match(text, after)
    if match is None:
        return _given_as_flag(text, name, after, kind)
    if ABOUT.match(match["rest"]) or not _fits(match):
        return None
    group = str(match.lastgroup) if match.lastgroup != "quote" else "quoted"
    return Span(match.start(group), match.end(group), kind)


def _fits(match: re.Match[str]) -> bool:
    bare = match["bare"]
    if bare is None:
        return looks_secret(match["quoted"] or match["escaped"])
    if match["loose"]:
        return False
    if match["markup"] and not match.string.startswith("</", match.end()):
        return False
    return looks_secret(bare) and "::" not in bare and "->" not in bare


def _given_as_flag(text: str, name: int, after: int, kind: str) -> Span | None:
    """Match `--password value`, where only a space stands between."""
    if "--" not in text[max(name - 30, 0) : name].rpartition(" ")[2]:
        return None
    match = FLAG.match(text, after)
    if match is None or not looks_secret(match["bare"]):
        return None
    return Span(match.start("bare"), match.end("bare"), kind)
