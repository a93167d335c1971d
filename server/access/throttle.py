"""A limit on wrong keys for each client address: a token bucket.

Only failures count. A right key is never held up, because at 256 bits no number of guesses matters
and everybody on a machine, or behind a proxy, shares an address with whoever guesses. What the
limit keeps down is noise and load.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from server.access.client_resolver import share_of

BURST = 10
SECONDS_EACH = 6.0
MAX_ADDRESSES = 1024


@dataclass(slots=True)
class _Bucket:
    tokens: float
    since: float


class FailureLimit:
    """Counts the failures of each address; those of one IPv6 /64 are one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def fail(self, address: str) -> int:
        """Count a failure; return 0, or the seconds to wait where there were too many."""
        address = share_of(address)
        now = self._clock()
        bucket = self._buckets.pop(address, None) or _Bucket(BURST, now)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.since) / SECONDS_EACH)
        bucket.since = now
        self._buckets[address] = bucket
        if len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return math.ceil((1 - bucket.tokens) * SECONDS_EACH)
        bucket.tokens -= 1
        return 0
