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
      \\(?P<escape>["'])(?P<escaped>[^"'\\\n]{8,400}+)\\(?P=escape)
      | [rbfuL@]{0,2}(?:
          "(?P<double>(?:[^"\\\n]|\\[^\n]){8,400}+)"
        | '(?P<single>(?:[^'\\\n]|\\[^\n]){8,400}+)'
        | `(?P<tick>(?:[^`\\\n]|\\[^\n]){8,400}+)`
      )
      | (?P<bare>)(?=[^\s"'`,;<>(){}\[\]\\|&])
    )""",
    re.VERBOSE | re.ASCII,
)
FLAG = re.compile(r"""[A-Za-z0-9_\-]{0,40}+[ \t]{1,4}""")
BARE = re.compile(r"""[^\s"'`,;<>(){}\[\]\\|&]*+""")
SHORTEST, LONGEST = 8, 4_096
MOST_LOOKS = 4
SCHEME = re.compile(
    r"(?:[Bb]earer|[Bb]asic|BEARER|BASIC|[Tt]oken)[ \t]{1,4}(?P<bare>[\w.~+/\-=«»]{16,})",
    re.ASCII,
)
SCHEMES = ("bearer ", "basic ", "token ")


class BareRuns:
    """The values of one text that stand without quotes, each looked at a bounded number of times.

    In `secret=secret=secret=…` every name has the rest of the line for its value: looked at from
    each of them anew, a line of a megabyte cost 28 s. One run of characters is measured once, and
    only the first few names in it get a value.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._run = (0, 0)
        self._looks = 0

    def end(self, start: int) -> int:
        """Return where the value that starts here ends, or `start` if there is none to look at."""
        if not self._run[0] <= start < self._run[1]:
            run = BARE.match(self.text, start)
            self._run = (start, run.end() if run is not None else start)
            self._looks = 0
        self._looks += 1
        end = self._run[1]
        if self._looks > MOST_LOOKS or not SHORTEST <= end - start <= LONGEST:
            return start
        return start if self.text.startswith(("(", "[", "{"), end) else end


def named_secrets(text: str) -> Iterator[Span]:
    """Find values given to secret-like names, and credentials of HTTP authorization schemes."""
    lowered = _lower_same_length(text)
    for keyword, kind in KEYWORDS.items():
        end = 0
        runs = BareRuns(text)
        for at in _places(lowered, keyword):
            span = _assigned(runs, at, at + len(keyword), kind) if at >= end else None
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


def _assigned(runs: BareRuns, name: int, after: int, kind: str) -> Span | None:
    match = FOLLOWING.match(runs.text, after)
    if match is None:
        return _given_as_flag(runs, name, after, kind)
    if ABOUT.match(match["rest"]):
        return None
    if match["bare"] is not None:
        return _bare(runs, match, kind)
    group = str(match.lastgroup) if match.lastgroup != "escape" else "escaped"
    return Span(*match.span(group), kind) if looks_secret(match[group]) else None


def _bare(runs: BareRuns, match: re.Match[str], kind: str) -> Span | None:
    if match["loose"]:
        return None
    end = runs.end(match.end())
    if match["markup"] and not runs.text.startswith("</", end):
        return None
    value = runs.text[match.end() : end]
    if not looks_secret(value) or "::" in value or "->" in value:
        return None
    return Span(match.end(), end, kind)


def _given_as_flag(runs: BareRuns, name: int, after: int, kind: str) -> Span | None:
    """Match `--password value`, where only a space stands between."""
    if "--" not in runs.text[max(name - 30, 0) : name].rpartition(" ")[2]:
        return None
    match = FLAG.match(runs.text, after)
    end = runs.end(match.end()) if match is not None else 0
    if match is None or not looks_secret(runs.text[match.end() : end]):
        return None
    return Span(match.end(), end, kind)
