"""Whether a model can answer: its weights, the endpoints, the embedder, and what was measured."""

from models.chat.windows import assumption_note
from models.pool.routes import CHAT
from rooftree.errors import RooftreeError, UnknownModelError, WeightsError
from server.cli.host.checks.finding import DoctorFinding, failed, ok, skipped, warning
from server.services.host import Host


def weights(host: Host) -> DoctorFinding:
    """Look whether the embedded model's weights are there, where they are needed."""
    name = host.config.model.name
    if not host.answers_embedded():
        return skipped("an endpoint answers; none are needed")
    try:
        host.check_model()
        found = host.weights.find(name)
    except UnknownModelError as error:
        return failed(str(error), "correct model.name, or set model.endpoint")
    except WeightsError as error:
        return failed(str(error), f"run `rooftree models pull {name}`, or set model.endpoint")
    if found.template == "unknown":
        advice = "a chat template is a program; use weights whose template you know"
        return warning(f"{found.title}: unknown chat template", advice)
    return ok(f"{found.title}, {found.licence}, {found.sha256[:12]}")


async def endpoint(host: Host) -> DoctorFinding:
    """Ask every configured endpoint for its models."""
    config = host.config
    if not config.model.endpoint and not config.endpoints:
        return skipped("none is configured; the embedded server answers")
    listed = await host.models.pool.models()
    if silent := await _silent(host):
        advice = "start it, or correct its url and key; `rooftree endpoints check` says more"
        return failed("; ".join(silent), advice)
    names = ", ".join(model.id for model in listed[:4])
    return ok(f"serves {names}" + ("…" if len(listed) > 4 else ""))


async def _silent(host: Host) -> list[str]:
    silent = []
    for name in host.config.endpoints:
        opened = await host.models.pool.opened(name)
        try:
            await opened.client.models()
        except RooftreeError as error:
            silent.append(f"{name}: {error}")
    return silent


def embedder(host: Host) -> DoctorFinding:
    """Look whether the configured embedder can be had: its package, its weights, its endpoint."""
    name = host.config.index.embedder
    if name == "none":
        return skipped("switched off (index.embedder); words and names alone are searched")
    found = host.embedder()
    if found is None:
        return warning(host.embedders.problem, "until then words and names alone are searched")
    return ok(f"{name}, vectors of {found.dimension} numbers")


async def profile(host: Host) -> DoctorFinding:
    """Look whether what answers was measured, without starting an embedded server."""
    advice = "run `rooftree models probe`; a server does it by itself while nobody asks"
    if host.answers_embedded():
        try:
            name = host.weights.find(host.config.model.name).path.stem
        except (WeightsError, UnknownModelError):
            return skipped("there is nothing to measure without weights")
        kept = [one for one in host.profiles.all() if one.model == name]
        if not kept:
            return warning(f"{name} was not measured", advice)
        return ok(f"{name}: {kept[0].tier}, tools by {kept[0].tools}")
    details = []
    window = await host.models.window(CHAT)
    for located in await host.models.locate(CHAT):
        found = await host.profiler().known(located)
        if found is None:
            unknown = f"; {assumption_note(located.model, window.tokens)}"
            held = f"; its context is {window.tokens} tokens ({window.source})"
            said = unknown if window.source == "assumed" else held
            return warning(f"{located.model} was not measured{said}", advice)
        if found.measured_by == "short":
            return warning(f"{located.model} was measured by a few calls alone", advice)
        if found.context.cuts_silently:
            cut = f"{located.model} cuts prompts over {found.context.measured} tokens in silence"
            return failed(cut, "serve it with the context it claims")
        details.append(f"{found.model}: {found.tier}, tools by {found.tools}")
    return ok("; ".join([*details, f"context of {window.tokens} tokens ({window.source})"]))
