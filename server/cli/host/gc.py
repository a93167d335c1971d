"""`rooftree gc`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.terminal.common import HERE, JsonOption, RepoOption, load, print_json, print_line

if TYPE_CHECKING:
    from indexing.store.garbage import GarbageReport
    from rooftree.config import Config

COULD_NOT_LOOK = 3


def gc(
    repo: RepoOption = HERE,
    everything: Annotated[
        bool, typer.Option("--all", help="All indexes; those of repositories that are gone go.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    json: JsonOption = False,
) -> None:
    """Take away what no branch or worktree holds any more, and say how much room that made.

    Kept are the last few states of every worktree, with their vectors, and of questions as many as
    `ask.keep` says.

    Exit code 3: an index could not be looked at.
    """
    config = load()
    done = list(_collect(_folders(config, None if everything else repo), dry_run))
    asks, size = _collect_asks(config, None if everything else repo, dry_run)
    if json:
        total = sum(item.bytes for item in done) + size
        results = [item.as_json() for item in done]
        print_json({"dry_run": dry_run, "bytes": total, "repositories": results, "asks": asks})
    else:
        for item in done:
            print_line(_line(item.as_json(), dry_run))
        if not done:
            print_line("there are no indexes")
        if asks:
            verb = "would remove" if dry_run else "removed"
            print_line(f"{verb} {asks} kept questions; {size / 1e6:.1f} MB")
    raise typer.Exit(COULD_NOT_LOOK if any(item.problem for item in done) else 0)


def _folders(config: "Config", repo: Path | None) -> list[Path]:
    if repo is None:
        return config.paths.repositories()
    from rooftree.git.commands import open_worktree

    return [config.paths.repository(open_worktree(repo).repo_id)]


def _collect(folders: list[Path], dry_run: bool) -> Iterator["GarbageReport"]:
    from dataclasses import replace

    from indexing.repository.lock import holder_of, repository_lock
    from indexing.store.garbage import GarbageReport, collect
    from rooftree.errors import IndexingError, IndexLockedError

    for folder in folders:
        try:
            with repository_lock(folder, "rooftree gc", wait_seconds=0):
                yield collect(folder, dry_run=dry_run)
        except IndexLockedError:
            yield replace(GarbageReport(folder.name), in_use=str(holder_of(folder) or "somebody"))
        except IndexingError as error:
            yield replace(GarbageReport(folder.name), problem=str(error))


def _collect_asks(config: "Config", repo: Path | None, dry_run: bool) -> tuple[int, int]:
    """Remove questions that are too many, or about what is gone; return how many, and bytes."""
    from agents.runs.run_lookup import runs_of_repository
    from agents.runs.store import RunStore
    from rooftree.git.commands import open_worktree
    from server.services.asks import dead, over, remove_all

    store = RunStore(config.paths)
    records = store.all()
    if repo is not None:
        records = runs_of_repository(records, open_worktree(repo))
    found = {one.id: one for one in [*over(records, config.ask.keep), *dead(records)]}
    if dry_run:
        return len(found), sum(store.open(name).size() for name in found)
    return len(found), remove_all(found.values(), store)


def _line(item: dict[str, Any], dry_run: bool) -> str:
    if item["in_use"]:
        return f"{item['repo']}: left alone, {item['in_use']}"
    if item["problem"]:
        return f"{item['repo']}: could not look: {item['problem']}"
    verb = "would remove" if dry_run else "removed"
    size = f"{item['bytes'] / 1e6:.1f} MB"
    if item["removed_index"]:
        return f"{item['repo']}: {verb} the whole index of what is gone, {size}"
    kinds = ("documents", "units", "vectors", "histories")
    parts = [f"{item[kind]} {kind}" for kind in kinds if item[kind]]
    parts += [f"worktree {name}" for name in item["worktrees"]]
    parts += item["files"]
    return f"{item['repo']}: {verb} {', '.join(parts) or 'nothing'}; {size}"
