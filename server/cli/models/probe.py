"""`rooftree models probe`: measure what a model can do, and say what follows from it."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.terminal.common import JsonOption, load, print_json, print_line, with_host
from server.cli.terminal.progress import ProgressBars

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.chat.windows import ContextWindow
    from models.probing.profile import ModelProfile, ThinkingProfile
    from server.services.host import Host

MAX_PROBES = 92
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
    """Measure what answers for NAME: tools, edits, steps, thinking, context; keep the profile."""
    config = load()

    async def work(host: "Host") -> "tuple[list[ModelProfile], ModelUse]":
        profiler = host.profiler()
        with ProgressBars(quiet=json) as bars:

            def progress(_: str, done: int) -> None:
                bars.show("probe", min(done, MAX_PROBES), MAX_PROBES)

            profiles = [
                await profiler.measure(located, progress, anew=anew)
                for located in await host.models.locate(name)
            ]
            server = next((one.server for one in profiles), "")
            window = await host.models.window(name)
            return profiles, ModelUse(window, host.models.sampling(name, server))

    profiles, use = with_host(config, work)
    if json:
        print_json([profile_json(profile) | asdict(use) for profile in profiles])
        return
    for profile in profiles:
        describe(profile, show=show)
        describe_use(profile, use)


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How rooftree works with what answers for a name."""

    window: "ContextWindow"
    sampling: "Mapping[str, float]"


def profile_json(profile: "ModelProfile") -> dict[str, Any]:
    """Return a profile as JSON, with its tier."""
    from models.probing.profile import PROFILES

    content: dict[str, Any] = PROFILES.dump_python(profile, mode="json")
    return {"tier": profile.tier} | content


def describe(profile: "ModelProfile", *, show: bool) -> None:
    """Say what was measured, and what follows from it and why."""
    context, speed = profile.context, profile.speed
    print_line(f"{profile.model} at {profile.endpoint}: {profile.tier}, size {profile.size}")
    print_line(
        f"measured {profile.measured_at} with {profile.probes} probes in {profile.seconds:.0f} s"
    )
    print_line()
    for name, score in profile.scores.items():
        bar = "#" * round(20 * score.share) + "." * (20 - round(20 * score.share))
        print_line(
            f"  {name:<16} {bar}  {score.right:>2} right, {score.valid:>2} usable of {score.of}"
        )
    print_line()
    for line in reason_lines(profile):
        print_line(f"  {line}")
    filling = profile.filling if profile.filling != "none" else "cannot"
    print_line(
        f"  holes: {filling}; schema {_held(profile.enforces_schema)} by the server; "
        f"tool_choice {_held(profile.enforces_choice)} by the server"
    )
    claimed = f"{context.claimed} claimed, " if context.claimed else ""
    cut = "; THE SERVER CUTS LONGER PROMPTS IN SILENCE" if context.cuts_silently else ""
    print_line(f"  context: {claimed}{context.measured} measured{cut}")
    print_line(f"  speed: reads {speed.prompt:.0f} and writes {speed.answer:.0f} tokens a second")
    for line in thinking_lines(profile.thinking):
        print_line(f"  {line}")
    for verdict in profile.verdicts if show else ():
        if not verdict.right:
            print_line(f"  wrong: {verdict.probe} -> {verdict.detail}")
    print_line()


def reason_lines(profile: "ModelProfile") -> list[str]:
    """Say what follows from the scores, role by role, and why."""
    took = profile.step_seconds
    return [
        *(
            f"{role:<9} {found.tier:<8} {'; '.join(found.reasons)}"
            for role, found in profile.roles.items()
        ),
        "",
        *profile.reasons,
        *(f"size {profile.size}: {reason}" for reason in profile.size_reasons),
        *([f"a step with tools took {took:.1f} s"] if took else []),
        *call_lines(profile.thinking),
    ]


def call_lines(thinking: "ThinkingProfile") -> list[str]:
    """Say how calls of tools come."""
    several = "several calls" if thinking.parallel_calls else "one call"
    alike = {
        True: "streamed as they are whole",
        False: "OTHERWISE STREAMED THAN WHOLE",
        None: "not compared with a stream",
    }
    return [f"calls: {several} in one answer, {alike[thinking.streams_alike]}"]


def thinking_lines(thinking: "ThinkingProfile") -> list[str]:
    """Say how a model thinks and how that is steered."""
    switch = {
        "template": f"switched by {thinking.switch_name} of its chat template",
        "effort": f"switched by reasoning_effort, least {thinking.effort_off!r}",
    }.get(thinking.switch, "no switch was found")
    if not thinking.thinks and thinking.switch not in ("template", "effort"):
        return ["thinking: no"]
    default = f"about {thinking.tokens} tokens" if thinking.thinks else "only when it is told to"
    budget = thinking.budget_field or "none that is kept"
    back = "could not be seen" if thinking.fields_in is None else ", ".join(thinking.fields_in)
    out, into = thinking.field_out or "nothing", back or "nothing: the server drops it"
    return [
        f"thinking: {default}; {switch}; budget: {budget}",
        f"reasoning: comes as {out}, goes back as {into}",
    ]


def describe_use(profile: "ModelProfile", use: ModelUse) -> None:
    """Say with which window and sampling runs work, and what the server is known for."""
    from models.wire.presets import presets

    print_line(f"  runs work with a context of {use.window.tokens} tokens ({use.window.source})")
    drawn = ", ".join(f"{name} {value:g}" for name, value in use.sampling.items())
    server = f" ({profile.server})" if profile.server else ""
    print_line(f"  sampling: {drawn or f'left to the server{server}'}")
    for preset in presets():
        for fault in preset.faults if preset.name == profile.server else ():
            print_line(f"  known of {preset.title}: {fault.what}; {fault.do} ({fault.source})")
    print_line()


def _held(enforced: bool) -> str:
    return "enforced" if enforced else "not enforced"
