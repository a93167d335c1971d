"""Secrets known by what stands around them: private key blocks and passwords in URLs."""

import re
from collections.abc import Iterator

from indexing.secret_patterns import Span
from indexing.secret_values import is_placeholder, looks_random

BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
END = re.compile(r"-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
BASE64 = re.compile(r"[A-Za-z0-9+/]{32}")
LONGEST_BLOCK = 32_768
# Where a block was cut off, the lines that still look like its body go too.
BODY_LINE = re.compile(
    r"""(?:\r?\n|(?:\\r)?\\n)[ \t>#*"'+/]{0,40}[A-Za-z0-9+/=]{16,120}"""
    r"""[ \t"'+,;\r]{0,8}(?=\n|\\r|\\n|\Z)"""
)

CREDENTIALS = re.compile(
    r"""://(?:(?P<user>[^\s:/@"'<>?#]{0,128}):(?P<password>[^\s/@"'<>?#]{1,256})"""
    r"""|(?P<token>[A-Za-z0-9_\-]{20,256}))@"""
)
ORDINARY_PASSWORDS = frozenset(
    ["pass", "passwd", "password", "pwd", "pw", "secret", "token", "user", "username", "test"]
)


def private_keys(text: str) -> Iterator[Span]:
    """Find private key blocks whole, over several lines or with escaped line ends in one."""
    begin = BEGIN.search(text)
    while begin is not None:
        following = BEGIN.search(text, begin.end())
        limit = min(
            following.start() if following else len(text), begin.end() + LONGEST_BLOCK, len(text)
        )
        end = END.search(text, begin.end(), limit)
        if end is None:
            yield from _truncated_key(text, begin, limit)
        elif BASE64.search(text, begin.end(), end.start()):
            yield Span(begin.start(), end.end(), "private-key")
        begin = following


def _truncated_key(text: str, begin: re.Match[str], limit: int) -> Iterator[Span]:
    end = begin.end()
    line = BODY_LINE.match(text, end)
    while line is not None and line.end() <= limit:
        end = line.end()
        line = BODY_LINE.match(text, end)
    if end > begin.end():
        yield Span(begin.start(), end, "private-key")


def url_passwords(text: str) -> Iterator[Span]:
    """Find the password of `scheme://user:password@host`, or a token that stands as the user."""
    at = text.find("://")
    while at >= 0:
        match = CREDENTIALS.match(text, at)
        if match is not None:
            group = "token" if match["token"] else "password"
            if _is_credential(match[group], group):
                yield Span(match.start(group), match.end(group), "url-password")
        at = text.find("://", at + 3)


def _is_credential(value: str, group: str) -> bool:
    if is_placeholder(value) or any(character in value for character in "{}$()"):
        return False
    if group == "token":
        return looks_random(value)
    return value.lower() not in ORDINARY_PASSWORDS
