"""An evaluation as a picture: one panel a group of questions, one bar a measure, with its interval.

The SVG is written by hand: a plotting library would be the largest dependency for forty rectangles.
"""

from collections.abc import Sequence
from html import escape

from training.retrieval.evaluation import GroupMeasures
from training.retrieval.scores import Interval

SHOWN = (
    ("file_acc@1", "file @1"),
    ("file_acc@5", "file @5"),
    ("file_acc@10", "file @10"),
    ("symbol_acc@5", "symbol @5"),
    ("symbol_acc@10", "symbol @10"),
    ("mrr", "MRR"),
    ("ndcg@10", "NDCG@10"),
)
WIDTH = 720
LABEL = 90
BAR = 16
GAP = 5
HEAD = 34
SCALE = WIDTH - LABEL - 70
FONT = 'font-family="sans-serif" font-size="12"'
INK, BLUE, PALE = "#24292f", "#3b6ea5", "#d0d7de"


def draw(title: str, rows: Sequence[GroupMeasures]) -> str:
    """Return the SVG of an evaluation."""
    height = 40 + sum(HEAD + len(SHOWN) * (BAR + GAP) for _ in rows) + 20
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT} fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    top = 40
    for row in rows:
        parts += _panel(row, top)
        top += HEAD + len(SHOWN) * (BAR + GAP)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(row: GroupMeasures, top: int) -> list[str]:
    title = f"{escape(row.group)} ({row.cases} questions)"
    parts = [f'<text x="10" y="{top + 22}" font-weight="bold">{title}</text>']
    for number, (name, label) in enumerate(SHOWN):
        y = top + HEAD + number * (BAR + GAP)
        found = row.measures.get(name)
        parts.append(f'<text x="10" y="{y + 12}">{label}</text>')
        parts += _bar(found, y) if found else [f'<text x="{LABEL}" y="{y + 12}">none</text>']
    return parts


def _bar(found: Interval, y: int) -> list[str]:
    low, high = LABEL + SCALE * found.low, LABEL + SCALE * found.high
    middle, width = y + BAR / 2, SCALE * found.mean
    return [
        f'<rect x="{LABEL}" y="{y}" width="{SCALE}" height="{BAR}" fill="{PALE}" opacity="0.35"/>',
        f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{BLUE}"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" stroke="{INK}"/>',
        f'<line x1="{low:.1f}" x2="{low:.1f}" y1="{y + 4}" y2="{y + 12}" stroke="{INK}"/>',
        f'<line x1="{high:.1f}" x2="{high:.1f}" y1="{y + 4}" y2="{y + 12}" stroke="{INK}"/>',
        f'<text x="{LABEL + SCALE + 8}" y="{y + 12}">{found.mean:.3f}</text>',
    ]
