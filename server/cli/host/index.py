"""`rooftree index` and `rooftree status`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexing.vectors.coverage_notes import reason_in_words
from rooftree.text.visible import escaped_line
from server.cli.host.index_watch import watch_index
from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    load,
    look_up,
    moved_on,
    perform,
    print_json,
    print_line,
    remote,
)

if TYPE_CHECKING:
    from server.operations.index.languages import LanguagesResponse
    from server.operations.index.status import StatusResponse

MAX_FILES_SHOWN = 20
DEPTHS = {
    "resolved": "names resolved to definitions",
    "symbols": "definitions and uses by name",
    "words": "words alone",
}


def index(
    path: Annotated[Path, typer.Argument(help="The repository or folder.")] = HERE,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep the index fresh until Ctrl-C.")
    ] = False,
    poll: Annotated[
        float,
        typer.Option(help="With --watch: look every so many seconds instead of at events.", min=0),
    ] = 0.0,
    json: JsonOption = False,
) -> None:
    """Index a repository: words and symbols at once, vectors behind; interrupt it at any time.

    With --watch each time that it has caught up is a line, with --json a JSON object.
    """
    config = load()
    if watch and remote(config) is None:
        watch_index(config, path, poll, json)
        return
    from server.operations.index.index import INDEX, IndexRequest

    result = perform(INDEX, IndexRequest.of(repo=str(path)), config, quiet=json)
    if json:
        print_json(result)
        return
    if not result.files:
        print_line(f"nothing is indexed of {escaped_line(result.repo)}: {_why_nothing(result)}")
        _print_left_out(result)
        return
    print_line(
        f"indexed {result.files} files of {escaped_line(result.repo)}: "
        f"{result.units} units, {result.symbols} symbols; "
        f"searchable after {result.lexical_seconds:.1f} s, "
        f"{result.dense_share:.0%} with vectors after {result.seconds:.1f} s"
    )
    _print_left_out(result)
    if watch:
        print_line("the running server keeps it fresh")


def status(
    repo: RepoOption = HERE,
    languages: Annotated[
        bool, typer.Option("--languages", help="Its languages, and how deep each is understood.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Say what the index holds, what it has not seen, and why."""
    if languages:
        from server.operations.index.languages import LANGUAGES, LanguagesRequest

        request = LanguagesRequest.of(repo=str(repo))
        found = look_up(LANGUAGES, request, _print_languages, json=json)
        raise typer.Exit(0 if found.indexed else 1)
    from server.operations.index.status import STATUS, StatusRequest

    result = look_up(STATUS, StatusRequest.of(repo=str(repo)), _print_status, json=json)
    raise typer.Exit(0 if result.indexed else 1)


def _print_languages(result: "LanguagesResponse") -> None:
    if not result.indexed:
        _print_not_indexed(result.repo)
        return
    for one in result.languages:
        counts = f"{one.files:>6} files {one.symbols:>7} symbols"
        degraded = f", {one.degraded} degraded" if one.degraded else ""
        print_line(f"{one.language:<12} {counts}  {DEPTHS[one.depth]}{degraded}")


def _print_not_indexed(repo: str) -> None:
    print_line(f"{escaped_line(repo)} is not indexed; run `rooftree index`")


def _print_status(result: "StatusResponse") -> None:
    if not result.indexed:
        _print_not_indexed(result.repo)
        return
    print_line(f"repository   {escaped_line(result.repo)}")
    print_line(f"commit       {result.commit or '(none)'}")
    print_line(f"files        {result.files} indexed, {moved_on(result, 'changed since')}")
    print_line(f"units        {result.units} ({result.dense_share:.0%} with vectors)")
    print_line(f"symbols      {result.symbols}")
    print_line(f"index        {result.checked}")
    _print_left_out(result)


def _why_nothing(result: "StatusResponse") -> str:
    """Say why a folder has no file to index."""
    reasons = [f"{count} {reason_in_words(key)}" for key, count in result.skipped.items()]
    if result.ignored:
        reasons.append(f"{result.ignored} ignored by git's rules (see `git status --ignored`)")
    if not reasons:
        return "there is no file in it"
    return f"every file is left out: {', '.join(reasons)}"


def _print_left_out(result: "StatusResponse") -> None:
    """List what was left out and what was degraded, the reasons first."""
    if result.skipped:
        reasons = ", ".join(f"{reason} {count}" for reason, count in result.skipped.items())
        print_line(f"left out     {reasons}")
    for item in result.skipped_files[:MAX_FILES_SHOWN]:
        print_line(f"    {escaped_line(item.path)}: {item.reason}")
    if len(result.skipped_files) > MAX_FILES_SHOWN:
        print_line(
            f"    … and {len(result.skipped_files) - MAX_FILES_SHOWN} more (--json lists all)"
        )
    for note, count in Counter(item.note for item in result.notes).most_common():
        example = next(item.path for item in result.notes if item.note == note)
        print_line(f"degraded     {note}: {count} files, such as {escaped_line(example)}")
    for text in result.coverage_notes:
        print_line(f"note         {text}")
