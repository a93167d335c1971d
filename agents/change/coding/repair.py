"""Edits of suspicious definitions, the likeliest and the cheapest first, as a stream of drafts.

Where the model can fill in, suspicious lines are written anew one by one; then the whole definition
is. Nothing is trusted: the consumer of the stream measures each draft.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.change.coding.infill import InfillRepair, InfillResult
from agents.change.coding.shown_code import code_of, language_name
from agents.evidence.fault_localization import Suspect
from agents.runs.team import Team, text_for_model
from prompts.library import render
from rooftree.errors import ModelUnavailableError, ToolError
from rooftree.telemetry.progress import FillingRefused, RepairTried
from tools.drafts.draft import Draft
from tools.edits.answer_parser import apply_answer
from tools.edits.whole_definitions import definition

MAX_TASK_LENGTH = 700
TOKENS_A_LINE = 14
COLD, WARM = (0.0,), (0.7, 0.9)
"""Temperatures: the model's own word first, and then what else it might say."""

RepairStrategy = Literal["lines", "holes", "gaps", "whole"]
MAX_PER_STRATEGY: dict[RepairStrategy, int] = {"lines": 12, "holes": 5, "gaps": 6, "whole": 1}
"""How many lines of one suspect are tried in one way."""


@dataclass(frozen=True, slots=True)
class RepairAttempt:
    """One way of asking about one suspect."""

    suspect: Suspect
    way: RepairStrategy
    temperatures: tuple[float, ...] = COLD


@dataclass(frozen=True, slots=True)
class CandidatePatch:
    """A draft that is not measured yet, and where it came from."""

    draft: Draft
    origin: str


@dataclass(slots=True)
class RepairGenerator:
    """Makes candidates for one failing test."""

    team: Team
    draft: Draft
    task: str
    evidence: str
    suspects: tuple[Suspect, ...]
    wanted: str = ""
    """The source of the failing test."""
    _cannot_fill: bool = field(default=False, init=False)

    async def stream(self) -> AsyncIterator[CandidatePatch]:
        """Yield candidates, each once; ends where every way was tried."""
        seen = {self.draft.digest}
        for one in self._tries():
            async for candidate in self._candidates(one):
                if candidate.draft.digest not in seen:
                    seen.add(candidate.draft.digest)
                    yield candidate

    def _tries(self) -> Iterator[RepairAttempt]:
        """Go over all suspects quickly before any of them thoroughly."""
        first, rest = self.suspects[:3], self.suspects[3:]
        yield from (RepairAttempt(suspect, "lines", COLD) for suspect in first[:2])
        yield from (RepairAttempt(suspect, "holes") for suspect in first[:2])
        yield from (RepairAttempt(suspect, "whole") for suspect in first[:1])
        yield from (RepairAttempt(suspect, "lines", COLD) for suspect in first[2:])
        yield from (RepairAttempt(suspect, "holes") for suspect in first[2:])
        yield from (RepairAttempt(suspect, "lines", WARM) for suspect in first)
        yield from (RepairAttempt(suspect, "gaps") for suspect in first[:2])
        yield from (RepairAttempt(suspect, "lines", COLD) for suspect in rest)
        yield from (RepairAttempt(suspect, "whole") for suspect in first[1:])
        for temperature in WARM:
            yield from (RepairAttempt(suspect, "whole", (temperature,)) for suspect in first)

    async def _candidates(self, one: RepairAttempt) -> AsyncIterator[CandidatePatch]:
        begun = RepairTried(one.suspect.path, one.suspect.symbol, one.way)
        if one.way == "whole":
            self.team.events.progress(begun)
            candidate = await self._whole(one)
            if candidate is not None:
                yield candidate
        elif not self._cannot_fill:
            self.team.events.progress(begun)
            try:
                async for filled in self._filled(one):
                    draft = self._with(one.suspect, filled.text)
                    if draft is not None:
                        yield CandidatePatch(draft, f"line {filled.line} of {one.suspect.symbol}")
            except ModelUnavailableError as error:
                self._cannot_fill = True
                self.team.events.progress(FillingRefused(str(error)))

    async def _filled(self, one: RepairAttempt) -> AsyncIterator[InfillResult]:
        infill = InfillRepair(self.team, self.draft, one.suspect, self.wanted)
        offered = _offered(self.draft.text(one.suspect.path), one.suspect)
        for line in offered[: MAX_PER_STRATEGY[one.way]]:
            if one.way == "holes":
                filling = infill.holes(line)
            elif one.way == "gaps":
                filling = infill.inserted(line)
            else:
                filling = infill.replaced(line, one.temperatures)
            async for filled in filling:
                yield filled

    async def _whole(self, one: RepairAttempt) -> CandidatePatch | None:
        suspect = one.suspect
        room = self.team.members["coder"].answer_tokens
        size = suspect.end - suspect.start + 1
        if size * TOKENS_A_LINE > room:
            return None
        prompt = render("change/whole", **self._values(suspect), doubts="")
        answer = await self.team.ask(
            "coder", prompt, max_tokens=room, temperature=one.temperatures[0]
        )
        text = self.draft.text(suspect.path)
        try:
            symbol = definition(suspect.path, text, suspect.symbol, suspect.start)
            changed = apply_answer("unit", suspect.path, text, symbol, answer.text)
        except ToolError:
            return None
        draft = self._with(suspect, changed)
        return CandidatePatch(draft, f"{suspect.symbol} rewritten") if draft is not None else None

    def _with(self, suspect: Suspect, text: str) -> Draft | None:
        try:
            return self.draft.with_text(suspect.path, text)
        except ToolError:
            return None

    def _values(self, suspect: Suspect) -> dict[str, Any]:
        text = self.draft.text(suspect.path)
        code = code_of(text, suspect.start, suspect.end)
        room = 3 * self.team.members["coder"].prompt_tokens
        return {
            "task": text_for_model(self.task, MAX_TASK_LENGTH, keep="start"),
            "evidence": self.evidence,
            "path": suspect.path,
            "symbol": suspect.symbol,
            "language": language_name(suspect.path, text),
            "code": text_for_model(code, room, keep="start"),
        }


def _offered(text: str, suspect: Suspect) -> list[int]:
    """Return the lines that may be wrong, the most suspicious first."""
    lines = text.split("\n")
    return [
        number
        for number in suspect.lines
        if number <= len(lines) and len(lines[number - 1].strip()) > 1
    ]
