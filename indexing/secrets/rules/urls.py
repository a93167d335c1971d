"""Passwords and tokens in URLs, before the host."""

import re
from collections.abc import Iterator

from indexing.secrets.span import SecretSpan, matches, places
from indexing.secrets.values import is_placeholder, looks_random

CREDENTIALS = re.compile(
    r"""://(?:(?P<user>[^\s:/@"'<>?#]{0,128}):(?P<password>[^\s/"'<>?#]{1,256})"""
    r"""|(?P<token>[A-Za-z0-9_\-]{20,256}))@"""
)
MIN_KEY_LENGTH = 20
ORDINARY_PASSWORDS = frozenset(
    ["pass", "passwd", "password", "pwd", "pw", "secret", "token", "user", "username", "test"]
)


def url_passwords(text: str) -> Iterator[SecretSpan]:
    """Find the password of `scheme://user:password@host`, or a token that stands as the user."""
    for match in matches(text, CREDENTIALS, places(text, "://")):
        group = "token" if match["token"] else "password"
        user = match["user"] or ""
        if group == "password" and len(user) >= MIN_KEY_LENGTH and looks_random(user):
            # `https://key:secret@host`: the name is a key as well.
            yield SecretSpan(*match.span("user"), "url-password")
        if _is_credential(match[group], group):
            yield SecretSpan(*match.span(group), "url-password")


def _is_credential(value: str, group: str) -> bool:
    if is_placeholder(value) or any(character in value for character in "{}$()"):
        return False
    if group == "token":
        return looks_random(value)
    return value.lower() not in ORDINARY_PASSWORDS and "anon" not in value.lower()
