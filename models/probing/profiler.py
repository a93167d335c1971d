"""Measure what answers for a name: find it, recognise it by its fingerprint, probe it if needed.

It joins `models.gateway`, who knows where models are, with `models.probing`, which knows how they
are measured.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.gateway import LocatedModel, ModelAccess
from models.probing.brief import BriefProber
from models.probing.fingerprint import fingerprint_of
from models.probing.preemption import NO_PREEMPTION, PreemptibleRunner
from models.probing.prober import ProbeProgress, Prober
from models.probing.profile import ModelProfile
from models.probing.store import ProfileStore
from models.weights.staging import file_sha256
from rooftree.config import Config
from rooftree.errors import WeightsError

WeightsSha = Callable[[str], str]
"""Tells the hash of embedded weights by their name."""


@dataclass(frozen=True, slots=True)
class Profiler:
    """Provides profiles; a known one costs three small requests."""

    access: ModelAccess
    store: ProfileStore
    config: Config
    weights_sha: WeightsSha

    async def known(self, located: LocatedModel) -> ModelProfile | None:
        """Return the profile of what answers now, if it was measured."""
        fingerprint = await self._fingerprint(located)
        return self.store.settle(located.endpoint, located.model, fingerprint)

    async def measure(
        self,
        located: LocatedModel,
        progress: ProbeProgress = lambda _stage, _done: None,
        *,
        anew: bool = False,
        turns: PreemptibleRunner = NO_PREEMPTION,
    ) -> ModelProfile:
        """Return the profile, measuring where it is not known; `turns` let others go first."""
        fingerprint = await turns.run(lambda: self._fingerprint(located))
        known = self.store.settle(located.endpoint, located.model, fingerprint)
        if known is not None and known.measured_by == "long" and not anew:
            return known
        prober = Prober(located.endpoint, located.model, located.deadlines, progress, turns)
        profile = await prober.profile(fingerprint)
        self.store.save(profile, located.endpoint)
        return profile

    async def measure_briefly(
        self, located: LocatedModel, progress: ProbeProgress = lambda _stage, _done: None
    ) -> ModelProfile:
        """Return the profile, by a few calls where there is none; all probes replace it later."""
        known = await self.known(located)
        if known is not None:
            return known
        fingerprint = await self._fingerprint(located)
        prober = BriefProber(located.endpoint, located.model, located.deadlines, progress)
        profile = await prober.profile(fingerprint)
        self.store.save(profile, located.endpoint)
        return profile

    async def _fingerprint(self, located: LocatedModel) -> str:
        weights = await asyncio.to_thread(self._weights, located)
        return await fingerprint_of(located.endpoint, located.model, located.deadlines, weights)

    def _weights(self, located: LocatedModel) -> str:
        """Return what identifies embedded weights: their hash, and that of the adapter."""
        if not located.endpoint.embedded:
            return ""
        section = self.config.model
        parts = [self.weights_sha(section.name), str(section.context_tokens)]
        adapter: Path | None = section.adapters.get(located.model)
        if adapter is not None:
            try:
                parts.append(file_sha256(adapter))
            except OSError as error:
                raise WeightsError(f"cannot read the adapter {str(adapter)!r}: {error}") from error
        return " ".join(parts)
