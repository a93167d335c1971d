"""Measures how the processor time of reading a text grows with its length."""

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

MEASURABLE = 0.01
"""Seconds; what takes less on the longest text is quick enough, however it grows."""
MEASURABLE_LOOP = 0.03
"""The same of what reads a text by more than one pattern."""
SIZES = (16, 128, 1_024, 4_096, 16_384)
"""From short to long, because a pattern that has lost its way takes years over a long text."""
PATIENCE = 2.0
"""Seconds of processor time after which a reading is stopped: it has lost its way."""
MAX_TIMES = 6
TRIES = 9
"""The least of so many counts: beside other processes one of them took six times what it takes
alone, and what grows too fast does so in each."""
HOPELESS = 100
"""Times; no loaded machine makes so many of four."""


class LostError(Exception):
    """A reading took longer than any linear one."""


@contextmanager
def patience(seconds: float = PATIENCE) -> Iterator[None]:
    """Stop what runs longer: the engine of `re` looks for signals while it goes back and forth."""

    def lose(_number: int, _frame: FrameType | None) -> None:
        raise LostError

    before = signal.signal(signal.SIGVTALRM, lose)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def grows_too_fast(
    read: Callable[[int], Callable[[], object]],
    sizes: Sequence[int] = SIZES,
    measurable: float = MEASURABLE,
) -> str:
    """Say how reading grows faster than linearly; an empty text if it does not.

    `read(length)` makes the text and returns what reads it.
    """
    for size in sizes:
        if _seconds(read(size)) >= measurable:
            verdict = _compared(read, size, measurable)
            if verdict is not None:
                return verdict
    return ""


def _compared(
    read: Callable[[int], Callable[[], object]], size: int, measurable: float
) -> str | None:
    """Compare with a quarter of the text; what grows too fast is asked again on longer ones.

    None where a text is read too quickly after all: a loaded machine had made it slow.
    """
    verdict = ""
    for longer in (size, 2 * size, 4 * size):
        short = long = math.inf
        for _ in range(TRIES):
            short = min(short, _seconds(read(max(longer // 4, 1))))
            long = min(long, _seconds(read(longer)))
            if long < measurable:
                return None
            if long <= MAX_TIMES * short < math.inf:
                return ""
            if long > HOPELESS * short or math.inf in {long, short}:
                break
        verdict = f"{longer:,} characters take {long:.3f} s, a quarter of them {short:.4f} s"
        # What is bounded shows it on a text longer than its bound, so that a leap is no proof.
        if long > PATIENCE / 4:
            break
    return verdict


def _seconds(read: Callable[[], object]) -> float:
    began = time.thread_time()
    try:
        with patience():
            read()
    except LostError:
        return math.inf
    return time.thread_time() - began
