"""`rooftree models probe`: measure what a model can do, and say what follows from it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.terminal.common import JsonOption, load, print_json, print_line, with_host
from server.cli.terminal.progress import ProgressBars

if TYPE_CHECKING:
    from models.probing.profile import ModelProfile
    from server.services.host import Host

MAX_PROBES = 76
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

    async def work(host: "Host") -> "list[ModelProfile]":
        profiler = host.profiler()
        with ProgressBars(quiet=json) as bars:

            def progress(_: str, done: int) -> None:
                bars.show("probe", min(done, MAX_PROBES), MAX_PROBES)

            return [
                await profiler.measure(located, progress, anew=anew)
                for located in await host.models.locate(name)
            ]

    profiles = with_host(config, work)
    if json:
        print_json([profile_json(profile) for profile in profiles])
        return
    for profile in profiles:
        describe(profile, show=show)


def profile_json(profile: "ModelProfile") -> dict[str, Any]:
    """Return a profile as JSON, with its tier."""
    from models.probing.profile import PROFILES

    content: dict[str, Any] = PROFILES.dump_python(profile, mode="json")
    return {"tier": profile.tier} | content


def describe(profile: "ModelProfile", *, show: bool) -> None:
    """Say what was measured, and what follows from it and why."""
    context, speed = profile.context, profile.speed
    print_line(f"{profile.model} at {profile.endpoint}: {profile.tier}")
    print_line(
        f"measured {profile.measured_at} with {profile.probes} probes in {profile.seconds:.0f} s"
    )
    print_line()
    for name, score in profile.scores.items():
        bar = "#" * round(20 * score.share) + "." * (20 - round(20 * score.share))
        print_line(
            f"  {name:<14} {bar}  {score.right:>2} right, {score.valid:>2} usable of {score.of}"
        )
    print_line()
    for role, found in profile.roles.items():
        print_line(f"  {role:<9} {found.tier:<8} {'; '.join(found.reasons)}")
    print_line()
    for reason in profile.reasons:
        print_line(f"  {reason}")
    filling = profile.filling if profile.filling != "none" else "cannot"
    print_line(
        f"  holes: {filling}; schema {_held(profile.enforces_schema)} by the server; "
        f"tool_choice {_held(profile.enforces_choice)} by the server"
    )
    claimed = f"{context.claimed} claimed, " if context.claimed else ""
    cut = "; THE SERVER CUTS LONGER PROMPTS IN SILENCE" if context.cuts_silently else ""
    print_line(f"  context: {claimed}{context.measured} measured{cut}")
    print_line(f"  speed: reads {speed.prompt:.0f} and writes {speed.answer:.0f} tokens a second")
    for verdict in profile.verdicts if show else ():
        if not verdict.right:
            print_line(f"  wrong: {verdict.probe} -> {verdict.detail}")
    print_line()


def _held(enforced: bool) -> str:
    return "enforced" if enforced else "not enforced"
