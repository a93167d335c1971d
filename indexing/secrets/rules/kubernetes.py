"""The values of a Kubernetes Secret: all of them are secret, whatever they look like."""

import re
from collections.abc import Iterator

from indexing.secrets.span import SecretSpan, places
from indexing.secrets.values import is_placeholder

KIND = re.compile(r"""kind["']?: ?["']?Secret(?![\w.-])""")
MAX_MANIFEST_LENGTH = 65_536
DATA = re.compile(r"^([ \t]{0,20})(?:data|stringData):[ \t]{0,4}\r?$", re.MULTILINE)
ENTRY = re.compile(
    r"""\n(?P<margin>[ \t]{1,24})["']?[\w.-]{1,200}["']?:[ ]{1,4}["']?"""
    r"""(?P<value>[^\s"'{}|>#][^\n\r"']{3,32768}+)"""
)
BLOCK = re.compile(r"\n(?P<margin>[ \t]{1,24})[^\n]{1,32768}")
INLINE = re.compile(r"""["'](?:data|stringData)["'][ ]?:\s{0,20}\{""")
MEMBER = re.compile(
    r"""\s{0,40}["'][\w.-]{1,200}["'][ ]?:\s{0,8}["'](?P<value>[^"'\n\\]{4,32768}+)["'][ ]?,?"""
)


def kubernetes_secrets(text: str) -> Iterator[SecretSpan]:
    """Find the values of every manifest whose kind is Secret, in YAML or JSON."""
    done = 0
    for at in places(text, "kind"):
        kind = KIND.match(text, at) if at >= done else None
        if kind is None:
            continue
        start = max(
            text.rfind("\n---", done, kind.start()), done, kind.start() - MAX_MANIFEST_LENGTH
        )
        end = text.find("\n---", kind.end(), kind.end() + MAX_MANIFEST_LENGTH)
        done = end if end >= 0 else min(len(text), kind.end() + MAX_MANIFEST_LENGTH)
        yield from _entries(text, start, done)
        yield from _members(text, start, done)


def _entries(text: str, start: int, end: int) -> Iterator[SecretSpan]:
    for data in DATA.finditer(text, start, end):
        at = data.end()
        while (line := BLOCK.match(text, at, end)) and len(line["margin"]) > len(data[1]):
            entry = ENTRY.match(text, at, line.end())
            if entry is not None and not is_placeholder(entry["value"]):
                yield SecretSpan(*entry.span("value"), "kubernetes-secret")
            at = line.end()


def _members(text: str, start: int, end: int) -> Iterator[SecretSpan]:
    for data in INLINE.finditer(text, start, end):
        at = data.end()
        while member := MEMBER.match(text, at, end):
            if not is_placeholder(member["value"]):
                yield SecretSpan(*member.span("value"), "kubernetes-secret")
            at = member.end()
