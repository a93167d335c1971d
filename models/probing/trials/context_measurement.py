"""The context that is really read: what is claimed, tried, and smaller sizes where that fails."""

from dataclasses import dataclass

from models.client.client import ModelClient
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.profile import ContextProfile
from models.probing.trials.needle_test import ANSWER_TOKENS, NeedleResult, measure_needles

LADDER = (2048, 4096, 8192, 16384, 32768, 65536, 131072)
FILL = 0.88
"""How full a context is made; the answer and a template's marks need the rest."""
ROOM_SHARE = 0.1
"""Of a context, for what a model thinks and answers."""
MAX_SECONDS = 45.0
"""A longer prompt than what a model reads in this time is not tried: it is too slow to use."""


@dataclass(frozen=True, slots=True)
class ContextMeasurement:
    """A context, the speed of reading, and real tokens for each guessed one."""

    context: ContextProfile
    prompt_speed: float


async def measure_context(
    client: ModelClient,
    model: str,
    claimed: int | None,
    seed: int,
    turns: PreemptibleRunner = NO_PREEMPTION,
    room: int = 0,
) -> ContextMeasurement:
    """Read longer and longer prompts until one is not read whole, or is as long as is claimed."""

    async def read(size: int) -> NeedleResult:
        tokens = round(size * FILL)
        # A server refuses a prompt whose answer would not fit.
        left = max(0, min(room, round(size * ROOM_SHARE) - ANSWER_TOKENS))
        return await turns.run(lambda: measure_needles(client, model, tokens, seed, left))

    sizes = [size for size in LADDER if claimed is None or size < claimed]
    sizes += [claimed] if claimed is not None else []
    # A claim is tried at once; a server that keeps it needs no smaller ones.
    order = [sizes[-1]] if claimed is not None and claimed <= LADDER[1] * 2 else sizes
    best: NeedleResult | None = None
    measured, cuts, speed = 0, False, 0.0
    for size in order:
        if speed and size / speed > MAX_SECONDS:
            break
        reading = await read(size)
        speed = reading.sent_tokens / reading.seconds if reading.seconds else speed
        if not reading.is_whole:
            cuts = reading.is_cut
            measured = measured or reading.seen_tokens or 0
            break
        measured, best = size, reading
    if not measured:
        for size in reversed(sizes[:-1]):
            reading = await read(size)
            if reading.is_whole:
                measured, best = size, reading
                break
    found = best.found if best else ()
    return ContextMeasurement(ContextProfile(claimed, measured or sizes[0], cuts, found), speed)
