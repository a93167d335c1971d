"""Find the lines that an edit names, where they are not written quite as they stand in the file.

Three ways, each only where it finds exactly one place: the lines as they are; the lines without
regard to indentation and trailing spaces; the most similar lines, if they are very similar and
nothing else comes near. Guessing between two places would make an unrequested edit.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

from rooftree.errors import ToolRetryError

MIN_SIMILARITY = 0.9
MIN_MARGIN = 0.05
"""How much more similar the best place must be than the next."""
MAX_READ = 20_000_000
"""Characters that are looked at for similar lines, over all places: two seconds."""
MAX_COMPARED = 20_000_000
"""Pairs of characters that are compared in the places that come near: about two seconds, on text
that repeats itself; of other text hardly any place comes near."""


@dataclass(frozen=True, slots=True)
class LineMatch:
    """Lines `start` to `end` (0-based, end exclusive), and the indentation that was added there."""

    start: int
    end: int
    indent: str
    exact: bool


def find(lines: list[str], wanted: list[str]) -> LineMatch:
    """Return where the wanted lines stand; ToolRetryError where that is not one place."""
    if not any(line.strip() for line in wanted):
        raise ToolRetryError("the text to be replaced is empty; copy the lines from the file")
    exact = _places(lines, wanted)
    if len(exact) == 1:
        return LineMatch(exact[0], exact[0] + len(wanted), "", exact=True)
    if len(exact) > 1:
        raise ToolRetryError(
            f"the text to be replaced stands at {len(exact)} places "
            f"(lines {_numbers(exact)}); copy more lines around it"
        )
    loose = _places([line.strip() for line in lines], [line.strip() for line in wanted])
    if len(loose) == 1:
        at = loose[0]
        return LineMatch(at, at + len(wanted), _added(lines[at:], wanted), exact=False)
    if len(loose) > 1:
        raise ToolRetryError(
            f"the text to be replaced stands, but for its indentation, at {len(loose)} places "
            f"(lines {_numbers(loose)}); copy it exactly, with more lines around it"
        )
    return _similar(lines, wanted)


def _places(lines: list[str], wanted: list[str]) -> list[int]:
    size, first = len(wanted), wanted[0]
    return [
        at
        for at, line in enumerate(lines[: len(lines) - size + 1])
        if line == first and lines[at : at + size] == wanted
    ]


def _similar(lines: list[str], wanted: list[str]) -> LineMatch:
    size = len(wanted)
    near, nearest = similar_blocks(lines, wanted, MIN_SIMILARITY - MIN_MARGIN)
    if near:
        (ratio, at), *others = near
        # The windows beside the best one hold most of the same lines and are no rivals.
        rivals = [score for score, other in others if abs(other - at) >= max(1, size // 2 + 1)]
        if ratio >= MIN_SIMILARITY and (not rivals or ratio - rivals[0] >= MIN_MARGIN):
            return LineMatch(at, at + size, _added(lines[at:], wanted), exact=False)
        nearest = at
    if nearest is None:
        raise ToolRetryError("the text to be replaced is not in the file; read the file again")
    shown = "\n".join(lines[nearest : nearest + size])
    raise ToolRetryError(
        "the text to be replaced is not in the file; the nearest is at line "
        f"{nearest + 1}:\n{shown[:800]}"
    )


def similar_blocks(
    lines: list[str], wanted: list[str], lowest: float
) -> tuple[list[tuple[float, int]], int | None]:
    """Return the places at least so similar, the most similar first, and the nearest of all.

    The quick ratio is an upper bound: what it puts below `lowest` is not so similar.
    """
    size, stripped = len(wanted), [line.strip() for line in lines]
    text = "\n".join(line.strip() for line in wanted)
    matcher = SequenceMatcher(None, "", text, autojunk=False)
    windows = range(max(1, len(lines) - size + 1))
    nearest, best = None, 0.5
    near: list[tuple[float, int]] = []
    left = MAX_COMPARED
    if len(windows) * len(text) > MAX_READ:
        return [], None
    for at in windows:
        window = "\n".join(stripped[at : at + size])
        if len(window) > 2 * len(text) + 1:
            continue
        matcher.set_seq1(window)
        quick = matcher.quick_ratio()
        if quick > best:
            nearest, best = at, quick
        if quick >= lowest:
            left -= len(window) * len(text)
            if left < 0:
                return [], nearest
            near.append((matcher.ratio(), at))
    return sorted(near, reverse=True), nearest


def _added(lines: list[str], wanted: list[str]) -> str:
    """Return the indentation that the file has and the wanted lines lack."""
    for line, other in zip(lines, wanted, strict=False):
        if line.strip() and other.strip():
            there = line[: len(line) - len(line.lstrip())]
            here = other[: len(other) - len(other.lstrip())]
            return there.removesuffix(here) if there.endswith(here) else ""
    return ""


def _numbers(places: list[int]) -> str:
    return ", ".join(str(place + 1) for place in places[:5])
