"""Secrets that are arguments of a call: of one that logs in, and of one that makes a key."""

import re
from collections.abc import Callable, Iterator

from indexing.secrets.span import ClueIndex, SecretSpan, places
from indexing.secrets.values import LETTER, is_placeholder, looks_password, looks_random

# A call goes on in the next line where one ends with a comma or the bracket.
LINE = re.compile(r"[^\r\n]{0,240}")
BRACKET = re.compile(r"\w{0,24}\(")
ARGUMENTS = re.compile(r"[^\r\n]{0,240}+(?:(?<=[(,])\r?\n[^\r\n]{0,200}+){0,8}")
QUOTED = re.compile(r"""(?P<quote>["'])(?P<value>[^"'\n\s]{8,128}+)(?P=quote)""")
KEY_ID = re.compile(
    r"""(?<![0-9A-Za-z])(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?P<aws>[^A-Za-z0-9/+]{1,40})"""
    r"""(?P<secret>[A-Za-z0-9/+]{40})|AC[0-9a-f]{32}[^A-Za-z0-9]{1,8}(?P<token>[0-9a-f]{32}))"""
    r"(?![A-Za-z0-9/+=])"
)
ADDRESS = re.compile(r"\A[\w.-]{1,80}:[0-9]{1,5}\Z|\.(?:com|net|org|test|io)\Z|\A[/~.]|[:/]{1}/")


def _is_key(value: str) -> bool:
    if is_placeholder(value) or LETTER.search(value) is None:
        return False
    return looks_random(value)


def _is_password(value: str) -> bool:
    return ADDRESS.search(value) is None and looks_password(value)


PASSWORD = "password", _is_password
KEY = "secret-key", _is_key
KEY_IN_WORDS = "secret-key", _is_password
CALLS: dict[str, tuple[str, Callable[[str], bool]]] = {
    **dict.fromkeys(("login(", "credential(", "credentials(", "auth = ("), PASSWORD),
    **dict.fromkeys(("ftp(", "smtp(", "mailer("), PASSWORD),
    "serializer(": KEY,
    **dict.fromkeys(("auth=(", "_bind", "basicauth(", "basic_auth(", "plainauth("), PASSWORD),
    **dict.fromkeys(("credentials.of(", "passwordauthentication("), PASSWORD),
    **dict.fromkeys(("hmac256(", "hmac384(", "hmac512(", "signwith("), KEY_IN_WORDS),
    **dict.fromkeys(("shakeyfor(", "sym_encrypt(", "sym_decrypt("), KEY_IN_WORDS),
    **dict.fromkeys(("construct_event(", "constructevent(", "algoliasearch("), KEY),
    **dict.fromkeys(("bearerauth(", "bearer_auth("), ("token", _is_key)),
    **dict.fromkeys(("connect(", "connection(", "pdo(", "mysqli("), PASSWORD),
    **dict.fromkeys(("sequelize(", "wifi.begin("), PASSWORD),
    "jwt.": KEY_IN_WORDS,
    **dict.fromkeys(("wallet(", "hmac.new(", "createhmac(", "createcipheriv("), KEY),
    **dict.fromkeys(("fernet(", "secretbox(", "aes.new(", "keyspec(", "otp("), KEY),
}
CHARACTERS = ".tochararray("


def called_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find quoted arguments that look like a secret, in calls that are given one."""
    for name, (kind, fits) in CALLS.items():
        for quoted in _positional(text, name, clues):
            if fits(quoted["value"]):
                yield SecretSpan(*quoted.span("value"), kind)
    yield from _characters(text, clues)
    yield from _beside_ids(text)


def _positional(text: str, name: str, clues: ClueIndex) -> Iterator[re.Match[str]]:
    """Yield the quoted arguments of calls that have no name before them on a line of their own."""
    seen = 0
    for at in clues.places(name):
        start = max(at + len(name), seen)
        for quoted in QUOTED.finditer(text, start, _end_of_call(text, at, name)):
            seen = quoted.end()
            line = text.rfind("\n", at, quoted.start())
            if line < 0 or not text[line : quoted.start()].strip(" \t\nbrfu"):
                yield quoted


def _end_of_call(text: str, at: int, clue: str) -> int:
    """Return where the arguments end; a name without a bracket is one of a list, on one line."""
    start = at + len(clue)
    is_call = clue.endswith("(") or BRACKET.match(text, start)
    line = (ARGUMENTS if is_call else LINE).match(text, start)
    return line.end() if line is not None else start


def _characters(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find `"…".toCharArray()`, which is how Java is given a password."""
    for at in clues.places(CHARACTERS):
        start = text.rfind('"', max(at - 130, 0), max(at - 1, 0)) + 1
        if start and text[at - 1] == '"' and looks_password(text[start : at - 1]):
            yield SecretSpan(start, at - 1, "password")


def _beside_ids(text: str) -> Iterator[SecretSpan]:
    """Find the secret that stands beside the identifier of a key."""
    for clue in ("AKIA", "ASIA", "AC"):
        for at in places(text, clue):
            match = KEY_ID.match(text, at)
            if match is not None:
                group = "secret" if match["secret"] else "token"
                yield SecretSpan(*match.span(group), "secret-key")
