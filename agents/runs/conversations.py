"""Which requests of a run go on from an earlier one: a loop sends all that was said with each step.

What was sent before is neither counted against the budget again nor written down again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.chat.types import ChatRequest


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request whose messages a later one begins with."""

    key: str
    messages: int
    tokens: int
    """Of its prompt and its answer together."""


@dataclass(slots=True)
class Conversations:
    """The requests of one run so far."""

    _ends: dict[str, EarlierRequest] = field(default_factory=dict)

    def earlier(self, request: ChatRequest) -> EarlierRequest | None:
        """Return the longest earlier request that this one goes on from."""
        found = None
        for digest in _digests(request):
            found = self._ends.get(digest, found)
        return found

    def note(self, request: ChatRequest, key: str, tokens: int) -> None:
        """Remember a request, and how many tokens it and its answer had."""
        *_, last = ("", *_digests(request))
        self._ends[last] = EarlierRequest(key, len(request.messages), tokens)


def _digests(request: ChatRequest) -> Iterator[str]:
    """Yield a digest of the tools and the first message, then of the first two, and so on."""
    digest = hashlib.sha256(_bytes(request.tools) + request.model.encode("utf-8", "replace"))
    for message in request.messages:
        digest.update(_bytes(message))
        yield digest.hexdigest()


def _bytes(value: Sequence[Any] | Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode("ascii")
