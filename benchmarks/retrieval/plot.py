"""The comparison as an SVG: how good the answers are, and how long the first one takes."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.retrieval.run import Result

WIDTH, LEFT, BAR, GAP, TOP = 790, 220, 18, 10, 56
ACROSS = 220
INK, BLUE, GREY, PALE = "#24292f", "#3b6ea5", "#8c959f", "#d0d7de"
SLOWEST = 1_000.0


def draw(results: "Sequence[Result]") -> str:
    """Return two panels of bars, one row a competitor."""
    height = TOP + len(results) * (BAR + GAP) + 30
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    font = 'font-family="sans-serif" font-size="12"'
    right = LEFT + ACROSS + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="36" font-weight="bold">NDCG@10 of files</text>',
        f'<text x="{right}" y="36" font-weight="bold">seconds to the first answer (log)</text>',
    ]
    for number, result in enumerate(results):
        y = TOP + number * (BAR + GAP)
        colour = BLUE if result.competitor.startswith("rooftree") else GREY
        quality, seconds = result.quality["NDCG@10"], max(result.costs["first answer s"], 0.01)
        length = ACROSS * (log10(seconds) + 2) / (log10(SLOWEST) + 2)
        name = escape(result.competitor)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{name}</text>')
        parts += _bar(LEFT, y, ACROSS * quality, colour, f"{quality:.3f}")
        parts += _bar(right, y, max(length, 1.0), colour, f"{seconds:.2g}")
    return "\n".join([*parts, "</svg>\n"])


def _bar(x: float, y: float, length: float, colour: str, label: str) -> list[str]:
    return [
        f'<rect x="{x}" y="{y}" width="{ACROSS}" height="{BAR}" fill="{PALE}" opacity="0.35"/>',
        f'<rect x="{x}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<text x="{x + ACROSS + 8}" y="{y + 13}">{label}</text>',
    ]
