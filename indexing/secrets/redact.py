"""Secrets are replaced before a text is indexed, shown to a model, logged or printed.

A secret becomes `«redacted:kind:hash4»`. The hash tells two secrets apart without revealing what
they were; line n stays line n. It finds what has a known shape, a telling name or place, or is
random throughout: a secret that looks like an ordinary word, under an ordinary name, is not found.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from indexing.secrets.rules.blocks import private_keys, stored_keys
from indexing.secrets.rules.calls import called_secrets
from indexing.secrets.rules.commands import placed_secrets
from indexing.secrets.rules.headers import header_secrets
from indexing.secrets.rules.kubernetes import kubernetes_secrets
from indexing.secrets.rules.names import named_secrets
from indexing.secrets.rules.neutral import neutral_secrets
from indexing.secrets.rules.patterns import long_runs, prefixed_secrets
from indexing.secrets.rules.tables import column_secrets, inserted_secrets
from indexing.secrets.rules.urls import url_passwords
from indexing.secrets.span import ClueIndex, SecretSpan

REDACTION_VERSION = "4"
"""Raise it when other secrets are found: whatever was stored by older rules is made anew."""
# Not a secret: it only keeps the four digits from being those of a public hash of the value.
HASH_KEY = b"rooftree redaction 1"
MARKER = re.compile(r"«redacted:[a-z-]+:[0-9a-f]{4}»")


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """One secret that was found: its kind and its 1-based first line, never its value."""

    kind: str
    line: int


MAX_PASSES = 4


def redact(text: str) -> str:
    """Replace every secret, keeping the number and the place of all line ends.

    What stands beside a secret may look otherwise once that is gone, so a text in which one was
    found is looked at again: what is redacted stays as it is when it is redacted anew.
    """
    for _ in range(MAX_PASSES):
        redacted = _once(text)
        if redacted == text:
            break
        text = redacted
    return text


def _once(text: str) -> str:
    parts: list[str] = []
    end = 0
    for span in _spans(text):
        secret = text[span.start : span.end]
        parts += [text[end : span.start], _marker(span.kind, secret), "\n" * secret.count("\n")]
        end = span.end
    return "".join([*parts, text[end:]]) if parts else text


def findings(text: str) -> tuple[SecretFinding, ...]:
    """Return the kind and line of every secret that `redact` would replace."""
    found: list[SecretFinding] = []
    line, counted = 1, 0
    for span in _spans(text):
        line += text.count("\n", counted, span.start)
        counted = span.start
        found.append(SecretFinding(span.kind, line))
    return tuple(found)


def _marker(kind: str, secret: str) -> str:
    digest = hmac.digest(HASH_KEY, secret.encode("utf-8", "surrogatepass"), "sha256")
    return f"«redacted:{kind}:{digest.hex()[:4]}»"


def _spans(text: str) -> list[SecretSpan]:
    clues = ClueIndex(text)
    runs = long_runs(text)
    return _joined(
        [
            *private_keys(text),
            *prefixed_secrets(text, runs),
            *url_passwords(text),
            *named_secrets(text, clues),
            *header_secrets(text, clues),
            *placed_secrets(text, clues),
            *called_secrets(text, clues),
            *column_secrets(text, clues),
            *inserted_secrets(text, clues),
            *kubernetes_secrets(text),
            *stored_keys(text, clues),
            *neutral_secrets(text, runs),
        ]
    )


def _joined(spans: Iterable[SecretSpan]) -> list[SecretSpan]:
    """Join spans that overlap; the kind that was found first is the most telling one."""
    joined: list[SecretSpan] = []
    order = {kind: index for index, kind in enumerate(dict.fromkeys(s.kind for s in spans))}
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            kind = min(last.kind, span.kind, key=order.__getitem__)
            joined[-1] = SecretSpan(last.start, max(last.end, span.end), kind)
        else:
            joined.append(span)
    return joined
