"""What a model is shown of a change: one definition's hunks at a time, no more than it can hold.

More raw context makes every model's review worse (SWE-PRBench, arXiv 2603.26130), so a pack holds
the changed lines and the definition around them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.change.team import shown
from agents.review.scope import enclosing
from indexing.decode import sendable
from indexing.languages import language_of_text
from rooftree.visible import seen
from tools.diffs.names import PROSE
from tools.diffs.patch import FileDiff, Hunk
from tools.diffs.proposal import Proposal
from tools.projects.names import is_test_file

CHARACTERS_A_TOKEN = 3
LONGEST_SYMBOL = 120
"""Lines of a definition that is shown whole."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Hunks that belong together, as a model sees them."""

    diff: FileDiff
    hunks: tuple[Hunk, ...]
    symbol: str
    text: str
    context: str
    language: str
    cut: bool = False
    """Whether the model sees only the beginning of the lines."""


def packs_of(proposal: Proposal, files: Sequence[FileDiff], tokens: int) -> Iterator[Pack]:
    """Yield packs of at most so many tokens, the code first and tests not at all."""
    room = tokens * CHARACTERS_A_TOKEN
    for one in files:
        text = proposal.text(one.path)
        if text is None or is_test_file(one.path) or one.path.endswith(PROSE):
            continue
        for symbol, hunks in _together(one, text):
            yield _pack(one, hunks, symbol, text, room)


def _together(one: FileDiff, text: str) -> list[tuple[str, tuple[Hunk, ...]]]:
    """Put hunks of one definition together."""
    groups: dict[str, list[Hunk]] = {}
    for number, hunk in enumerate(one.hunks):
        block = next(hunk.blocks(), None)
        symbol = enclosing(text, one.path, block.new_start) if block else None
        groups.setdefault(symbol.qualified if symbol else f"#{number}", []).append(hunk)
    return [("" if name[0] == "#" else name, tuple(hunks)) for name, hunks in groups.items()]


def _pack(one: FileDiff, hunks: tuple[Hunk, ...], symbol: str, text: str, room: int) -> Pack:
    told = sendable(seen("\n…\n".join(hunk.text() for hunk in hunks)))
    diff = shown(told, room, keep="start")
    language = language_of_text(one.path, text)
    context = _context(one, hunks, symbol, text)
    fits = len(diff) + len(context) <= room
    name = language.name if language else ""
    return Pack(one, hunks, symbol, diff, context if fits else "", name, len(told) > room)


def _context(one: FileDiff, hunks: tuple[Hunk, ...], symbol: str, text: str) -> str:
    """Return the whole definition, where the hunks do not show it already."""
    block = next(hunks[0].blocks(), None)
    found = enclosing(text, one.path, block.new_start) if block and symbol else None
    if found is None or found.end - found.start >= LONGEST_SYMBOL:
        return ""
    if len(hunks) == 1 and found.start in hunks[0].new_lines and found.end in hunks[0].new_lines:
        return ""
    lines = text.split("\n")[found.start - 1 : found.end]
    return shown(seen("\n".join(lines)), 1 << 20, keep="start")
