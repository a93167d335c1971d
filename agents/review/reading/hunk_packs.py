"""What a model is shown of a change: one definition's hunks at a time, no more than it can hold.

More raw context makes every model's review worse (SWE-PRBench, arXiv 2603.26130), so a pack holds
the changed lines and the definition around them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.review.checks.scope import enclosing
from agents.runs.team import text_for_model
from indexing.files.decode import sendable
from indexing.parsing.syntax.languages import language_of_text
from indexing.parsing.syntax.misleading_names import PROSE
from indexing.secrets.redact import redact
from rooftree.text.visible import without_invisible
from tools.diffs.patch import FileDiff, Hunk
from tools.diffs.proposal import Proposal
from tools.projects.test_file_names import is_test_file

CHARACTERS_A_TOKEN = 3
MAX_SYMBOL_LINES = 120
"""Lines of a definition that is shown whole."""


@dataclass(frozen=True, slots=True)
class HunkPack:
    """Hunks that belong together, as a model sees them."""

    diff: FileDiff
    hunks: tuple[Hunk, ...]
    symbol: str
    text: str
    context: str
    language: str
    cut: bool = False
    """Whether the model sees only the beginning of the lines."""
    withheld: bool = False
    """Whether something of the lines is kept from it, since it may be a secret."""


def packs_of(proposal: Proposal, files: Sequence[FileDiff], tokens: int) -> Iterator[HunkPack]:
    """Yield packs of at most so many tokens: code that is there, then files that are gone.

    Tests and prose are in none.
    """
    room = tokens * CHARACTERS_A_TOKEN
    gone = []
    for one in files:
        if is_test_file(one.path) or one.path.endswith(PROSE) or not one.hunks:
            continue
        text = proposal.text(one.path)
        if text is None:
            gone.append(one)
            continue
        for symbol, hunks in _together(one, text):
            yield _pack(one, hunks, symbol, text, room)
    for one in gone:
        before = proposal.base_text(one.old_path)
        if before is not None:
            yield _pack(one, one.hunks, "", before, room)


def _together(one: FileDiff, text: str) -> list[tuple[str, tuple[Hunk, ...]]]:
    """Put hunks of one definition together."""
    groups: dict[str, list[Hunk]] = {}
    for number, hunk in enumerate(one.hunks):
        block = next(hunk.blocks(), None)
        symbol = enclosing(text, one.path, block.new_start) if block else None
        groups.setdefault(symbol.qualified if symbol else f"#{number}", []).append(hunk)
    return [("" if name[0] == "#" else name, tuple(hunks)) for name, hunks in groups.items()]


def _pack(one: FileDiff, hunks: tuple[Hunk, ...], symbol: str, text: str, room: int) -> HunkPack:
    told = sendable(without_invisible("\n…\n".join(hunk.text() for hunk in hunks)))
    diff = text_for_model(told, room, keep="start")
    context = _context(one, hunks, symbol, text)
    fits = len(diff) + len(context) <= room
    language = language_of_text(one.path, text)
    name = language.name if language else ""
    withheld = redact(told[:room]) != told[:room]
    context = context if fits else ""
    return HunkPack(one, hunks, symbol, diff, context, name, len(told) > room, withheld)


def _context(one: FileDiff, hunks: tuple[Hunk, ...], symbol: str, text: str) -> str:
    """Return the whole definition, where the hunks do not show it already."""
    block = next(hunks[0].blocks(), None)
    found = enclosing(text, one.path, block.new_start) if block and symbol else None
    if found is None or found.end - found.start >= MAX_SYMBOL_LINES:
        return ""
    if len(hunks) == 1 and found.start in hunks[0].new_lines and found.end in hunks[0].new_lines:
        return ""
    lines = text.split("\n")[found.start - 1 : found.end]
    return text_for_model(without_invisible("\n".join(lines)), 1 << 20, keep="start")
