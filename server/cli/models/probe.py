"""`rooftree models probe`: measure what a model can do, and say what follows from it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.terminal.common import JsonOption, load, print_json, say, with_host
from server.cli.terminal.progress import Bars

if TYPE_CHECKING:
    from models.probing.profile import Profile
    from server.services.host import Host

MOST_PROBES = 76
"""About; how many there are depends on what the server can do."""


def probe(
    name: Annotated[
        str, typer.Argument(help="An alias, a version or a model's id; chat by default.")
    ] = "chat",
    anew: Annotated[
        bool, typer.Option("--anew", help="Measure even where the profile is known.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Show every probe that was not answered rightly.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Measure what answers for NAME: tools, edits, facts, context, speed; keep the profile."""
    config = load()

    async def work(host: "Host") -> "list[Profile]":
        profiler = host.profiler()
        with Bars(quiet=json) as bars:

            def progress(_: str, done: int) -> None:
                bars.show("probe", min(done, MOST_PROBES), MOST_PROBES)

            return [
                await profiler.measured(located, progress, anew=anew)
                for located in await host.models.located(name)
            ]

    profiles = with_host(config, work)
    if json:
        print_json([profile_json(profile) for profile in profiles])
        return
    for profile in profiles:
        describe(profile, show=show)


def profile_json(profile: "Profile") -> dict[str, Any]:
    """Return a profile as JSON, with its tier."""
    from models.probing.profile import PROFILES

    content: dict[str, Any] = PROFILES.dump_python(profile, mode="json")
    return {"tier": profile.tier} | content


def describe(profile: "Profile", *, show: bool) -> None:
    """Say what was measured, and what follows from it and why."""
    context, speed = profile.context, profile.speed
    say(f"{profile.model} at {profile.endpoint}: {profile.tier}")
    say(f"measured {profile.measured_at} with {profile.probes} probes in {profile.seconds:.0f} s")
    say()
    for name, score in profile.scores.items():
        bar = "#" * round(20 * score.share) + "." * (20 - round(20 * score.share))
        say(f"  {name:<14} {bar}  {score.right:>2} right, {score.valid:>2} usable of {score.of}")
    say()
    for role, found in profile.roles.items():
        say(f"  {role:<9} {found.tier:<8} {'; '.join(found.reasons)}")
    say()
    for reason in profile.reasons:
        say(f"  {reason}")
    filling = profile.filling if profile.filling != "none" else "cannot"
    say(
        f"  holes: {filling}; schema {_held(profile.enforces_schema)} by the server; "
        f"tool_choice {_held(profile.enforces_choice)} by the server"
    )
    claimed = f"{context.claimed} claimed, " if context.claimed else ""
    cut = "; THE SERVER CUTS LONGER PROMPTS IN SILENCE" if context.cuts_silently else ""
    say(f"  context: {claimed}{context.measured} measured{cut}")
    say(f"  speed: reads {speed.prompt:.0f} and writes {speed.answer:.0f} tokens a second")
    for verdict in profile.verdicts if show else ():
        if not verdict.right:
            say(f"  wrong: {verdict.probe} -> {verdict.detail}")
    say()


def _held(enforced: bool) -> str:
    return "enforced" if enforced else "not enforced"
