"""The loop: a model works with tools, step by step, until it finishes or may not go on.

Whatever ends it, what it made stays in the draft of its tools, and why it ended is said. It decides
by what the model and the tools said, which is in the run's log, and by nothing else; so a run that
goes on after a crash goes the same way again.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from agents.loop.asking import LoopModel
from agents.loop.finish_gate import Gate
from agents.loop.masking import mask
from agents.loop.repetition import RepetitionDetector
from agents.loop.result import LoopExit, LoopResult
from agents.loop.settings import MASK_SHARE, LoopSettings
from agents.loop.summarising import WorkSoFar, summarise
from agents.loop.toolset import FINISH, EndArguments, FinishCall, Toolset
from agents.loop.transcript import ToolOutcome, Transcript, TranscriptChange
from agents.runs.wall_clock import wall_clock
from models.chat.abilities import ToolProtocol
from models.chat.types import Completion
from rooftree.errors import (
    BudgetSpentError,
    ContextOverflowError,
    ModelError,
    WallClockError,
)
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import AgentStep, FinishSentBack

BAD_CALLS = 3
"""Answers in a row whose calls cannot be read, after which tools are offered in another way."""
WORDS_END = 2
OTHER_PROTOCOL: dict[ToolProtocol | None, ToolProtocol] = {
    None: "guided",
    "native": "guided",
    "guided": "text",
}
CALL_A_TOOL = "Call a tool to go on, or call finish if you are done."
SHRUNK_SHARE = 0.8
"""Of a prompt that did not fit, what the window is taken to hold."""
UNCHANGED_LENGTH = 200
"""A shorter result is told again; it is no longer than the sentence that it is the same."""


async def _nothing() -> None:
    """Do nothing: most loops have nothing to look at before they end."""


@dataclass(slots=True)
class AgentLoop:
    """One agent and its work."""

    model: LoopModel
    tools: Toolset
    transcript: Transcript
    settings: LoopSettings
    gate: Gate
    events: EventLog
    work: Callable[[], WorkSoFar]
    wall_seconds: float
    role: str = "coder"
    before_finish: Callable[[], Awaitable[None]] = _nothing
    """Looks at what the gate judges a finish by, and is not looked at in each step."""
    step: int = 0
    words: str = ""
    """The last words of the model without a call."""
    finish: EndArguments | None = None
    open_points: tuple[str, ...] = ()
    _watch: RepetitionDetector = field(default_factory=RepetitionDetector)
    _silent: int = 0
    _bad: int = 0
    _switched: bool = False
    _summaries: int = 0
    _shrunk: bool = False

    async def run(self) -> LoopResult:
        """Work until something ends it."""
        end: LoopExit | None = None
        message = f"{self.wall_seconds:g} s"
        try:
            async with wall_clock(self.wall_seconds, message):
                while end is None:
                    end = await self._step()
        except BudgetSpentError as error:
            end = LoopExit("budget", str(error))
        except ContextOverflowError as error:
            end = LoopExit("context", str(error), error)
        except WallClockError as error:
            end = LoopExit("time", str(error))
        except ModelError as error:
            end = LoopExit("model", str(error), error)
        return self._result(end)

    async def go_on(self, text: str, steps: int) -> LoopResult:
        """Work on, for so many steps more, with what a person or a reviewer has to say."""
        self.transcript.add_user(text, self.step)
        self.settings = replace(self.settings, steps=self.step + steps)
        self.model.settings = self.settings
        self.gate.sent_back, self.finish = 0, None
        self._watch, self._silent, self._bad = RepetitionDetector(), 0, 0
        return await self.run()

    async def _step(self) -> LoopExit | None:
        if self.step >= self.settings.steps:
            return LoopExit("steps", f"{self.step} of {self.settings.steps}")
        await self._make_room()
        self.step += 1
        self.events.progress(AgentStep(self.role, self.step, self.settings.steps))
        answer = self.transcript.numbered(await self._answer())
        self.words = answer.text.strip() or self.words
        if not answer.tool_calls:
            return self._without_call(answer)
        self._silent = 0
        outcomes, finish = await self.tools.carry_out(
            answer.tool_calls,
            is_cut=answer.finish_reason == "length",
            only_finish=self.step == self.settings.steps,
        )
        told = self._unchanged(outcomes)
        nudge, repeated = self._watch.look_at(outcomes)
        if finish is not None:
            await self.before_finish()
            told, is_done = self._finished(answer, finish, told)
            if is_done:
                self.transcript.add_exchange(answer, told, self.step)
                return LoopExit("finished")
        self.transcript.add_exchange(answer, self._with_nudges(told, nudge), self.step)
        if repeated:
            return LoopExit("repetition", repeated)
        return self._judge_calls(outcomes)

    async def _answer(self) -> Completion:
        """Ask; where the server holds less than is known of it, make room and ask once more."""
        try:
            return await self.model.step(self.transcript.messages(), self.step)
        except ContextOverflowError:
            if self._shrunk:
                raise
            self._shrunk = True
            window = int(min(self.settings.window, self._tokens()) * SHRUNK_SHARE)
            above = min(self.settings.mask_above, int(window * MASK_SHARE))
            self.settings = replace(self.settings, window=window, mask_above=above)
            self.model.settings = self.settings
            await self._make_room()
            return await self.model.step(self.transcript.messages(), self.step)

    def _without_call(self, answer: Completion) -> LoopExit | None:
        """Answer words with a request to call a tool; a second time they are the last ones."""
        self._silent += 1
        if self._silent >= WORDS_END:
            return LoopExit("no calls", self.words[:200])
        self.transcript.add_words(answer, CALL_A_TOOL, self.step)
        return None

    def _finished(
        self, answer: Completion, finish: FinishCall, told: Sequence[ToolOutcome]
    ) -> tuple[list[ToolOutcome], bool]:
        """Return the outcomes with that of `finish`, and whether it is accepted."""
        is_last = self.step == self.settings.steps
        sent_back, self.open_points = self.gate.review(finish.arguments)
        is_done = not sent_back or is_last
        if not is_done:
            self.events.progress(FinishSentBack(self.role, list(self.open_points)))
        call = answer.tool_calls[finish.place]
        text = "finished" if is_done else sent_back
        outcomes = list(told)
        outcomes.insert(finish.place, ToolOutcome(call, text, "finish", FINISH))
        self.finish = finish.arguments
        return outcomes, is_done

    def _unchanged(self, outcomes: Sequence[ToolOutcome]) -> list[ToolOutcome]:
        """Say of what was read again and is the same where it stands, instead of repeating it."""
        known = {
            (one.key, one.text): turn.step
            for turn in self.transcript.exchanges()
            for one in turn.outcomes
            if one.kind == "read" and not one.is_masked
        }
        found = []
        for one in outcomes:
            step = known.get((one.key, one.text))
            if step is not None and len(one.text) > UNCHANGED_LENGTH:
                first = one.text.rpartition("\n")[2][:120]
                one = replace(one, text=f"unchanged since step {step}: {first}")  # noqa: PLW2901 - the same, shorter
            found.append(one)
        return found

    def _with_nudges(self, outcomes: list[ToolOutcome], nudge: str) -> list[ToolOutcome]:
        """Put what the model has to know behind its last result: a turn of its own costs more."""
        told = [one for one in (nudge, self._time_left()) if one]
        if not told or not outcomes:
            return outcomes
        last = outcomes[-1]
        return [*outcomes[:-1], replace(last, text="\n".join([last.text, *told]))]

    def _time_left(self) -> str:
        """Say, once each, that half, four fifths and nearly all of the steps are used."""
        most = self.settings.steps
        left = most - self.step
        if left == 3:
            return "3 steps are left. Finish now with what you have; the last can only be finish."
        if self.step in (most // 2, most * 4 // 5) and left > 3:
            return f"{self.step} of {most} steps are used."
        return ""

    def _judge_calls(self, outcomes: Sequence[ToolOutcome]) -> LoopExit | None:
        """Offer tools in another way where none of the last answers' calls could be read."""
        unread = bool(outcomes) and all(one.is_unread for one in outcomes)
        self._bad = self._bad + 1 if unread else 0
        if self._bad < BAD_CALLS:
            return None
        other = OTHER_PROTOCOL.get(self.settings.protocol)
        if self._switched or other is None:
            return LoopExit("bad calls", f"{self._bad} answers in a row")
        self._switched, self._bad = True, 0
        self.settings = replace(self.settings, protocol=other)
        self.model.settings = self.settings
        self.transcript.changes.append(TranscriptChange("protocol", self.step, other))
        return None

    async def _make_room(self) -> None:
        """Mask or sum up what was said, where the prompt would not fit beside an answer."""
        if self._tokens() <= min(self.settings.mask_above, self.settings.most_prompt):
            return
        if mask(self.transcript, self.settings, self._count, self.step):
            return
        most = self.settings.max_summaries
        if most is None or self._summaries < most:
            self._summaries += 1
            await summarise(
                self.transcript, self.settings, self.work(), self.model.words, self.step
            )
        if self._tokens() > self.settings.most_prompt:
            raise ContextOverflowError(
                f"the prompt has {self._tokens()} tokens and cannot be made smaller; the window "
                f"holds {self.settings.window}"
            )

    def _tokens(self) -> int:
        return self._count(self.transcript)

    def _count(self, transcript: Transcript) -> int:
        return self.model.size.tokens(transcript.messages())

    def _result(self, end: LoopExit) -> LoopResult:
        finish = self.finish
        working = self.gate.working
        traits: Counter[str] = self.tools.traits + self.model.traits
        return LoopResult(
            end,
            self.step,
            finish.summary if finish is not None else self.words,
            finish.unsure if finish is not None else "",
            self.open_points,
            working.edits > 0 and not working.edits_since_run and self.gate.can_run,
            traits,
            finish,
        )
