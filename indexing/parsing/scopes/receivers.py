"""What stands before a use of a name: `queue` in `queue.get()`, read from the text.

A receiver is plain names joined by dots; OPAQUE where it is anything else, such as a call; empty
where the name stands alone.
"""

import re

from indexing.parsing.syntax.grammars import ParserSource

OPAQUE = "?"
TYPED = ":"
"""Begins a receiver that is a variable of a known type: what follows is the type."""

_WINDOW = 160
# Read backwards, so that it is linear.
_JOINT = rb"\s*\.\??\s*"
_BACKWARDS = re.compile(_JOINT + rb"([\w$]+(?:" + _JOINT + rb"[\w$]+)*)")
_JOINTS = re.compile(rb"(?<!\s)\s*+\??\.\s*+")
_SPREAD = b"..."
_SUPER = b"super()."
_GOES_ON = frozenset(b".)]}>'\"`?!:#")
"""Before a chain of names these say that it is the end of a longer expression."""


def receiver(source: ParserSource, start: int) -> str:
    """Return the receiver of the name that starts at this byte."""
    bare = source.data[max(0, start - _WINDOW) : start].rstrip()
    if not bare.endswith(b".") or bare.endswith(_SPREAD):
        return ""
    if bare.endswith(_SUPER):
        return "super"
    backwards = bare[::-1]
    match = _BACKWARDS.match(backwards)
    if match is None:
        return OPAQUE
    chain = _JOINTS.sub(b".", match[1][::-1])
    ahead = backwards[match.end() :]
    if chain[:1].isdigit() or (not ahead and start > _WINDOW):
        return OPAQUE
    if ahead.startswith(_SPREAD):
        return chain.decode("ascii")
    # A line's end may hold the joint of a chain that goes on above it.
    if ahead and (ahead[0] in _GOES_ON or ahead[0] >= 0x80 or ahead.lstrip()[:1] == b"."):
        return OPAQUE
    return chain.decode("ascii")
