"""How indexing grows, as an SVG: what a file costs, and the seconds in all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.scale.run import Growth

WIDTH, HEIGHT = 720, 300
LEFT, TOP, ACROSS, DOWN = 60, 50, 250, 190
INK, BLUE, ORANGE, PALE = "#24292f", "#3b6ea5", "#c2662d", "#d0d7de"


def draw(grown: "Sequence[Growth]") -> str:
    """Return two panels: processor time a file, and seconds in all, of words and of vectors."""
    files = [each.files for each in grown]
    a_file = [each.lexical_ms_a_file for each in grown]
    dense = [1000 * each.dense_cpu_seconds / each.files for each in grown]
    words = [each.lexical_seconds for each in grown]
    vectors = [each.seconds - each.lexical_seconds for each in grown]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    font = 'font-family="sans-serif" font-size="12"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} fill="{INK}">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *_panel(
                LEFT,
                "processor milliseconds a file",
                files,
                [(BLUE, "words and symbols", a_file), (ORANGE, "vectors", dense)],
            ),
            *_panel(
                LEFT + ACROSS + 100,
                "seconds in all",
                files,
                [(BLUE, "words and symbols", words), (ORANGE, "vectors", vectors)],
            ),
            "</svg>\n",
        ]
    )


def _panel(
    left: int, title: str, files: Sequence[int], lines: Sequence[tuple[str, str, Sequence[float]]]
) -> list[str]:
    top = max(max(values) for _, _, values in lines) * 1.15 or 1.0
    parts = [
        f'<text x="{left}" y="30" font-weight="bold">{title}</text>',
        f'<path d="M{left} {TOP}V{TOP + DOWN}H{left + ACROSS}" stroke="{PALE}" fill="none"/>',
        f'<text x="{left - 6}" y="{TOP + 8}" text-anchor="end">{top:.3g}</text>',
        f'<text x="{left - 6}" y="{TOP + DOWN}" text-anchor="end">0</text>',
    ]
    for number, (colour, label, values) in enumerate(lines):
        points = [
            (left + ACROSS * n / max(files), TOP + DOWN - DOWN * value / top)
            for n, value in zip(files, values, strict=True)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" stroke="{colour}" fill="none" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        # Below the axis, where no line can cross it.
        parts.append(
            f'<text x="{left + 125 * number}" y="{TOP + DOWN + 36}" fill="{colour}">{label}</text>'
        )
    parts += [
        f'<text x="{left + ACROSS * n / max(files):.0f}" y="{TOP + DOWN + 18}" '
        f'text-anchor="middle">{n // 1000}k</text>'
        for n in files
    ]
    parts.append(f'<text x="{left + ACROSS}" y="{TOP + DOWN + 36}" text-anchor="end">files</text>')
    return parts
