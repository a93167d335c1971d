"""A question sent again without what its server refuses and an answer can do without.

Reasoning that goes back, a switch of thinking, sampling beyond the API: servers differ in what they
take, and some refuse the whole request for one field that they do not know. It does not know how a
question travels.
"""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from models.chat.types import Completion
from models.wire.failures import ModelRefusedError
from models.wire.requests import OptionalPart

RefusedParts = set[tuple[str, OptionalPart]]
"""What a server has refused, model by model."""
SendWithout = Callable[[frozenset[OptionalPart]], AsyncGenerator[str | Completion, None]]
"""Puts a request on its way without some parts."""

REFUSALS = frozenset({400, 422})
WORD = re.compile(r"\w+")


async def with_optional_parts(
    model: str,
    parts: Mapping[OptionalPart, set[str]],
    refused: RefusedParts,
    sending: SendWithout,
) -> AsyncGenerator[str | Completion, None]:
    """Yield the answer, asked for once more without each part that is refused.

    `parts` are those that the request has, with the names of their fields.
    """
    left_out = frozenset(part for part in parts if (model, part) in refused)
    while True:
        try:
            async with aclosing(sending(left_out)) as answer:
                async for piece in answer:
                    if isinstance(piece, Completion):
                        refused.update((model, part) for part in left_out)
                    yield piece
        except ModelRefusedError as error:
            fewer = _blamed(error, {k: v for k, v in parts.items() if k not in left_out})
            if not fewer:
                raise
            left_out |= fewer
        else:
            return


def _blamed(
    error: ModelRefusedError, parts: Mapping[OptionalPart, set[str]]
) -> frozenset[OptionalPart]:
    """Return the parts that a refusal names, else the likeliest of those that are left."""
    if error.status not in REFUSALS:
        return frozenset()
    words = set(WORD.findall(str(error)))
    named = frozenset(part for part, names in parts.items() if names & words)
    return named or frozenset(list(parts)[:1])
