"""A prompt that fits: counted, budgeted by class of message, and cut only where the cut is visible.

Nothing is ever dropped in silence. Either the prompt is refused with what fills it, or what was
left out is written where it stood and recorded. It does not interpret the messages.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from models.chat.messages import SYSTEM_ROLES, Message
from models.chat.types import ChatRequest
from models.client.counting import Calibration, guess, json_text, message_text
from rooftree.errors import ContextOverflowError
from rooftree.text.shortened import shortened

PromptPart = Literal["system", "tools", "question", "results", "history"]
RESULTS_SHARE = 0.6
"""Of the room that system, tools and question leave, what results of tools may take; the rest is
for earlier turns. What one does not need the other gets."""
MIN_RESULT_LENGTH = 400
"""Characters that are kept of a tool's result at the least."""
HEAD_SHARE = 0.7
MAX_TRIES = 4
MARGIN = 0.98
"""Guesses of parts add up to a little less than the whole."""


class PromptCounter(Protocol):
    """Counts the tokens of a prompt."""

    async def count_prompt(self, request: ChatRequest) -> int: ...


@dataclass(frozen=True, slots=True)
class PromptTrim:
    """What was left out of a prompt: whole turns, or characters of results."""

    kind: PromptPart
    turns: int = 0
    characters: int = 0

    def __str__(self) -> str:
        if self.turns:
            return f"{self.turns} earlier turns left out to fit the model's context"
        return f"{self.characters} characters of results left out to fit the model's context"


@dataclass(frozen=True, slots=True)
class FittedRequest:
    """A request that fits, its tokens, and what it cost."""

    request: ChatRequest
    tokens: int
    trims: tuple[PromptTrim, ...] = ()


async def fit_request(
    counts: PromptCounter,
    request: ChatRequest,
    *,
    context_tokens: int,
    answer_tokens: int,
    trim: bool,
) -> FittedRequest:
    """Return the request as it fits into the context beside its answer.

    Raises ContextOverflowError where it does not, or with `trim` cannot be made to.
    """
    room = context_tokens - answer_tokens
    tokens = await counts.count_prompt(request)
    if tokens <= room:
        return FittedRequest(request, tokens)
    shares = tokens_by_kind(request, tokens)
    fixed = shares["system"] + shares["tools"] + shares["question"]
    if not trim or fixed >= room:
        raise overflow_error(tokens, context_tokens, answer_tokens, shares)
    target = float(room - fixed)
    for _ in range(MAX_TRIES):
        target *= MARGIN
        smaller, trims = _trimmed(request, target, shares)
        counted = await counts.count_prompt(smaller)
        if counted <= room:
            return FittedRequest(smaller, counted, trims)
        target -= counted - room
        if target <= 0:
            break
    raise overflow_error(tokens, context_tokens, answer_tokens, shares)


def overflow_error(
    tokens: int, context_tokens: int, answer_tokens: int, shares: Mapping[PromptPart, int]
) -> ContextOverflowError:
    """Return the error that says what fills the context."""
    filled = ", ".join(f"{kind} {count}" for kind, count in shares.items() if count)
    tools = shares.get("tools", 0)
    advice = "offer fewer tools" if tools * 2 > tokens else "ask for less at once"
    return ContextOverflowError(
        f"the prompt has {tokens} tokens ({filled}) and the answer needs {answer_tokens}; the "
        f"model's context holds {context_tokens}; {advice}, or serve the model with a longer "
        "context"
    )


def tokens_by_kind(request: ChatRequest, tokens: int) -> dict[PromptPart, int]:
    """Share the counted tokens out among the classes of message, by guesses."""
    calibration = Calibration()
    guesses: Counter[PromptPart] = Counter({"tools": guess(json_text(request.tools), calibration)})
    for kind, message in zip(kinds_of(request.messages), request.messages, strict=True):
        guesses[kind] += guess(message_text(message), calibration)
    total = sum(guesses.values()) or 1
    order: tuple[PromptPart, ...] = ("system", "tools", "question", "results", "history")
    return {kind: round(guesses[kind] * tokens / total) for kind in order}


def kinds_of(messages: Sequence[Message]) -> list[PromptPart]:
    """Return the class of each message; the last thing that the user said is the question."""
    users = [number for number, message in enumerate(messages) if message.get("role") == "user"]
    question = users[-1] if users else -1
    kinds: list[PromptPart] = []
    for number, message in enumerate(messages):
        role = message.get("role")
        if role in SYSTEM_ROLES:
            kinds.append("system")
        elif number == question:
            kinds.append("question")
        else:
            kinds.append("results" if role == "tool" else "history")
    return kinds


def _trimmed(
    request: ChatRequest, target: float, shares: Mapping[PromptPart, int]
) -> tuple[ChatRequest, tuple[PromptTrim, ...]]:
    """Return the request with results and earlier turns cut to about `target` tokens."""
    results, history = shares["results"], shares["history"]
    for_results = max(target * RESULTS_SHARE, target - history)
    for_history = target - min(results, for_results)
    messages, dropped = _without_oldest(request.messages, for_history / max(history, 1))
    messages, left_out = _shortened(messages, for_results / max(results, 1))
    trims = []
    if dropped:
        trims.append(PromptTrim("history", turns=dropped))
    if left_out:
        trims.append(PromptTrim("results", characters=left_out))
    return replace(request, messages=messages), tuple(trims)


def _without_oldest(messages: Sequence[Message], keep: float) -> tuple[tuple[Message, ...], int]:
    """Drop the oldest turns until `keep` of their text is left; results go with their calls."""
    kinds = kinds_of(messages)
    places = [number for number, kind in enumerate(kinds) if kind == "history"]
    sizes = {number: len(message_text(messages[number])) for number in places}
    surplus = sum(sizes.values()) * (1 - keep)
    gone: set[int] = set()
    for number in places:
        if surplus <= 0:
            break
        surplus -= sizes[number]
        gone.add(number)
        following = number + 1
        while following < len(messages) and kinds[following] == "results":
            gone.add(following)
            following += 1
    kept = [message for number, message in enumerate(messages) if number not in gone]
    turns = sum(kinds[number] == "history" for number in gone)
    return (_noted(kept, PromptTrim("history", turns=turns)) if turns else tuple(kept)), turns


def _noted(messages: Sequence[Message], trim: PromptTrim) -> tuple[Message, ...]:
    """Say before the first turn that is left what is missing before it."""
    first = next(n for n, message in enumerate(messages) if message.get("role") not in SYSTEM_ROLES)
    note = {"role": "user", "content": f"[{trim}]"}
    return (*messages[:first], note, *messages[first:])


def _shortened(messages: Sequence[Message], keep: float) -> tuple[tuple[Message, ...], int]:
    """Cut the results of tools, the oldest first, until `keep` of their text is left."""
    places = [number for number, kind in enumerate(kinds_of(messages)) if kind == "results"]
    texts = {number: str(messages[number].get("content") or "") for number in places}
    surplus = round(sum(map(len, texts.values())) * (1 - keep))
    result, left_out = list(messages), 0
    for number in places:
        cut = min(surplus - left_out, len(texts[number]) - MIN_RESULT_LENGTH)
        if cut > 0:
            note = str(PromptTrim("results", characters=cut))
            text = shortened(texts[number], len(texts[number]) - cut, HEAD_SHARE, note)
            result[number] = {**messages[number], "content": text}
            left_out += cut
    return tuple(result), left_out
