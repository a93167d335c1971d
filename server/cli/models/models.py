"""`rooftree models`: pull weights, and list what is there."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.text.visible import escaped_line
from server.cli.models import probe
from server.cli.models import size as sizing
from server.cli.terminal.common import JsonOption, load, print_json, print_line
from server.cli.terminal.progress import ProgressBars

if TYPE_CHECKING:
    from models.weights.installed import InstalledWeights
    from models.weights.staging import PullProgress

LISTED = ("name", "title", "licence", "size")
"""What is told of weights that can be pulled."""

app = typer.Typer(
    help="Models: pull weights, measure what answers, reckon memory.", no_args_is_help=True
)
app.command("probe")(probe.probe)
app.command("size")(sizing.size)


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="default, small, tiny, minilm, or the path of a GGUF file or folder."),
    ] = None,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Say nothing where they are installed already.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Fetch weights from the first source that has them, checked against pinned hashes."""
    from models.weights.download import HttpSettings
    from models.weights.sources import PullOptions
    from models.weights.store import WeightsStore
    from models.wire.network import network_of

    config = load()
    store = WeightsStore(config.paths.models())
    http = HttpSettings(network=network_of(config.network))
    options = PullOptions(mirror=config.model.mirror, http=http)
    results = []
    have = {item.name for item in store.installed()} if if_missing else set()
    for name in names or ["default"]:
        if name in have:
            continue
        _refuse_unlicensed(name, config.model.licence_policy)
        with ProgressBars(quiet=json) as bars:

            def show(progress: "PullProgress", bars: ProgressBars = bars) -> None:
                bars.show(progress.stage, progress.done, progress.total)

            installed = store.pull(name, options, progress=show)
        results.append(_row(installed))
        if not json:
            place = escaped_line(str(installed.path))
            print_line(f"{installed.name}: {place} ({installed.licence}, {installed.source})")
    if json:
        print_json(results)


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the weights that are installed and those that can be pulled."""
    from models.weights.catalogue import catalogue
    from models.weights.store import WeightsStore

    config = load()
    installed = [_row(item) for item in WeightsStore(config.paths.models()).installed()]
    if json:
        known = [{name: getattr(entry, name) for name in LISTED} for entry in catalogue()]
        print_json({"installed": installed, "available": known})
        return
    have = {item["name"] for item in installed}
    for entry in catalogue():
        mark = "installed" if entry.name in have else f"rooftree models pull {entry.name}"
        print_line(f"{entry.name:<10} {entry.title:<42} {entry.size >> 20:>6} MiB  {mark}")
    for item in installed:
        if item["name"] not in {entry.name for entry in catalogue()}:
            print_line(f"{item['name']:<10} {escaped_line(item['path'])}")


@app.command()
def check(
    model: Annotated[str, typer.Argument(help="A model's name, or the path of its weights.")],
    policy: Annotated[Path, typer.Option(help="The organisation's policy, a TOML file.")],
    json: JsonOption = False,
) -> None:
    """Judge the licence of MODEL by a policy: exit 0 allowed, 1 refused. No legal advice."""
    from models.weights.licences import judge, read_policy

    name, claimed = _name_and_claim(model)
    found = judge(name, read_policy(policy), claimed)
    if json:
        print_json(asdict(found))
    else:
        print_line(f"{found.model}: {'allowed' if found.allowed else 'refused'} ({found.licence})")
        for reason in found.reasons:
            print_line(f"  because {reason}")
        for duty in found.duties:
            print_line(f"  duty: {duty}")
        if found.known:
            print_line(f"  terms: {found.source}, read {found.checked}; this is no legal advice")
    if not found.allowed:
        raise typer.Exit(1)


def _refuse_unlicensed(name: str, policy: Path | None) -> None:
    from models.weights.licences import refuse_unlicensed

    if policy is not None:
        known, claimed = _name_and_claim(name)
        refuse_unlicensed(known, policy, claimed)


def _name_and_claim(model: str) -> tuple[str, str]:
    """Return a model's name, and what its own file says of its licence."""
    from models.weights.gguf_header import read_header

    path = Path(model).expanduser()
    if not path.exists():
        return model, ""
    if path.suffix != ".gguf":
        return path.name, ""
    return path.stem, read_header(path).text("general.license")


def _row(installed: "InstalledWeights") -> dict[str, Any]:
    return {
        "name": installed.name,
        "title": installed.title,
        "path": str(installed.path),
        "sha256": installed.sha256,
        "size": installed.size,
        "licence": installed.licence,
        "source": installed.source,
    }
