"""Measure a model before its first work, by a few calls, where nothing is known of it.

All probes take minutes and wait until a server is idle (`background_profiling`); without any a
first run would work with guesses.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from rooftree.errors import ModelError
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import Counted

if TYPE_CHECKING:
    from models.gateway import LocatedModel
    from models.probing.profile import ModelProfile
    from server.services.host import Host

STAGE = "measuring"
ASK_SECONDS = 10.0
"""How long a question waits for the measurement of its model; an answer is worth more."""


async def profile_for_run(
    host: "Host", located: "LocatedModel", events: EventLog
) -> "ModelProfile | None":
    """Return what was measured of a model, measuring a configured one briefly where nothing was.

    The embedded server's models are not measured here: their weights are known, and no run waits.
    """
    from models.probing.brief import MOST_CALLS

    profiler = host.profiler()
    profile = await profiler.known(located)
    if profile is not None or located.endpoint.embedded or not host.config.model.probe:
        return profile

    def tell(_: str, done: int) -> None:
        events.progress(Counted(STAGE, min(done, MOST_CALLS), MOST_CALLS))

    tell("", 0)
    try:
        async with host.measuring:
            return await profiler.measure_briefly(located, tell)
    except ModelError as error:
        events.emit("error", message=f"{located.model} could not be measured: {error}")
        return None


async def measure_for_question(host: "Host", tell: Callable[[str], object]) -> None:
    """Measure what answers chat where nothing is known of it, or say that it was not measured."""
    from models.pool.routes import CHAT

    if not host.config.model.probe or host.answers_embedded():
        return
    try:
        async with asyncio.timeout(ASK_SECONDS), host.measuring:
            for located in await host.models.locate(CHAT):
                await host.profiler().measure_briefly(located)
    except TimeoutError:
        tell(
            f"the model was not measured: that took longer than {ASK_SECONDS:g} s; "
            "run `rooftree models probe`"
        )
    except ModelError as error:
        tell(f"the model was not measured: {error}")
