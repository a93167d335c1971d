"""Where a fault may be by names alone: definitions that failing tests name, and those of the plan.

Where nothing tells which lines ran, a test's own words are what is left: it calls what it tests.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.change.planning.plan import EditTarget
from agents.evidence.fault_localization import KINDS, MAX_SUSPECTS, Suspect, test_sources
from rooftree.errors import ToolError
from tools.drafts.draft import Draft
from tools.edits.whole_definitions import definitions
from tools.projects.test_file_names import is_inline_test, is_test_file

MAX_FILES = 2000
"""Source files that are looked through for the words of a test."""
FAMILIES = (
    frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"}),
    frozenset({".java", ".kt"}),
    frozenset({".c", ".h", ".cc", ".cpp", ".hpp"}),
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*+")
OF_PLAN, OF_TEST = 0.6, 0.5


def named_suspects(
    draft: Draft, tests: Sequence[str], targets: Sequence[EditTarget]
) -> tuple[Suspect, ...]:
    """Return definitions of the plan that the tests name, then others of both."""
    words = frozenset(_NAME.findall(test_sources(draft, tuple(tests))))
    found: dict[tuple[str, str], Suspect] = {}
    for path in dict.fromkeys([*(one.path for one in targets), *_sources(draft, tests)]):
        for suspect in _of_file(draft, path, words, targets):
            found.setdefault((suspect.path, suspect.symbol), suspect)
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.path, one.start))
    return tuple(ranked[:MAX_SUSPECTS])


def _of_file(
    draft: Draft, path: str, words: frozenset[str], targets: Sequence[EditTarget]
) -> Iterator[Suspect]:
    try:
        text = draft.text(path)
    except ToolError:
        return
    if words.isdisjoint(_NAME.findall(text)) and path not in {one.path for one in targets}:
        return
    for symbol in definitions(path, text):
        planned = any(
            one.path == path and one.symbol in (symbol.name, symbol.qualified) for one in targets
        )
        score = OF_PLAN * planned + OF_TEST * (symbol.name in words)
        if score and symbol.kind in KINDS and not is_inline_test(path, symbol.qualified):
            lines = tuple(range(symbol.start + 1, symbol.end + 1))
            yield Suspect(path, symbol.qualified, symbol.start, symbol.end, lines, score)


def _sources(draft: Draft, tests: Sequence[str]) -> list[str]:
    """Return source files in the languages of the tests, the nearest first."""
    paths = {test.partition("::")[0] for test in tests}
    endings = {PurePosixPath(path).suffix for path in paths}
    wanted = endings.union(*(one for one in FAMILIES if not one.isdisjoint(endings))) - {""}
    folders = {str(PurePosixPath(path).parent) for path in paths}
    sources = [
        path
        for path in draft.snapshot.files
        if PurePosixPath(path).suffix in wanted and (not is_test_file(path))
    ]
    sources.sort(key=lambda path: (str(PurePosixPath(path).parent) not in folders, path))
    return sources[:MAX_FILES]
