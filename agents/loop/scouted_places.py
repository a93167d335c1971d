"""The places that a scout names: each is looked up, and one that is not there is not told as found.

What a scout says besides is its opinion and is told as that: nothing in it was checked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.loop.settings import CHARACTERS_PER_TOKEN
from indexing.secrets.redact import redact
from rooftree.errors import ToolError
from rooftree.text.shortened import shortened
from tools.model_tools.working_draft import WorkingDraft, clipped, relative_path

MAX_LENGTH = 1_000 * CHARACTERS_PER_TOKEN
MAX_PLACES = 20
MAX_LINES = 200
"""Of one place; what names more of a file names no place in it."""
MAX_REASON = 160
MAX_LINE = 100
MAX_SAID = 300
MAX_LEFT_OUT = 4
_LINES = re.compile(r":(\d{1,7}+)(?:-(\d{1,7}+))?+(?!\w)")


@dataclass(frozen=True, slots=True)
class ScoutedPlace:
    """Lines that are there, why they were named, and what the first of them holds."""

    path: str
    start: int
    end: int
    reason: str
    line: str

    def __str__(self) -> str:
        lines = f"{self.start}-{self.end}" if self.end > self.start else str(self.start)
        why = f"  {self.reason}" if self.reason else ""
        return f"{self.path}:{lines}{why}\n    {self.line.strip()}"


@dataclass(frozen=True, slots=True)
class ScoutedPlaces:
    """The places that a scout named, and which of them are none."""

    places: tuple[ScoutedPlace, ...]
    left_out: tuple[str, ...]
    """Each that is not there, with the reason."""

    def text(self, summary: str, unsure: str) -> str:
        """Return what the one is told who sent the scout."""
        ends = [f"left out, not there: {one}" for one in self.left_out[:MAX_LEFT_OUT]]
        if len(self.left_out) > MAX_LEFT_OUT:
            ends.append(f"left out besides: {len(self.left_out) - MAX_LEFT_OUT} more")
        ends += [f"The scout says (not checked): {_said(summary)}"] if summary.strip() else []
        ends += [f"It is not sure of (not checked): {_said(unsure)}"] if unsure.strip() else []
        end = redact("\n".join(ends))
        listed = list(self._listed(MAX_LENGTH - len(end) - 200))
        rest = len(self.places) - len(listed)
        head = f"{len(self.places)} places; these lines are there, why is the scout's word:"
        more = [f"and {rest} more places, left out for their length"] if rest else []
        parts = [head, *listed, *more] if listed else ["The scout named no place that is there."]
        return shortened("\n".join([*parts, end]).rstrip(), MAX_LENGTH - 60)

    def _listed(self, room: int) -> Iterator[str]:
        for place in self.places:
            told = redact(str(place))
            room -= len(told) + 1
            if room < 0:
                return
            yield told


def check_places(working: WorkingDraft, told: Sequence[str]) -> ScoutedPlaces:
    """Look up what a scout named, such as `a.py:3-9 why`."""
    places: dict[tuple[str, int, int], ScoutedPlace] = {}
    left_out = []
    for one in told[:MAX_PLACES]:
        try:
            place = _place(working, one)
        except ToolError as error:
            left_out.append(f"{clipped(' '.join(one.split()), 80)} ({error})")
        else:
            places.setdefault((place.path, place.start, place.end), place)
    left_out += [f"{len(told) - MAX_PLACES} more than may be named"] * (len(told) > MAX_PLACES)
    return ScoutedPlaces(tuple(places.values()), tuple(left_out))


def _place(working: WorkingDraft, told: str) -> ScoutedPlace:
    flat = " ".join(told.split()).strip("`-*• ")
    found = _LINES.search(flat)
    if found is None:
        raise ToolError("it names no line")
    path = relative_path(flat[: found.start()].strip("`'\""))
    lines = working.shown_lines(path)
    total = len(lines) - (lines[-1] == "")
    start = int(found[1])
    end = max(start, int(found[2] or start))
    if not 1 <= start <= end <= total:
        raise ToolError(f"{path} has {total} lines")
    if end - start >= MAX_LINES:
        raise ToolError("it names too many lines")
    reason = flat[found.end() :].strip("`'\" ").lstrip(":,;-–— ")
    return ScoutedPlace(
        path, start, end, clipped(reason, MAX_REASON), clipped(lines[start - 1], MAX_LINE)
    )


def _said(words: str) -> str:
    return clipped(" ".join(words.split()), MAX_SAID)
