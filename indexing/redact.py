"""Secrets are replaced before a text is indexed, shown to a model, logged or printed.

A secret becomes `«redacted:kind:hash4»`. The hash tells two secrets apart and tells nobody what
they were; line n stays line n. It finds what has a known shape or a telling name: a secret that
looks like an ordinary word, under an ordinary name, is not found.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from indexing.secret_blocks import private_keys, url_passwords
from indexing.secret_names import named_secrets
from indexing.secret_patterns import Span, prefixed_secrets

# Not a secret: it only keeps the four digits from being those of a public hash of the value.
HASH_KEY = b"rooftree redaction 1"
MARKER = re.compile(r"«redacted:[a-z-]+:[0-9a-f]{4}»")


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret that was found: its kind and its 1-based first line, never its value."""

    kind: str
    line: int


def redact(text: str) -> str:
    """Replace every secret, keeping the number and the place of all line ends."""
    parts: list[str] = []
    end = 0
    for span in _spans(text):
        secret = text[span.start : span.end]
        parts += [text[end : span.start], _marker(span.kind, secret), "\n" * secret.count("\n")]
        end = span.end
    return "".join([*parts, text[end:]]) if parts else text


def findings(text: str) -> tuple[Finding, ...]:
    """Return the kind and line of every secret that `redact` would replace."""
    found: list[Finding] = []
    line, counted = 1, 0
    for span in _spans(text):
        line += text.count("\n", counted, span.start)
        counted = span.start
        found.append(Finding(span.kind, line))
    return tuple(found)


def _marker(kind: str, secret: str) -> str:
    digest = hmac.digest(HASH_KEY, secret.encode("utf-8", "surrogatepass"), "sha256")
    return f"«redacted:{kind}:{digest.hex()[:4]}»"


def _spans(text: str) -> list[Span]:
    return _joined(
        [*private_keys(text), *prefixed_secrets(text), *url_passwords(text), *named_secrets(text)]
    )


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap; the kind that was found first is the most telling one."""
    joined: list[Span] = []
    order = {kind: index for index, kind in enumerate(dict.fromkeys(s.kind for s in spans))}
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            kind = min(last.kind, span.kind, key=order.__getitem__)
            joined[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            joined.append(span)
    return joined
