"""Edits of the places that a task names: one place after another, a few attempts each.

A try that breaks a test is told what it broke and made again, warmer; the best try of a place is
the ground for the next place.
"""

from dataclasses import dataclass, field

from agents.change.coding.shown_code import code_of, language_name
from agents.change.planning.plan import ChangePlan, EditTarget
from agents.evidence.evidence import Baseline, Evidence, MeasuredDraft
from agents.evidence.failure_excerpts import failure_excerpt
from agents.evidence.verifier import verify
from agents.runs.team import Team, text_for_model
from indexing.parsing.syntax.types import ParsedSymbol
from prompts.library import render
from rooftree.errors import ToolError, ToolRetryError
from rooftree.telemetry.progress import PlaceEdited
from tools.drafts.draft import Draft
from tools.edits.answer_parser import apply_answer
from tools.edits.whole_definitions import definition

MAX_TASK_LENGTH = 3000
TEMPERATURES = (0.0, 0.6, 0.8, 1.0)


@dataclass(slots=True)
class NamedPlaceEditor:
    """Makes one draft for a plan that names its places."""

    team: Team
    task: str
    plan: ChangePlan
    baseline: Baseline
    candidates: int
    problems: list[str] = field(default_factory=list)

    async def draft(self, base: Draft, doubts: str = "") -> MeasuredDraft:
        """Edit every place in turn; what cannot be edited is told in `problems`."""
        drafted = MeasuredDraft(base, Evidence(parses=True, problem="nothing was edited"))
        for target in self.plan.targets:
            drafted = await self._best(drafted.draft, target, doubts) or drafted
        return drafted

    async def _best(self, draft: Draft, target: EditTarget, doubts: str) -> MeasuredDraft | None:
        best: MeasuredDraft | None = None
        for temperature in TEMPERATURES[: max(1, self.candidates)]:
            try:
                tried = await self._try(draft, target, doubts, temperature)
            except ToolError as error:
                self.problems.append(f"{target}: {error}")
                doubts = str(error)
                continue
            if tried.digest == draft.digest:
                doubts = "it changed nothing"
                self.problems.append(f"{target}: what the model wrote is what was there")
                continue
            evidence = await verify(self.team, self.baseline, tried)
            if best is None or evidence.rank > best.evidence.rank:
                best = MeasuredDraft(tried, evidence)
            if evidence.breaks_nothing and not evidence.still_failing:
                return best
            doubts = f"{evidence.describe()}\n{failure_excerpt(evidence.output)}"
        return best

    async def _try(
        self, draft: Draft, target: EditTarget, doubts: str, temperature: float
    ) -> Draft:
        member = self.team.members["coder"]
        text = draft.text(target.path)
        symbol = _whole_file(target, text) if not target.symbol else None
        symbol = symbol or definition(target.path, text, target.symbol)
        code = code_of(text, symbol.start, symbol.end)
        if len(code) > 3 * member.prompt_tokens:
            raise ToolRetryError(f"{target} is too long for this model: name a part of it")
        form = member.edit_format if target.symbol else "replace"
        prompt = render(
            "change/edit",
            task=text_for_model(self.task, MAX_TASK_LENGTH, keep="start"),
            path=target.path,
            symbol=target.symbol or target.path,
            language=language_name(target.path, text),
            code=text_for_model(code, len(code) + 1000, keep="start"),
            context="",
            doubts=text_for_model(doubts, 800),
            form=form,
        )
        self.team.events.progress(PlaceEdited(target.path, target.symbol))
        answer = await self.team.ask(
            "coder", prompt, max_tokens=member.answer_tokens, temperature=temperature
        )
        return draft.with_text(
            target.path, apply_answer(form, target.path, text, symbol, answer.text)
        )


def _whole_file(target: EditTarget, text: str) -> ParsedSymbol:
    """Treat a file as one definition, to be edited by search and replace."""
    return ParsedSymbol(target.path, target.path, "module", 1, text.count("\n") + 1)
