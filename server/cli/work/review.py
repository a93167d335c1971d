"""`rooftree review`: what is wrong with a change, and how that is known."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooftree.errors import UsageError
from rooftree.telemetry.progress import ClaimTested, PlaceRead, Progress, SuiteBegun
from rooftree.text.visible import escaped_line
from server.cli.terminal.common import HERE, JsonOption, RepoOption, load, perform, print_json
from server.cli.terminal.failures import keep_json
from server.cli.terminal.output import write
from server.cli.terminal.tool_calls import call_line, result_line
from server.cli.work.change_progress import budget_text

if TYPE_CHECKING:
    from rooftree.telemetry.events import Event
    from server.operations.work.review import ReviewResponse

FORMATS = ("text", "json", "sarif", "annotations")
LEVELS = ("critical", "major", "minor", "nit", "never")
MAX_INPUT_BYTES = 8 << 20


def review(
    repo: RepoOption = HERE,
    base: Annotated[str, typer.Option(help="The commit that the change starts from.")] = "",
    head: Annotated[str, typer.Option(help="The commit with the change; by default HEAD.")] = "",
    diff: Annotated[str, typer.Option(help="A file with a unified diff; `-` reads stdin.")] = "",
    title: Annotated[str, typer.Option(help="The change's title.")] = "",
    description: Annotated[Path | None, typer.Option(help="A file with its description.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="text, json, sarif or annotations (for CI jobs).")
    ] = "text",
    sarif: Annotated[bool, typer.Option("--sarif", help="The same as --format sarif.")] = False,
    json: JsonOption = False,
    fail_on: Annotated[
        str | None,
        typer.Option(help="Exit 1 from this severity on; `never` is one, too."),
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(help="JSON of an earlier review, or fingerprints, a line each."),
    ] = None,
    model: Annotated[str, typer.Option(help="The alias that reviews.")] = "",
    ask_model: Annotated[
        bool, typer.Option("--model-pass/--no-model", help="Whether a model is asked.")
    ] = True,
    tests: Annotated[
        bool, typer.Option("--tests/--no-tests", help="Whether tests run in the sandbox.")
    ] = True,
) -> None:
    """Review a change: its tests and static tools before and after it, then a model's findings.

    Exit code 0: nothing shown is as bad as --fail-on. 1: something is. 2: wrong usage. 3: it could
    not be looked at, or not by the model that was to look, or the project has tests, they were
    wanted and none ran.
    """
    config = load()
    shape = _format(form, sarif=sarif, json=json)
    least = _level(fail_on or config.review.fail_on)

    from server.operations.work.review import REVIEW, ReviewRequest

    request = ReviewRequest.of(
        repo=str(repo.absolute()),
        base=base,
        head=head,
        diff=_read(diff) if diff else None,
        title=title,
        description=_read(str(description)) if description else "",
        model=model,
        ask_model=ask_model,
        tests=tests,
        known=sorted(_known(known)),
    )
    quiet = shape != "text"
    found = perform(REVIEW, request, config, describe=_describe, quiet=quiet, here=True)
    _show(found.model_dump(mode="json"), shape)
    if least != "never" and _reaches(found, least):
        raise typer.Exit(1)
    raise typer.Exit(0 if found.looked else 3)


def _reaches(found: "ReviewResponse", least: str) -> bool:
    """Say whether a finding is shown that is at least so bad."""
    as_bad = LEVELS[: LEVELS.index(least) + 1]
    return any(one.severity in as_bad for one in found.inline)


def _describe(event: "Event", progress: Progress | None) -> str:
    """Return the line that a step of a review is worth."""
    data = dict(event.data)
    if event.kind == "agent.started" and data.get("budget"):
        return budget_text(data["budget"], "review")
    if event.kind == "tool.started":
        return call_line(data)
    if event.kind == "tool.finished" and data["failed"]:
        return result_line(data)
    match progress:
        case SuiteBegun():
            return "running tests with and without the change"
        case PlaceRead(path, symbol):
            return f"reading {escaped_line(path)} {symbol}".rstrip()
        case ClaimTested(path, symbol, shows):
            return f"tested a claim about {escaped_line(symbol or path)}: {escaped_line(shows)}"
    return ""


def _show(told: dict[str, Any], shape: str) -> None:
    from server.reports.annotations import annotations
    from server.reports.sarif import sarif_report
    from server.reports.text import text_report

    if shape == "json":
        print_json(told)
    elif shape == "sarif":
        print_json(sarif_report(told))
    else:
        write(annotations(told) if shape == "annotations" else text_report(told))


def _format(form: str, *, sarif: bool, json: bool) -> str:
    if form not in FORMATS:
        raise UsageError(f"--format is one of {', '.join(FORMATS)}, not {form!r}")
    keep_json(json or (form == "json" and not sarif))
    return "json" if json else "sarif" if sarif else form


def _level(text: str) -> str:
    if text not in LEVELS:
        raise UsageError(f"--fail-on is one of {', '.join(LEVELS)}, not {text!r}")
    return text


def _read(name: str) -> str:
    """Read a diff or a description; it may hold bytes that are no UTF-8."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as handle:
                data = handle.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {name!r}: {error.strerror}") from error
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError(f"{name!r} is larger than {MAX_INPUT_BYTES} bytes; review it in parts")
    return data.decode("utf-8", "surrogateescape")


def _known(path: Path | None) -> frozenset[str]:
    """Return the fingerprints of what is not to be shown again."""
    import json
    import re

    if path is None:
        return frozenset()
    text = _read(str(path))
    try:
        told = json.loads(text)
        shown = [one for one in told["findings"] if one["inline"] or one.get("known")]
        return frozenset(str(one["fingerprint"]) for one in shown)
    except (ValueError, KeyError, TypeError):
        return frozenset(re.findall(r"\b[0-9a-f]{16}\b", text))
