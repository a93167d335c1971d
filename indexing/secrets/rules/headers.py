"""Credentials of HTTP authorization schemes: `Bearer …`, `Authorization: SSWS …`."""

import re
from collections.abc import Iterator

from indexing.secrets.span import ClueIndex, SecretSpan, matches
from indexing.secrets.values import is_placeholder, looks_random

SCHEME = re.compile(
    r"(?:[Bb]earer|[Bb]asic|BEARER|BASIC|[Tt]oken)[ \t]{1,4}"
    r"""(?:["'][ ]?[+.][ ]?["']|\$\{["'])?(?P<secret>[\w.~+/\-=«»]{16,})""",
    re.ASCII,
)
SCHEMES = ("bearer ", "basic ", "token ")
# Vendors have schemes of their own. What follows these two is a signature, made anew every time.
HEADER = re.compile(
    r"""authorization["'`]?\]?[ \t]{0,4}(?::=|=>|[:=,])[ \t]{0,4}[rbfu$]{0,2}["'`]?
    (?!AWS4|Digest|Signature)(?:[A-Za-z][\w-]{1,24}[ \t]{1,4})?(?:\w{1,12}=)?["']?
    (?P<secret>[\w.~+/\-=:]{16,512}+)""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
NAME = "authorization"


def header_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find the credentials behind the name of a scheme, and behind that of the header."""
    for clue, pattern in (*((scheme, SCHEME) for scheme in SCHEMES), (NAME, HEADER)):
        for match in matches(text, pattern, clues.places(clue)):
            if looks_random(match["secret"]) and not is_placeholder(match["secret"]):
                yield SecretSpan(*match.span("secret"), "authorization")
