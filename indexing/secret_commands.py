"""Secrets that a command line, or a line of a known file, has at a certain place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexing.secret_span import Span, places
from indexing.secret_values import is_placeholder, looks_password, looks_random


@dataclass(frozen=True, slots=True)
class Rule:
    """A clue that is looked for in the lowered text, and what the text says from there on."""

    clue: str
    pattern: re.Pattern[str]
    kind: str
    fits: Callable[[str], bool]


def _is_no_placeholder(value: str) -> bool:
    return not is_placeholder(value)


def _is_cookie(value: str) -> bool:
    return len(value) >= 20 and looks_random(value) and not is_placeholder(value)


WORD = r"""(?P<secret>[^\s"'`;|<>()\[\]{}\\]{8,128}+)"""
ARGUMENT = r"""["']?""" + WORD
ACCOUNT = r"""["']?[\w.@+-]{1,64}:""" + WORD
REST = r"[^\n;|]{0,200}?(?<= )"
FIELD = r"[^:\s]{1,64}"

# clue: what follows from there on
COMMANDS = {
    " -u ": rf" -u {ACCOUNT}",
    "--user ": rf"--user {ACCOUNT}",
    "--auth ": rf"--auth {ACCOUNT}",
    "curl ": rf"curl {REST}-[a-z]{{0,6}}u ?{ACCOUNT}",
    "mysql": rf"mysql\w{{0,10}} {REST}-p{ARGUMENT}",
    "lftp ": rf"lftp {REST}-u ?['\"]?[\w.@+-]{{1,64}},{WORD}",
    "sshpass": rf"sshpass {REST}-p ?{ARGUMENT}",
    "login": rf"login {REST}-p ?{ARGUMENT}",
    "twine ": rf"twine {REST}-p ?{ARGUMENT}",
    "redis-cli": rf"redis-cli {REST}(?:-a|--pass) {ARGUMENT}",
    "storepass": rf"storepass {ARGUMENT}",
    "from-literal": rf"from-literal[= ]['\"]?[\w.-]{{1,64}}={WORD}",
    "community ": rf"community {WORD}",
    "securestring ": rf"securestring (?:-string )?{ARGUMENT}",
    "net use ": rf"net use {REST}/user:[^\s]{{1,64}} {ARGUMENT}",
    "jdbc:oracle:": r"jdbc:oracle:\w{1,8}:[\w.-]{1,64}/(?P<secret>[^\s/\"'&;]{4,128})@",
    ":5432:": rf":5432:{FIELD}:{FIELD}:(?P<secret>[^\s]{{8,128}}+)",
    ":*:": rf":\*:{FIELD}:{FIELD}:(?P<secret>[^\s]{{8,128}}+)",
}
ACCOUNTS = {"login": rf"login\b[^\n/]{{0,30}} [\w.@-]{{1,40}} ?/ ?{WORD}"}
HASHES = {
    "$": r"(?P<secret>\$(?:[1567y]|2[abxy]?|apr1|argon2(?:id|i|d))\$[\w./$,=+-]{20,200}+)",
    "pbkdf2_": r"(?P<secret>pbkdf2_\w{3,8}\$[0-9]{1,8}\$[\w./+=$-]{30,200}+)",
    "{s": r"\{S?SHA\}(?P<secret>[A-Za-z0-9+/]{27,64}={0,2})(?![A-Za-z0-9+/])",
}
COOKIE = r"(?:[\w.-]{1,64}=[^;\s]{0,400}+;[ ]?){0,20}?[\w.-]{1,64}=(?P<secret>[\w%.+/~=-]{20,512}+)"
COOKIES = {"cookie: ": rf"cookie: {COOKIE}", "curl ": rf"curl {REST}-b ['\"]?{COOKIE}"}


def _rules() -> Iterator[Rule]:
    for table, kind, fits in (
        (COMMANDS, "password", looks_password),
        (ACCOUNTS, "password", looks_password),
        (HASHES, "password-hash", _is_no_placeholder),
        (COOKIES, "session", _is_cookie),
    ):
        for clue, pattern in table.items():
            yield Rule(clue, re.compile(pattern, re.IGNORECASE | re.ASCII), kind, fits)


RULES = tuple(_rules())


def placed_secrets(text: str, lowered: str) -> Iterator[Span]:
    """Find the secrets of commands, of password files and of cookies."""
    for rule in RULES:
        end = 0
        for at in places(lowered, rule.clue):
            match = rule.pattern.match(text, at) if at >= end else None
            if match is not None:
                end = match.end("secret")
                if rule.fits(match["secret"]):
                    yield Span(match.start("secret"), end, rule.kind)
