"""The model's summary: the prompt it is asked with, and the check of every claim it makes.

The summary is an addition to the places, labelled as the model's. A mark such as [2] must name a
place that was shown, a `path:line` must lie in one, and a name must occur in what was shown;
otherwise the mark is dropped and counted, or the sentence is marked as unchecked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.ask.answer import ModelIdentity
from agents.ask.citations import Citation
from models.client.client import Usage
from models.client.language_model import LanguageModel
from prompts.library import RenderedPrompt, render
from rooftree.text.safe_markdown import sanitise_markdown

PROMPT = "ask/summary"
MAX_PLACES = 4
MAX_EXCERPT_LENGTH = 1400
"""Characters of a place that are shown to the model at first; halved until the prompt fits."""
MIN_EXCERPT_LENGTH = 200
MAX_RANGE_SIZE = 10

# Code between backticks is passed over: what looks like a mark there is an index such as argv[1].
_CODE_OR_MARK = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\nA-Za-z_]*+[A-Za-z_][^`\n]*+`)"
    r"|(?<!\s)\s*+\[(?P<mark>[0-9]+(?:\s*[,;–-]\s*[0-9]+)*)\]",
    re.DOTALL,
)
_PLACE = re.compile(r"(?<![\w./-])([\w./-]+\.\w{1,5}):([0-9]{1,7})(?:-([0-9]{1,7}))?")
_AFTER_A_MARK = ("", *" \n.,;:!?)*")
_SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=[A-Z`\"'])")
_NAME = re.compile(r"`([^`\n]+)`|\b([A-Za-z_]\w*(?:\.\w+)+|\w*_\w+|[a-z]+[A-Z]\w*|\w+\(\))")


@dataclass(frozen=True, slots=True)
class SummaryPlace:
    """A numbered place as the model sees it; `text` may be cut at the end."""

    path: str
    start: int
    end: int
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """What a model said of the places that it was shown."""

    text: str
    places: tuple[SummaryPlace, ...]
    model: ModelIdentity
    usage: Usage


@dataclass(frozen=True, slots=True)
class CheckedSummary:
    """What is left of a summary after checking: `rejected` marks were dropped.

    Its text does nothing where it is rendered (`rooftree.text.safe_markdown`).
    """

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
        return sanitise_markdown(f"Checked: {'; '.join(parts)}.") if parts else ""


async def build_prompt(
    client: LanguageModel,
    model: str,
    question: str,
    places: Sequence[SummaryPlace],
    token_limit: int,
) -> RenderedPrompt:
    """Render the prompt, shortening the excerpts until the server counts few enough tokens."""
    longest = MAX_EXCERPT_LENGTH
    while True:
        shown = [_shortened(place, longest) for place in places[:MAX_PLACES]]
        prompt = render(PROMPT, question=question, places=shown)
        tokens = await client.count_tokens("\n".join(m["content"] for m in prompt.messages), model)
        if tokens <= token_limit or longest <= MIN_EXCERPT_LENGTH:
            return prompt
        longest = max(MIN_EXCERPT_LENGTH, min(longest // 2, longest * token_limit // tokens))


def _shortened(place: SummaryPlace, longest: int) -> SummaryPlace:
    if len(place.text) <= longest:
        return place
    text = place.text[:longest].rpartition("\n")[0] or place.text[:longest]
    end = place.start + text.count("\n")
    return SummaryPlace(place.path, place.start, end, place.symbol, text + "\n…")


def check_summary(text: str, question: str, places: Sequence[SummaryPlace]) -> CheckedSummary:
    """Check every mark, place and name of a summary against what the model was shown."""
    shown = "\n".join([question, *(f"{p.path} {p.symbol}\n{p.text}" for p in places)])
    known = frozenset(re.findall(r"\w+", shown))
    sentences: list[str] = []
    unchecked: list[str] = []
    rejected = 0
    for sentence in _whole_sentences(text):
        checked, dropped = _drop_bad_marks(sentence, len(places))
        wrong = wrong_places(checked, places)
        unknown = _unknown_names(_PLACE.sub("", checked), known)
        rejected += dropped + len(wrong)
        if wrong or unknown:
            unchecked += wrong + unknown
            checked += f" [unchecked: {', '.join(wrong + unknown)} not in the places shown]"
        sentences.append(checked)
    whole = " ".join(sentence for sentence in sentences if sentence)
    return CheckedSummary(sanitise_markdown(whole), rejected, tuple(dict.fromkeys(unchecked)))


def _whole_sentences(text: str) -> list[str]:
    """Split a summary; a last one that the token limit cut off is dropped."""
    sentences = _SENTENCE.split(text.strip())
    if len(sentences) > 1 and sentences[-1].rstrip()[-1:].isalnum():
        return sentences[:-1]
    return sentences


def _drop_bad_marks(sentence: str, places: int) -> tuple[str, int]:
    dropped = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal dropped
        if match.group("code"):
            return match.group()
        numbers = _numbers(match.group("mark"))
        good = [number for number in numbers if 1 <= number <= places]
        dropped += len(numbers) - len(good)
        if good:
            return f" [{', '.join(map(str, good))}]"
        # Taken out from between other brackets, it could leave what looks like another mark.
        alone = sentence[match.end() : match.end() + 1] in _AFTER_A_MARK
        return "" if alone and not match.string.endswith("[", 0, match.start()) else " [?]"

    return _CODE_OR_MARK.sub(keep, sentence).strip(), dropped


def without_marks(sentence: str) -> str:
    """Return a sentence without numbers in brackets, which would look like marks of ours."""
    return _drop_bad_marks(sentence, 0)[0]


def _numbers(mark: str) -> list[int]:
    """Return the places that a mark names: `1, 3` or `1-3`; a 0 stands for what is no place."""
    numbers: list[int] = []
    for part in re.split("[,;]", mark):
        ends = [int(digits) if len(digits) < 4 else 0 for digits in re.findall("[0-9]+", part)]
        first, last = ends[0], ends[-1]
        sound = len(ends) <= 2 and first <= last < first + MAX_RANGE_SIZE
        numbers += range(first, last + 1) if sound else [0]
    return numbers


def wrong_places(sentence: str, places: Sequence[SummaryPlace | Citation]) -> list[str]:
    """Return each `path:line` of a sentence that lies in none of the places."""
    wrong = []
    for match in _PLACE.finditer(sentence):
        path, start, end = (
            match.group(1),
            int(match.group(2)),
            int(match.group(3) or match.group(2)),
        )
        inside = any(
            f"/{place.path}".endswith(f"/{path}") and place.start <= start <= end <= place.end
            for place in places
        )
        if not inside:
            wrong.append(match.group())
    return wrong


def _unknown_names(sentence: str, known: frozenset[str]) -> list[str]:
    return sorted({f"`{part}`" for part in names_in(sentence) if part not in known})


def names_in(sentence: str) -> Iterator[str]:
    """Yield the names of code in a sentence, those with dots part by part."""
    for match in _NAME.finditer(sentence):
        yield from re.findall(r"[A-Za-z_]\w+", match.group(1) or match.group(2))
