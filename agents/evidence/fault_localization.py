"""Where a failing test's fault may be: definitions, ranked by what ran when it failed.

Lines that the failing test runs and passing tests do not (measured in the sandbox), the frames of
its traceback, and the names that task and test use. Nothing of it is a model's opinion.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.evidence.named_tests import frames_of
from agents.runs.team import Team
from indexing.parsing.syntax.types import ParsedSymbol
from rooftree.errors import ToolError
from tools.drafts.draft import Draft
from tools.edits.whole_definitions import definitions
from tools.projects.results.trace import TracedLine
from tools.projects.test_file_names import is_inline_test, is_test_file

KINDS = frozenset({"function", "method"})
MAX_SUSPECTS = 8
LINES_OF_CALL = 12
"""Of a test that is no definition: its beginning, and what it compares."""
IN_TRACEBACK, NAMED, LAST_FRAME = 0.25, 0.2, 0.15


@dataclass(frozen=True, slots=True)
class Suspect:
    """A definition that may be at fault; `lines` are its suspicious lines, the worst first."""

    path: str
    symbol: str
    start: int
    end: int
    lines: tuple[int, ...]
    score: float


async def find_suspects(
    team: Team, draft: Draft, tests: tuple[str, ...], output: str, task: str
) -> tuple[Suspect, ...]:
    """Rank definitions by suspicion; empty where neither a trace nor a traceback names any."""
    suspicion = await _suspicion(team, draft, tests)
    frames = [
        frame for frame in frames_of(output, team.snapshot.files) if not is_test_file(frame.path)
    ]
    if not suspicion:
        suspicion = {(frame.path, frame.line): 0.5 for frame in frames}
    if not suspicion:
        return ()
    words = set(re.findall(r"[A-Za-z_]\w+", f"{task}\n{test_sources(draft, tests)}"))
    last = frames[-1] if frames else None
    scored = []
    for path, scores in _by_file(suspicion).items():
        text = _text(draft, path)
        if text is None:
            continue  # no text that could be edited
        for symbol, lines in _by_definition(path, text, scores):
            if is_inline_test(path, symbol.qualified) or f"{path}::{symbol.name}" in tests:
                continue
            score = _score(symbol, lines, words)
            inside = [f for f in frames if f.path == path and symbol.start <= f.line <= symbol.end]
            score += IN_TRACEBACK * bool(inside) + LAST_FRAME * (last in inside)
            ranked = tuple(sorted(lines, key=lambda line: (-lines[line], line)))
            scored.append(Suspect(path, symbol.qualified, symbol.start, symbol.end, ranked, score))
    scored.sort(key=lambda one: (-one.score, one.path, one.start))
    return tuple(scored[:MAX_SUSPECTS])


async def _suspicion(team: Team, draft: Draft, tests: tuple[str, ...]) -> dict[TracedLine, float]:
    """Trace the failing tests together with those beside them."""
    if team.checks is None or not tests:
        return {}
    suspicion = await team.checks.suspicion(draft, tests)
    known = team.snapshot.files
    return {
        (path, line): score
        for (path, line), score in suspicion.items()
        if path in known and not is_test_file(path) and not path.endswith("conftest.py")
    }


def _by_file(suspicion: Mapping[TracedLine, float]) -> dict[str, dict[int, float]]:
    files: dict[str, dict[int, float]] = {}
    for (path, line), score in suspicion.items():
        files.setdefault(path, {})[line] = score
    return files


def _text(draft: Draft, path: str) -> str | None:
    try:
        return draft.text(path)
    except ToolError:
        return None


def _by_definition(
    path: str, text: str, scores: Mapping[int, float]
) -> Iterable[tuple[ParsedSymbol, dict[int, float]]]:
    """Give each line to the innermost function around it; the line that defines it does not count.

    A `def` line runs when the module is imported, and says nothing.
    """
    functions = [one for one in definitions(path, text) if one.kind in KINDS]
    found: dict[int, dict[int, float]] = {}
    for line, score in scores.items():
        around = [
            (one.end - one.start, number)
            for number, one in enumerate(functions)
            if one.start < line <= one.end
        ]
        if around:
            found.setdefault(min(around)[1], {})[line] = score
    return [(functions[number], lines) for number, lines in found.items()]


def _score(symbol: ParsedSymbol, lines: Mapping[int, float], words: set[str]) -> float:
    highest = max(lines.values())
    mean = sum(lines.values()) / len(lines)
    return highest + 0.3 * mean + NAMED * (symbol.name in words)


def test_sources(draft: Draft, tests: tuple[str, ...]) -> str:
    """Return the source of the failing tests, whose names say what is tested."""
    texts = []
    for test in tests:
        path, _, name = test.partition("::")
        last = name.rpartition("::")[2].partition("[")[0].partition("/")[0]
        data = draft.content(path)
        if data is None:
            continue
        text = data.decode("utf-8", "replace")
        lines = text.split("\n")
        found = [one for one in definitions(path, text) if one.name == last]
        texts += ["\n".join(lines[one.start - 1 : one.end]) for one in found]
        if not found and (at := _called_with(lines, last.rpartition(" > ")[2])) is not None:
            texts.append("\n".join(lines[at : at + LINES_OF_CALL]))
    return "\n".join(texts)


def _called_with(lines: Sequence[str], name: str) -> int | None:
    """Return the line of a call that a test's name is given to, as JavaScript's tests are made."""
    quoted = tuple(f"({quote}{name}{quote}" for quote in "'\"`")
    at = (number for number, line in enumerate(lines) if any(one in line for one in quoted))
    return next(at, None)
