"""The static side: what ruff and bandit say of changed lines and did not say before.

Both run with the rules that they have by default, and with nothing of the project's own settings.
"""

import asyncio
import contextlib
import importlib.util
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.repair.trees import is_test
from benchmarks.review.change import Change
from benchmarks.review.findings import Finding, Review, failed, review_of

RUFF = ("ruff", "check", "--isolated", "--no-cache", "--output-format=json", "--exit-zero", ".")
BANDIT = ("bandit", "--quiet", "--format=json", "--exit-zero", "--recursive", ".")
SECONDS = 120
MAX_LINES = 10
"""Lines; a finding about a whole block is put on its first line."""
_ORDER = ("bandit:HIGH", "ruff:F", "bandit:MEDIUM", "ruff:E", "bandit:LOW", "ruff:")


class StaticError(Exception):
    """A tool did not say anything that can be read."""


class Static:
    """ruff and, where it is installed, bandit."""

    async def review(self, change: Change) -> Review:
        """Run both on both sides of the change."""
        paths = [path for path in change.paths if path.endswith(".py")]
        try:
            with tempfile.TemporaryDirectory() as scratch:
                after = await said_of(change, "head", paths, Path(scratch) / "head")
                before = await said_of(change, "base", paths, Path(scratch) / "base")
        except StaticError as error:
            return failed(str(error))
        known = Counter(_alike(finding) for finding in before)
        fresh = [one for one in after if not _known(one, known) and _on_change(one, change)]
        return review_of(tuple(sorted(fresh, key=_weight)))


async def said_of(change: Change, commit: str, paths: Sequence[str], folder: Path) -> list[Finding]:
    """Return what the tools say of one side's files."""
    put_files(change, commit, paths, folder)
    found = [_ruff(one, folder) for one in await _told(RUFF, folder)]
    if importlib.util.find_spec("bandit"):
        found += list(_bandit(await _told(BANDIT, folder), folder))
    return found


def put_files(change: Change, commit: str, paths: Sequence[str], folder: Path) -> None:
    folder.mkdir()
    for path in paths:
        text = change.text(path, commit)
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8", newline="")


async def _told(command: Sequence[str], folder: Path) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        return json.loads(out)
    except (TimeoutError, ValueError) as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise StaticError(f"{command[0]} does not answer: {error}") from error


def _ruff(one: Any, folder: Path) -> Finding:
    path = Path(one["filename"]).resolve().relative_to(folder.resolve()).as_posix()
    start, end = one["location"]["row"], one["end_location"]["row"]
    return _finding(folder, path, (start, end), f"{one['code'] or 'syntax'} {one['message']}", "F")


def _bandit(told: Any, folder: Path) -> Iterator[Finding]:
    for one in told["results"]:
        path = Path(one["filename"]).as_posix().removeprefix("./")
        if one["test_id"] == "B101" and is_test(path):
            continue
        lines = one["line_range"]
        place = (lines[0], lines[-1]) if one["line_number"] in lines else (one["line_number"],) * 2
        claim = f"{one['test_id']} {one['issue_text']}"
        yield _finding(folder, path, place, claim, one["issue_severity"])


def _finding(folder: Path, path: str, place: tuple[int, int], claim: str, level: str) -> Finding:
    lines = (folder / path).read_text("utf-8").split("\n")
    start = min(place[0], len(lines))
    end = min(place[1], len(lines)) if place[1] - place[0] < MAX_LINES else start
    source = "static:bandit" if claim.startswith("B") and level != "F" else "static:ruff"
    return Finding(
        path=path,
        line=start,
        end_line=max(end, start),
        claim=claim,
        severity=level if source == "static:bandit" else "",
        quote="\n".join(lines[start - 1 : max(end, start)]),
        source=source,
    )


def _alike(finding: Finding) -> tuple[str, str, str]:
    """Return what stays the same where lines only moved."""
    return finding.path, finding.claim, " ".join(finding.quote.split())


def _known(finding: Finding, known: Counter[tuple[str, str, str]]) -> bool:
    known[_alike(finding)] -= 1
    return known[_alike(finding)] >= 0


def _on_change(finding: Finding, change: Change) -> bool:
    added = change.added(finding.path)
    return any(line in added for line in range(finding.line, finding.end_line + 1))


def _weight(finding: Finding) -> tuple[int, str, int]:
    tool = finding.source.removeprefix("static:")
    key = f"{tool}:{finding.severity or finding.claim}"
    rank = next(number for number, start in enumerate(_ORDER) if key.startswith(start))
    return rank, finding.path, finding.line
