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


CALLS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "login(": ("password", _is_password),
    "credential(": ("password", _is_password),
    "credentials(": ("password", _is_password),
    "auth = (": ("password", _is_password),
    "ftp(": ("password", _is_password),
    "smtp(": ("password", _is_password),
    "mailer(": ("password", _is_password),
    "serializer(": ("secret-key", _is_key),
    "auth=(": ("password", _is_password),
    "_bind": ("password", _is_password),
    "basicauth(": ("password", _is_password),
    "basic_auth(": ("password", _is_password),
    "plainauth(": ("password", _is_password),
    "credentials.of(": ("password", _is_password),
    "passwordauthentication(": ("password", _is_password),
    "hmac256(": ("secret-key", _is_password),
    "hmac384(": ("secret-key", _is_password),
    "hmac512(": ("secret-key", _is_password),
    "signwith(": ("secret-key", _is_password),
    "shakeyfor(": ("secret-key", _is_password),
    "sym_encrypt(": ("secret-key", _is_password),
    "sym_decrypt(": ("secret-key", _is_password),
    "construct_event(": ("secret-key", _is_key),
    "constructevent(": ("secret-key", _is_key),
    "algoliasearch(": ("secret-key", _is_key),
    "bearerauth(": ("token", _is_key),
    "bearer_auth(": ("token", _is_key),
    "connect(": ("password", _is_password),
    "connection(": ("password", _is_password),
    "pdo(": ("password", _is_password),
    "mysqli(": ("password", _is_password),
    "sequelize(": ("password", _is_password),
    "wifi.begin(": ("password", _is_password),
    "jwt.": ("secret-key", _is_password),
    "wallet(": ("secret-key", _is_key),
    "hmac.new(": ("secret-key", _is_key),
    "createhmac(": ("secret-key", _is_key),
    "createcipheriv(": ("secret-key", _is_key),
    "fernet(": ("secret-key", _is_key),
    "secretbox(": ("secret-key", _is_key),
    "aes.new(": ("secret-key", _is_key),
    "keyspec(": ("secret-key", _is_key),
    "otp(": ("secret-key", _is_key),
}
CHARACTERS = ".tochararray("


def called_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find quoted arguments that look like a secret, in calls that are given one."""
    for clue, (kind, fits) in CALLS.items():
        seen = 0
        for at in clues.places(clue):
            start = max(at + len(clue), seen)
            for quoted in QUOTED.finditer(text, start, _end_of_call(text, at, clue)):
                seen = quoted.end()
                if fits(quoted["value"]) and _is_positional(text, at, quoted.start()):
                    yield SecretSpan(*quoted.span("value"), kind)
    yield from _characters(text, clues)
    yield from _beside_ids(text)


def _is_positional(text: str, at: int, start: int) -> bool:
    """Say whether an argument has no name, where it stands on a line of its own."""
    line = text.rfind("\n", at, start)
    return line < 0 or not text[line:start].strip(" \t\nbrfu")


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
