"""The context that is really read: what is claimed, tried, and smaller sizes where that fails."""

from dataclasses import dataclass

from models.chat.normalise import mapping_of
from models.client.client import ModelClient
from models.probing.needle_test import NeedleResult, measure_needles
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.profile import ContextProfile
from models.wire.transport import Transport
from rooftree.errors import ContextOverflowError, ModelError

LADDER = (2048, 4096, 8192, 16384, 32768, 65536, 131072)
FILL = 0.88
"""How full a context is made; the answer and a template's marks need the rest."""
MAX_SECONDS = 45.0
"""A longer prompt than what a model reads in this time is not tried: it is too slow to use."""
KEYS = ("max_model_len", "max_context_length", "context_length", "context_window", "n_ctx")


@dataclass(frozen=True, slots=True)
class ContextMeasurement:
    """A context, the speed of reading, and real tokens for each guessed one."""

    context: ContextProfile
    prompt_speed: float


async def claimed_context(transport: Transport, model: str) -> int | None:
    """Return the context that a server claims: vLLM lists it, llama.cpp has /props."""
    try:
        listed = mapping_of(await transport.get(transport.address("/models"))).get("data")
    except ModelError:
        listed = None
    for item in map(mapping_of, listed if isinstance(listed, list) else ()):
        if item.get("id") == model:
            for value in (item.get(key) for key in KEYS):
                if isinstance(value, int) and value > 0:
                    return value
    try:
        props = mapping_of(await transport.get(transport.address("/props", outside=True)))
    except ModelError:
        return None
    value = mapping_of(props.get("default_generation_settings")).get("n_ctx")
    return value if isinstance(value, int) and value > 0 else None


async def measure_context(
    client: ModelClient,
    model: str,
    claimed: int | None,
    seed: int,
    turns: PreemptibleRunner = NO_PREEMPTION,
) -> ContextMeasurement:
    """Read longer and longer prompts until one is not read whole, or is as long as is claimed."""
    sizes = [size for size in LADDER if claimed is None or size < claimed]
    sizes += [claimed] if claimed is not None else []
    # A claim is tried at once; a server that keeps it needs no smaller ones.
    order = [sizes[-1]] if claimed is not None and claimed <= LADDER[1] * 2 else sizes
    best: NeedleResult | None = None
    measured, cuts, speed = 0, False, 0.0
    for size in order:
        if speed and size / speed > MAX_SECONDS:
            break
        reading = await _read(client, model, round(size * FILL), seed, turns)
        speed = reading.sent_tokens / reading.seconds if reading.seconds else speed
        if not reading.is_whole:
            cuts = reading.is_cut
            measured = measured or _tokens_seen(reading)
            break
        measured, best = size, reading
    if not measured:
        for size in reversed(sizes[:-1]):
            reading = await _read(client, model, round(size * FILL), seed, turns)
            if reading.is_whole:
                measured, best = size, reading
                break
    found = best.found if best else ()
    return ContextMeasurement(ContextProfile(claimed, measured or sizes[0], cuts, found), speed)


async def _read(
    client: ModelClient, model: str, tokens: int, seed: int, turns: PreemptibleRunner
) -> NeedleResult:
    try:
        return await turns.taken(lambda: measure_needles(client, model, tokens, seed))
    except ContextOverflowError:
        return NeedleResult(tokens, None, refused=True, found=())


def _tokens_seen(reading: NeedleResult) -> int:
    """Return how much of a cut prompt was read, as the server counts it."""
    return reading.seen_tokens or 0
