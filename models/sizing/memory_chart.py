"""A picture of memory by part: one bar, to scale, with the device's limit where there is one.

Plain SVG without scripts or fonts of its own; every text is escaped.
"""

from collections.abc import Sequence
from html import escape

from models.sizing.memory import GIB, MemoryEstimate, MemoryTerm

WIDTH, MARGIN, BAR_TOP, BAR_HEIGHT, ROW = 760, 24, 64, 56, 26
COLOURS = ("#2f6db3", "#e08a2e", "#6aa84f", "#8e63b8", "#b8504f")


def memory_svg(memory: MemoryEstimate, title: str, limit_gib: float | None = None) -> str:
    """Return the picture; `limit_gib` is drawn as a line where it lies within it."""
    terms = [term for term in memory.terms if term.bytes > 0]
    scale = max(memory.total / GIB, limit_gib or 0.0) or 1.0
    height = BAR_TOP + BAR_HEIGHT + 40 + ROW * len(terms)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    total = f"{memory.total / GIB:.2f} GiB"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text((MARGIN, 34), title, 'font-size="17" font-weight="bold" fill="#222"'),
        _text((WIDTH - MARGIN, 34), total, 'font-size="15" fill="#222" text-anchor="end"'),
        *_bar(terms, scale),
        *_legend(terms),
    ]
    if limit_gib is not None:
        parts += _limit(limit_gib, scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(at: tuple[float, float], text: str, style: str) -> str:
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" {style}>{escape(text)}</text>'


def _box(at: tuple[float, float], size: tuple[float, float], colour: str) -> str:
    place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
    return f'<rect {place} fill="{colour}"/>'


def _bar(terms: Sequence[MemoryTerm], scale: float) -> list[str]:
    left = float(MARGIN)
    parts = []
    for term, colour in zip(terms, COLOURS, strict=False):
        width = term.gib / scale * (WIDTH - 2 * MARGIN)
        parts.append(_box((left, BAR_TOP), (max(width, 1.0), BAR_HEIGHT), colour))
        left += width
    return parts


def _legend(terms: Sequence[MemoryTerm]) -> list[str]:
    parts = []
    for number, (term, colour) in enumerate(zip(terms, COLOURS, strict=False)):
        top = BAR_TOP + BAR_HEIGHT + 34 + number * ROW
        told = f"{term.name}: {term.gib:.2f} GiB"
        parts += [
            _box((MARGIN, top), (14, 14), colour),
            _text((MARGIN + 22, top + 12), told, 'font-size="13" fill="#222"'),
            _text((MARGIN + 190, top + 12), term.formula, 'font-size="11" fill="#666"'),
        ]
    return parts


def _limit(limit_gib: float, scale: float) -> list[str]:
    at = MARGIN + limit_gib / scale * (WIDTH - 2 * MARGIN)
    anchor = "end" if at > WIDTH / 2 else "start"
    ends = f'x1="{at:.1f}" y1="{BAR_TOP - 8}" x2="{at:.1f}" y2="{BAR_TOP + BAR_HEIGHT + 8}"'
    style = f'font-size="12" fill="#222" text-anchor="{anchor}"'
    return [
        f'<line {ends} stroke="#222" stroke-width="2" stroke-dasharray="5 3"/>',
        _text((at, BAR_TOP + BAR_HEIGHT + 22), f"usable: {limit_gib:.1f} GiB", style),
    ]
