"""Needle-in-a-haystack test: three codes are hidden in a long prompt, and asked for.

A server that cuts a prompt in silence loses the first of them, and its own count of the prompt's
tokens is too small. It does not know how long the context is claimed to be.
"""

import random
import time
from dataclasses import dataclass, replace

from models.chat.json_schemas import closed_object, json_format
from models.chat.normalise import mapping_of
from models.chat.text_tool_calls import read_json, unwrapped_json
from models.client.client import ChatRequest, Completion, ModelClient
from rooftree.errors import ContextOverflowError

GATES = ("north", "middle", "south")
ANSWER_TOKENS = 64
FIRST_GUESS = 16.0
"""Tokens of a line, before any have been counted."""
LOST_SHARE = 0.9
"""A server that counts fewer than this share of the tokens sent has cut the prompt."""


@dataclass(frozen=True, slots=True)
class NeedleResult:
    """What came of one long prompt."""

    sent_tokens: int
    """As the tokenizer counts them."""
    seen_tokens: int | None
    """As the server counted the prompt that it used, where it tells."""
    refused: bool
    found: tuple[str, ...]
    """Which codes were told rightly."""
    seconds: float = 0.0

    @property
    def is_cut(self) -> bool:
        """Whether the server left out a part without a word."""
        if self.refused:
            return False
        if self.seen_tokens is not None and self.seen_tokens < self.sent_tokens * LOST_SHARE:
            return True
        return self.seen_tokens is None and GATES[0] not in self.found and GATES[2] in self.found

    @property
    def is_whole(self) -> bool:
        return not self.refused and not self.is_cut


async def measure_needles(
    client: ModelClient, model: str, tokens: int, seed: int, room: int = 0
) -> NeedleResult:
    """Send a prompt of about that many tokens and ask for the codes in it.

    `room` is for what the model thinks before it answers.
    """
    sent = tokens
    try:
        request, codes, sent = await _sized(client, model, tokens, seed)
        request = replace(request, max_tokens=ANSWER_TOKENS + room)
        started = time.monotonic()
        answer = await client.chat(request)
    except ContextOverflowError:
        return NeedleResult(sent, None, refused=True, found=())
    seen = answer.usage.prompt_tokens if answer.usage else None
    seconds = time.monotonic() - started
    return NeedleResult(sent, seen, refused=False, found=_found(answer, codes), seconds=seconds)


async def _sized(
    client: ModelClient, model: str, tokens: int, seed: int
) -> tuple[ChatRequest, dict[str, int], int]:
    """Return a request that is counted to be close to `tokens`, and no longer."""
    per_line, lines = FIRST_GUESS, max(len(GATES), int(tokens / FIRST_GUESS))
    for _ in range(3):
        request, codes = needle_prompt(model, lines, seed)
        sent = await client.count_prompt(request)
        if tokens * 0.93 <= sent <= tokens:
            break
        per_line = max(1.0, sent / lines)
        lines = max(len(GATES), int(tokens * 0.97 / per_line))
    return request, codes, sent


def needle_prompt(model: str, lines: int, seed: int) -> tuple[ChatRequest, dict[str, int]]:
    """Return a prompt of that many lines with three codes in it, and the codes."""
    source = random.Random(f"{seed}-{lines}")  # noqa: S311 - no cryptography
    text = [f"Shelf {n} holds {source.randint(10, 99)} boxes of nails." for n in range(lines)]
    codes = {gate: source.randint(1000, 9999) for gate in GATES}
    places = (1, lines // 2, lines - 1)
    for gate, place in zip(GATES, places, strict=True):
        text[place] = f"The code of the {gate} gate is {codes[gate]}."
    question = "What are the codes of the north, the middle and the south gate? Answer in JSON."
    schema = closed_object({gate: {"type": "integer"} for gate in GATES})
    return ChatRequest(
        model,
        ({"role": "user", "content": "\n".join([*text, "", question])},),
        ANSWER_TOKENS,
        temperature=0.0,
        seed=seed,
        response_format=json_format("codes", schema),
    ), codes


def _found(answer: Completion, codes: dict[str, int]) -> tuple[str, ...]:
    """Return the gates whose code was told; a number anywhere counts where no JSON came."""
    try:
        told = mapping_of(read_json(unwrapped_json(answer.text)))
    except ValueError:
        told = {}
    return tuple(
        gate
        for gate, code in codes.items()
        if told.get(gate) == code or (not told and str(code) in answer.text)
    )
