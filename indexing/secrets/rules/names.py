"""Secrets known by their name: `password = "…"`, `API_KEY=…`, `token: …`.

A keyword is looked for first, and only what follows it is matched, with every repeat bounded. The
value must look like a secret, because source is full of `token = next_token()`.
"""

import re
from collections.abc import Callable, Iterator

from indexing.secrets.rules.assignments import CLOSED, FOLLOWING, LAST_ARGUMENT, SPACED
from indexing.secrets.rules.phrases import is_mnemonic, is_sentence
from indexing.secrets.rules.unquoted import UnquotedValues
from indexing.secrets.span import ClueIndex, SecretSpan
from indexing.secrets.values import is_base32, is_random_with_symbols, looks_password, looks_secret

KEYWORDS = {
    "pass": "password",
    "pwd": "password",
    "pw": "password",
    "psk": "password",
    "secret": "secret",
    "salt": "salt",
    "pepper": "secret-key",
    "unseal": "secret-key",
    "licen": "licence-key",
    "activation": "licence-key",
    "token": "token",
    "key": "secret-key",
    "_auth": "secret-key",
    "oauth": "token",
    "bearer": "token",
    "credential": "credential",
    "mnemonic": "mnemonic",
    "seed": "seed",
    "recovery": "recovery-code",
    "backup": "recovery-code",
}
# Keywords that are also parts of words need the rest of a name, and these an end before them.
RESTS = {
    "pass": re.compile(
        r"(?:w(?:or)?d|phrase|code|_?key)?s?(?:[_-]?[a-z0-9]{1,20})?\Z", re.IGNORECASE
    ),
    "pw": re.compile(r"(?:[_-]?[0-9]{1,2})?\Z"),
    "psk": re.compile(r"\Z"),
    "pepper": re.compile(r"\Z"),
    "unseal": re.compile(r"(?:[ _-]?keys?)?(?:[ _-]?[0-9]{1,2})?\Z", re.IGNORECASE),
    "licen": re.compile(r"[sc]e[ _-]?(?:keys?|codes?|serial)\Z", re.IGNORECASE),
    "activation": re.compile(r"[ _-]?(?:keys?|codes?)\Z", re.IGNORECASE),
    "salt": re.compile(r"\Z"),
    "seed": re.compile(r"(?:[_-]?(?:phrase|words|key|hex))?\Z", re.IGNORECASE),
    "recovery": re.compile(r"[ _-]?codes?\Z", re.IGNORECASE),
    "backup": re.compile(r"[ _-]?codes?\Z", re.IGNORECASE),
}
# What stands before them: most keys are those of a dictionary.
BEFORE = {
    "pw": re.compile(r"(?:\A|[^a-z]|bind|root|db|user|admin|my)\Z"),
    "key": re.compile(
        r"(?P<api>api)[ _-]?\Z|(?P<access>access|account)[ _-]?\Z"
        r"|(?:private|preshared|signing|encryption|decryption|validation|auth)[_-]?\Z|(?:master)[_-]\Z"
        r"|secret[._-]\Z"
    ),
}
MAX_PREFIX_LENGTH = 12
# A salt in a test vector is no secret; one that an installer wrote has symbols of all sorts.
FITS: dict[str, Callable[[str], bool]] = {
    "password": looks_password,
    "secret": looks_password,
    "salt": is_random_with_symbols,
}
# Words of prose: what stands after them and a space is no value of theirs.
UNSPACED = ("oauth", "bearer", "credential", "seed", "mnemonic")
# Names that hold something about a secret instead of the secret.
ABOUT = re.compile(
    r"(?:s?[_-]?(?:type|name|url|uri|path|file|field|id|count|len|length|size|limit|expir\w*"
    r"|endpoint|pattern|regex|prefix|label|hint|policy|class|format|header|env|var|ref|version"
    r"|algorithm|arn|alias)s?|i[sz]\w*|ary|ed|ing|ive|es|able|age|enger\w*|through|port\w*)\Z",
    re.IGNORECASE,
)
LINE = re.compile(r"[^\n\r]{8,200}")
SETTING = re.compile(r"[ \t]{0,8}(?:export )?[A-Za-z][\w.-]{2,60}=")
ENVIRONMENT = re.compile(r"(?:export )?[A-Z][A-Z0-9_]{2,60}=")


