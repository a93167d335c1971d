"""Make room in a transcript: old results become one line each, older steps one line together.

It is done rarely and in one large step, because everything behind the first changed message has to
be read again by the server. Edits, errors and the last run of tests stay; results that are masked
can be had again by calling the tool again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agents.loop.settings import CHARACTERS_PER_TOKEN, KEPT_SHARE, LoopSettings
from agents.loop.transcript import Exchange, SpokenTurn, ToolOutcome, Transcript, TranscriptChange
from rooftree.text.shortened import shortened

MIN_FREED = 0.3
"""Of the prompt, that masking has to free; else it is not worth reading the rest again."""
MOST_KEPT = 6
ALWAYS_KEPT = ("edit", "error", "finish")
MAX_LINE_LENGTH = 120
EARLIER_SHARE = 1 / 10
"""Of the window, for the lines of merged steps."""
HEADING = "Steps so far, in short (their results are gone; call the tool again if you need one):"

CountTokens = Callable[[Transcript], int]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which outcomes are masked: by turn and place."""

    masked: frozenset[tuple[int, int]]


def mask(transcript: Transcript, settings: LoopSettings, count: CountTokens, step: int) -> bool:
    """Mask old results in a transcript; False, and nothing done, where that frees too little."""
    before = count(transcript)
    target = int(min(before * (1 - MIN_FREED), settings.most_prompt))
    tried = replace(transcript, turns=_masked_turns(transcript.turns, settings))
    if count(tried) > target:
        tried = _merged(tried, settings, count, target)
    after = count(tried)
    if after > target:
        return False
    transcript.turns, transcript.earlier = tried.turns, tried.earlier
    transcript.last_run = tried.last_run
    transcript.changes.append(TranscriptChange("mask", step, f"{before} to {after} tokens"))
    return True


def _masked_turns(
    turns: Sequence[Exchange | SpokenTurn], settings: LoopSettings
) -> list[Exchange | SpokenTurn]:
    plan = _planned(turns, settings)
    return [
        replace(
            turn,
            outcomes=tuple(
                masked(one) if (number, place) in plan.masked else one
                for place, one in enumerate(turn.outcomes)
            ),
        )
        if isinstance(turn, Exchange)
        else turn
        for number, turn in enumerate(turns)
    ]


def _planned(turns: Sequence[Exchange | SpokenTurn], settings: LoopSettings) -> _Plan:
    """Choose what is masked: all but the newest results, which fill at most a third."""
    places = [
        (number, place, one)
        for number, turn in enumerate(turns)
        if isinstance(turn, Exchange)
        for place, one in enumerate(turn.outcomes)
    ]
    runs = [(number, place) for number, place, one in places if one.kind == "run"]
    kept = {*runs[-1:]}
    kept |= {(number, place) for number, place, one in places if one.kind in ALWAYS_KEPT}
    room = int(settings.window * KEPT_SHARE * CHARACTERS_PER_TOKEN)
    for count, (number, place, one) in enumerate(reversed(places)):
        room -= len(one.text)
        if count and (room < 0 or count >= MOST_KEPT):
            break
        kept.add((number, place))
    return _Plan(frozenset((number, place) for number, place, _ in places) - kept)


def masked(outcome: ToolOutcome) -> ToolOutcome:
    """Return an outcome by its most telling line."""
    lines = outcome.text.count("\n")
    if outcome.is_masked or not lines:
        return outcome
    text = f"{telling_line(outcome)}\n[masked: {lines} lines; call again if needed]"
    return replace(outcome, text=text, is_masked=True)


def telling_line(outcome: ToolOutcome) -> str:
    """Return the line of a result that says what it is: of what was read, the last one."""
    lines = outcome.text.strip("\n").split("\n")
    at = -1 if outcome.kind == "read" and not outcome.is_masked else 0
    return lines[at].strip()[:MAX_LINE_LENGTH]


def _merged(
    transcript: Transcript, settings: LoopSettings, count: CountTokens, target: int
) -> Transcript:
    """Turn the oldest steps into lines below the task, until the prompt is at its target."""
    turns, lines = list(transcript.turns), list[str]()
    # The newest turn is what the model is about to answer.
    while len(turns) > 1 and count(transcript) > target:
        # Several at once: counting the whole prompt after each is quadratic in its length.
        taken, turns = turns[: _batch(turns)], turns[_batch(turns) :]
        lines += [line for turn in taken for line in summary_lines(turn)]
        transcript = replace(
            transcript,
            turns=turns,
            earlier=_earlier(transcript, lines, settings),
            last_run=_last_run(taken, settings) or transcript.last_run,
        )
        lines = []
    return replace(transcript, last_run="") if _last_run(turns, settings) else transcript


def _last_run(turns: Sequence[Exchange | SpokenTurn], settings: LoopSettings) -> str:
    """Return what the last run in these turns said, not too long; empty where none was run."""
    said = [
        one.text
        for turn in turns
        if isinstance(turn, Exchange)
        for one in turn.outcomes
        if one.kind == "run"
    ]
    room = int(settings.window * EARLIER_SHARE * CHARACTERS_PER_TOKEN)
    return shortened(said[-1], room) if said else ""


def _batch(turns: Sequence[Exchange | SpokenTurn]) -> int:
    return max(1, (len(turns) - 1) // 8)


def _earlier(transcript: Transcript, lines: Sequence[str], settings: LoopSettings) -> str:
    """Return the lines of all merged steps, the newest of them where they are too many."""
    before, _, known = transcript.earlier.partition(HEADING)
    every = [*known.strip("\n").split("\n"), *lines] if known else list(lines)
    room = int(settings.window * EARLIER_SHARE * CHARACTERS_PER_TOKEN)
    kept: list[str] = []
    for line in reversed(every):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    left = len(every) - len(kept)
    more = [f"({left} earlier steps are not listed)"] if left else []
    return "\n".join([*filter(None, [before.rstrip()]), HEADING, *more, *reversed(kept)])


def summary_lines(turn: Exchange | SpokenTurn) -> list[str]:
    """Return a line for each call of a turn: what was asked, and what it said."""
    if isinstance(turn, SpokenTurn):
        return []
    return [
        f"{turn.step}. {one.key[:MAX_LINE_LENGTH]}: {telling_line(one)}" for one in turn.outcomes
    ]
