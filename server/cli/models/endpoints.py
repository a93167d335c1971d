"""`rooftree endpoints`: which of rooftree's requirements a live model server meets."""

import asyncio
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.errors import ConfigError
from rooftree.text.unknown_names import unknown_name
from server.cli.terminal.common import JsonOption, load, print_json, print_line

if TYPE_CHECKING:
    from models.conformance.run import ConformanceFinding, ConformanceReport
    from models.wire.endpoint import Endpoint

app = typer.Typer(help="Model servers: check one, list the presets.", no_args_is_help=True)

MARKS = {"yes": "yes", "no": "no", "differs": "differs", "could_not_look": "not seen"}
KEY_VARIABLE = "ROOFTREE_MODEL_API_KEY"


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="Base URL ending in /v1, or an endpoint's name.")],
    model: Annotated[str, typer.Option(help="The model to ask; by default the first.")] = "",
    key_env: Annotated[
        str, typer.Option(help="The variable that holds the server's key.")
    ] = KEY_VARIABLE,
    json: JsonOption = False,
) -> None:
    """Check a live server: models, chat, tools, schemas, filling, context, metrics, key."""
    from models.conformance.run import run_checks
    from models.wire.endpoint import Deadlines

    endpoint = _endpoint(url, key_env)

    def tell(finding: "ConformanceFinding") -> None:
        if not json:
            print_line(_line(finding))

    found = asyncio.run(run_checks(endpoint, model, Deadlines(), tell))
    if json:
        print_json(_as_json(found))
    else:
        _say_server(found)
    if not found.serves:
        raise typer.Exit(3)


@app.command("presets")
def list_presets(json: JsonOption = False) -> None:
    """List the model servers that are known, and what to know of each."""
    from models.wire.presets import presets

    if json:
        print_json([asdict(preset) for preset in presets()])
        return
    for preset in presets():
        print_line(f"{preset.name:<10} {preset.title}: {preset.needs}")
        for fault in preset.faults:
            print_line(f"{'':<10} known: {fault.what}; {fault.do} ({fault.source})")


def _endpoint(url: str, key_env: str) -> "Endpoint":
    from models.wire.endpoint import Endpoint, SettingNames, check_key, check_url
    from models.wire.keys import key_of
    from models.wire.network import network_of

    config = load()
    network = network_of(config.network)
    names = SettingNames(url="the URL", model="--model", key_variable="--key-env")
    if url in config.endpoints:
        section = config.endpoints[url]
        key = key_of(url, section, os.environ)
        url = section.url
    elif "://" not in url:
        raise ConfigError(
            f"{unknown_name('configured endpoint', url, config.endpoints)}; "
            "give one, or a URL ending in /v1"
        )
    else:
        key = os.environ.get(key_env, "").strip()
        check_key(key, f"the variable {key_env}")
    check_url(url, names)
    return Endpoint(url.rstrip("/"), key, embedded=False, settings=names, network=network)


def _line(finding: "ConformanceFinding") -> str:
    advice = f" – {finding.advice}" if finding.advice else ""
    return f"{finding.check:<22} {MARKS[finding.outcome]:<9} {finding.detail}{advice}"


def _say_server(found: "ConformanceReport") -> None:
    print_line()
    if found.preset is not None:
        print_line(f"{found.url} looks like {found.preset.title}. {found.preset.needs}")
    else:
        print_line(f"{found.url} is none of the servers that have a preset; that is no fault.")
    if not found.serves:
        print_line("It did not answer a chat, so rooftree cannot use it as it is.")


def _as_json(found: "ConformanceReport") -> dict[str, Any]:
    return {
        "url": found.url,
        "model": found.model,
        "preset": found.preset.name if found.preset else None,
        "serves": found.serves,
        "findings": [asdict(one) for one in found.findings],
    }
