"""The model's summary: the prompt it is asked with, and the check of every claim it makes.

The summary is an addition to the places, labelled as the model's. A mark such as [2] must name a
place that was shown, a `path:line` must lie in one, and a name must occur in what was shown;
otherwise the mark is dropped and counted, or the sentence is marked as unchecked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.client import ModelClient
from prompts.library import RenderedPrompt, render

PROMPT = "ask/summary"
MOST_PLACES = 4
LONGEST_EXCERPT = 1400
"""Characters of a place that are shown to the model at first; halved until the prompt fits."""
SHORTEST_EXCERPT = 200

_MARK = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_PLACE = re.compile(r"([\w./-]+\.\w{1,5}):(\d+)(?:-(\d+))?")
_SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=[A-Z`\"'])")
_NAME = re.compile(r"`([^`\n]+)`|\b([A-Za-z_]\w*(?:\.\w+)+|\w*_\w+|[a-z]+[A-Z]\w*|\w+\(\))")


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A numbered place as the model sees it; `text` may be cut at the end."""

    path: str
    start: int
    end: int
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckedSummary:
    """What is left of a summary after checking: `rejected` marks were dropped."""

    text: str
    rejected: int
    unchecked: tuple[str, ...]

    @property
    def note(self) -> str:
        """What a reader of the raw stream must be told; empty where every claim held."""
        parts = []
        if self.rejected:
            parts.append(f"{self.rejected} marks of the summary name no place shown")
        if self.unchecked:
            parts.append(f"not in the places shown: {', '.join(self.unchecked)}")
        return f"Checked: {'; '.join(parts)}." if parts else ""


async def build_prompt(
    client: ModelClient, question: str, places: Sequence[ShownPlace], token_limit: int
) -> RenderedPrompt:
    """Render the prompt, shortening the excerpts until the server counts few enough tokens."""
    longest = LONGEST_EXCERPT
    while True:
        shown = [_shortened(place, longest) for place in places[:MOST_PLACES]]
        prompt = render(PROMPT, question=question, places=shown)
        tokens = await client.count_tokens("\n".join(m["content"] for m in prompt.messages))
        if tokens <= token_limit or longest <= SHORTEST_EXCERPT:
            return prompt
        longest = max(SHORTEST_EXCERPT, min(longest // 2, longest * token_limit // tokens))


def _shortened(place: ShownPlace, longest: int) -> ShownPlace:
    if len(place.text) <= longest:
        return place
    text = place.text[:longest].rpartition("\n")[0] or place.text[:longest]
    end = place.start + text.count("\n")
    return ShownPlace(place.path, place.start, end, place.symbol, text + "\n…")


def check_summary(text: str, question: str, places: Sequence[ShownPlace]) -> CheckedSummary:
    """Check every mark, place and name of a summary against what the model was shown."""
    known = "\n".join([question, *(f"{p.path} {p.symbol}\n{p.text}" for p in places)])
    sentences: list[str] = []
    unchecked: list[str] = []
    rejected = 0
    for sentence in _SENTENCE.split(text.strip()):
        checked, dropped = _drop_bad_marks(sentence, len(places))
        wrong = _wrong_places(checked, places)
        unknown = _unknown_names(_PLACE.sub("", checked), known)
        rejected += dropped + len(wrong)
        if wrong or unknown:
            unchecked += wrong + unknown
            checked += f" [unchecked: {', '.join(wrong + unknown)} not in the places shown]"
        sentences.append(checked)
    return CheckedSummary(" ".join(sentences), rejected, tuple(dict.fromkeys(unchecked)))


def _drop_bad_marks(sentence: str, places: int) -> tuple[str, int]:
    dropped = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal dropped
        numbers = [int(number) for number in match.group(1).split(",")]
        good = [number for number in numbers if 1 <= number <= places]
        dropped += len(numbers) - len(good)
        return f" [{', '.join(map(str, good))}]" if good else ""

    return _MARK.sub(keep, sentence).strip(), dropped


def _wrong_places(sentence: str, places: Sequence[ShownPlace]) -> list[str]:
    wrong = []
    for match in _PLACE.finditer(sentence):
        path, start, end = (
            match.group(1),
            int(match.group(2)),
            int(match.group(3) or match.group(2)),
        )
        inside = any(
            place.path.endswith(path) and place.start <= start <= end <= place.end
            for place in places
        )
        if not inside:
            wrong.append(match.group())
    return wrong


def _unknown_names(sentence: str, known: str) -> list[str]:
    names = (match.group(1) or match.group(2) for match in _NAME.finditer(sentence))
    parts = {
        part
        for name in names
        for part in re.findall(r"[A-Za-z_]\w+", name)
        if not re.search(rf"\b{re.escape(part)}\b", known)
    }
    return sorted(f"`{part}`" for part in parts)