def named_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find values given to secret-like names."""
    for keyword, kind in KEYWORDS.items():
        end = 0
        names = _Names(UnquotedValues(text), clues.lowered, keyword, kind)
        for at in clues.places(keyword):
            span = names.value(at) if at >= end else None
            if span is not None:
                end = span.end
                yield span


class _Names:
    """What follows the places of one keyword in one text."""

    def __init__(self, runs: UnquotedValues, lowered: str, keyword: str, kind: str) -> None:
        self.runs = runs
        self.lowered = lowered
        self.text = runs.text
        self.keyword = keyword
        self.kind = kind
        self.rest = RESTS.get(keyword)
        self.before = BEFORE.get(keyword)
        self.fits = FITS.get(kind, looks_secret)

    def value(self, at: int) -> SecretSpan | None:
        """Return the secret that the name at a place is given."""
        if self.before and not self.before.search(self.lowered, max(at - MAX_PREFIX_LENGTH, 0), at):
            return None
        after = at + len(self.keyword)
        match = FOLLOWING.match(self.text, after) or SPACED.match(self.text, after)
        if match is None or not self._is_name(match["rest"], at):
            return None
        if match.re is SPACED:
            return self._spaced(match, at)
        if match["bare"] is not None:
            return self._bare(match)
        group = str(match.lastgroup) if match.lastgroup != "escape" else "escaped"
        value = match[group]
        if "\n" in (match["loose"] or "") and not LAST_ARGUMENT.match(self.text, match.end()):
            return None
        fits = self._quoted(value) or self._is_phrase(match["rest"], value)
        return SecretSpan(*match.span(group), self.kind) if fits else None

    def _is_name(self, rest: str, at: int) -> bool:
        if self.keyword == "key" and rest.lower() in ("_id", "-id", "id"):
            # Google's files name a private key by 40 digits, which are looked up with it.
            return self.lowered[max(at - 8, 0) : at].rstrip("_-").endswith("private")
        return not ABOUT.match(rest) and (self.rest is None or bool(self.rest.match(rest)))

    def _quoted(self, value: str) -> bool:
        if self.kind == "mnemonic" or (self.kind == "seed" and " " in value):
            return is_mnemonic(value)
        if self.kind == "recovery-code":
            return is_recovery_code(value)
        return self.fits(value) or (self.kind == "licence-key" and is_recovery_code(value))

    def _is_phrase(self, rest: str, value: str) -> bool:
        """Say whether a pass phrase stands here; `PASS: ar long file names` is none."""
        return self.kind == "password" and rest[:1] in ("w", "W", "p", "P") and is_sentence(value)

    def _bare(self, match: re.Match[str]) -> SecretSpan | None:
        if match["loose"]:
            return None
        start, end = match.end(), self.runs.end(match.end())
        if match["markup"] and not CLOSED.match(self.text, end):
            return None
        value = self.text[start:end]
        if match["below"] and self.text[end : end + 1] not in ("", "\n", "\r"):
            return None
        if match["sign"] and self._is_line(match, start):
            line = LINE.match(self.text, start)
            value = line[0].rstrip() if line is not None else ""
            if self._quoted(value) or self._is_phrase(match["rest"], value):
                return SecretSpan(start, start + len(value), self.kind)
            value = self.text[start:end]
        if match["sign"] == "=" and (rest := self._unquoted(match, start)) is not None:
            return rest
        if "::" in value or "->" in value or not self._fits_bare(value):
            return None
        return SecretSpan(start, end, self.kind)

    def _fits_bare(self, value: str) -> bool:
        if self.kind == "seed" and is_base32(value):
            return True
        return self._quoted(value)

    def _unquoted(self, match: re.Match[str], start: int) -> SecretSpan | None:
        """Return what stands up to the end of a line: symbols of all sorts, or a pass phrase."""
        before = self.text[max(match.start() - 60, 0) : start].rpartition("\n")[2]
        line = LINE.match(self.text, start) if SETTING.fullmatch(before) else None
        value = line[0].rstrip() if line is not None else ""
        is_key = ENVIRONMENT.fullmatch(before) and is_random_with_symbols(value)
        if not is_key and not self._is_phrase(match["rest"], value):
            return None
        return SecretSpan(start, start + len(value), self.kind)

    def _is_line(self, match: re.Match[str], start: int) -> bool:
        """Say whether a value is all that stands on its line: a block, or a plain scalar."""
        return match["block"] is not None or (
            match["sign"] in (":", "=") and self.text[start - 1] in " \t"
        )

    def _spaced(self, match: re.Match[str], at: int) -> SecretSpan | None:
        """Match a value after a space alone: prose is like that too, so it must be strong."""
        is_flag = "--" in self.text[max(at - 30, 0) : at].rpartition(" ")[2]
        end = self.runs.end(match.end())
        value = self.text[match.end() : end].rstrip(".:")
        if is_flag and self.text[match.end() - 1] in "\"'":
            quoted = LINE.match(self.text, match.end())
            inner = quoted[0].partition(self.text[match.end() - 1])[0] if quoted else ""
            value = inner if is_sentence(inner) else value
        ends = is_flag or self.text.startswith(("\n", "\r"), end) or end == len(self.text)
        if self.keyword in UNSPACED and not is_flag:
            return None
        if self.keyword == "pass" and not (match["rest"] or is_flag):
            return None
        phrase = is_flag and self._is_phrase(match["rest"], value)
        if not phrase and not looks_secret(value) and not (ends and self._quoted(value)):
            return None
        return SecretSpan(match.end(), match.end() + len(value), self.kind)


RECOVERY = re.compile(r"[0-9A-Za-z]{4,8}(?:[- ][0-9A-Za-z]{4,8}){1,11}")


def is_recovery_code(value: str) -> bool:
    """Say whether a value is groups of letters and digits, as codes for a lost phone are."""
    return RECOVERY.fullmatch(value) is not None and sum(c.isdigit() for c in value) >= 3
