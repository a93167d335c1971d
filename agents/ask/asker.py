"""Ask: the index answers, the model adds a labelled summary, code checks both.

A question is searched for; where the evidence says that the repository has no answer, that is all.
Else the best places are read, and the model is asked for a summary of them. Without a model the
answer is still whole; it only lacks the summary.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agents.ask.answer import Answer, CitedPlace, ModelIdentity
from agents.ask.composition import (
    ComposedAnswer,
    answer_of,
    body_of,
    claimed_answer,
    could_not_look,
    summary_label,
    unproven_answer,
)
from agents.ask.found_places import FoundPlaces, check_places, together
from agents.ask.reader import LookedFor, Reader, Reading, can_look, wall_seconds_of
from agents.ask.summary import MAX_PLACES, ModelSummary, SummaryPlace, build_prompt
from agents.ask.thread import EarlierTurn, Standalone, joined, stand_alone
from agents.runs.team import TeamMember
from agents.runs.wall_clock import wall_clock
from indexing.repository.refresh import fill_vectors, refresh_index
from indexing.repository.repository import Repository
from indexing.search.search import FindNearest
from models.chat.abilities import THINKING_TOKENS
from models.chat.windows import assumption_note
from models.client.client import ChatRequest, Completion, Usage
from models.client.language_model import LanguageModel
from models.gateway import ModelAccess
from rooftree.config import AskSection, Config
from rooftree.errors import (
    ConfigError,
    IndexingError,
    ModelError,
    RepositoryError,
    RooftreeError,
    UsageError,
)
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import Counted, ModelAsked, Preview
from rooftree.text.safe_markdown import MarkdownSanitiser
from tools.approvals import Approver
from tools.model_tools.read import MAX_LINES, ReadTool
from tools.model_tools.search import SearchTool

MAX_QUESTION_LENGTH = 8000
PREVIEW_PLACES = 5
MAX_HITS = 14
"""How many hits are looked for; those that stand close together are cited as one place."""
MAX_TOOL_OUTPUT_LENGTH = 4000
"""Characters of a tool's output that an event carries."""


PrepareModel = Callable[[Callable[[str], object]], Awaitable[None]]
FindMember = Callable[[Awaitable[object]], Awaitable[TeamMember | None]]
"""Says what was measured of the model; it is given what ends when the model is ready."""


@dataclass(frozen=True, slots=True)
class Asker:
    """What every question to one repository shares."""

    repository: Repository
    models: ModelAccess | None
    budget: AskSection
    nearest: FindNearest | None = None
    model_version: str | None = None
    member: FindMember | None = None
    """Finds out whether a model works with tools, once that is known of it."""
    executing: Config | None = None
    """By which an agent has commands run; None where whoever asks may have nothing executed."""
    approver: Approver | None = None
    """Asks the person at the terminal for other commands; None where nobody can be asked."""
    prepare: PrepareModel | None = None
    """Gets the model ready while the places are found; it says by a call what it could not do."""

    async def ask(
        self,
        question: str,
        events: EventLog,
        notice: str = "",
        earlier: Sequence[EarlierTurn] = (),
    ) -> Answer:
        """Answer a question; never raises for a failing index or model, but says so.

        UnknownModelError where the model that is configured is none that its server has.

        A `notice` is what the asker should know before anything else, such as a missing embedder.
        """
        check_question(question)
        events.emit("run.started", flow="ask", question=question)
        if notice:
            events.emit("error", message=notice)
        try:
            asked = joined(earlier, question)
            answer = await _QuestionRun(self, asked, events, question, tuple(earlier)).run()
        except (IndexingError, RepositoryError) as error:
            events.emit("error", message=str(error))
            answer = Answer(question, "could_not_look", f"Could not look: {error}")
        events.emit("run.finished", answer=answer.as_json())
        return answer


def check_question(question: str) -> None:
    """Refuse what cannot be answered whatever the repository holds."""
    if not question.strip():
        raise UsageError("the question is empty; ask what you want to know about the code")
    if len(question) > MAX_QUESTION_LENGTH:
        raise UsageError(
            f"the question has {len(question)} characters; ask it in at most {MAX_QUESTION_LENGTH}"
        )
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise UsageError("the question is not valid UTF-8; ask it from a UTF-8 terminal or client")


@dataclass(frozen=True, slots=True)
class _StartingModel:
    """The model while it starts, which it goes on to do whatever becomes of the question."""

    access: ModelAccess
    client: "asyncio.Task[LanguageModel]"
    named: "asyncio.Task[None]"

    @classmethod
    def of(cls, access: ModelAccess, prepare: Callable[[], Awaitable[None]]) -> "_StartingModel":
        client = asyncio.create_task(_client_of(access, prepare))
        return cls(access, client, asyncio.create_task(access.check_chat()))

    def release(self) -> None:
        """Let a model that is still starting continue; its owner closes it."""
        for task in (self.client, self.named):
            task.add_done_callback(_take_failure)


@dataclass(frozen=True, slots=True)
class _QuestionRun:
    """One question."""

    asker: Asker
    question: str
    """As it is looked for: one that says too little stands with the one before it."""
    events: EventLog
    raw: str
    earlier: tuple[EarlierTurn, ...]

    async def run(self) -> Answer:
        models = self.asker.models
        model = _StartingModel.of(models, self._prepared) if models is not None else None
        search = SearchTool(self.asker.repository, self.asker.nearest)
        found: FoundPlaces | None = None
        summary: ModelSummary | None = None
        reading: Reading | None = None
        failure = ""
        seconds = self.asker.budget.wall_seconds
        late = (
            f"the ask run took longer than {seconds:g} s; "
            "raise ask.wall_seconds, or choose a smaller model"
        )
        try:
            await asyncio.to_thread(self._prepare)
            if model is not None:
                await model.named
            member = await self._looking(model) if model is not None else None
            self.events.emit("agent.started", agent="ask")
            async with wall_clock(seconds, late):
                alone = await self._standing_alone(model, member)
                asked = [self.raw, alone.question] if alone.question else [self.question]
                found = await self._find(search, asked, streamed=member is None)
                if model is not None and member is None and found.answers:
                    summary = await self._summarise(model, found.places[:MAX_PLACES])
            if model is not None and member is not None:
                reading = await self._read_on(model, member, found, alone)
            said = summary or reading
            self._emit_end(said.usage if said is not None else alone.usage)
        except (ModelError, ConfigError) as error:
            failure = str(error)
            self.events.emit("error", message=failure)
        finally:
            if model is not None:
                model.release()
        composed = self._composed(search, found, summary, reading, failure)
        for text in composed.streamed:
            self._emit_text(text, checked=composed.checked)
        return composed.answer

    def _composed(
        self,
        search: SearchTool,
        found: FoundPlaces | None,
        summary: ModelSummary | None,
        reading: Reading | None,
        failure: str,
    ) -> ComposedAnswer:
        """Compose what there is: claims that hold, else the places, else why nobody could look."""
        models = self.asker.models
        if found is None:
            coverage = search.last.result.coverage if search.last is not None else None
            return could_not_look(self.question, failure, coverage)
        if reading is not None and reading.proven and models is not None:
            identity = ModelIdentity(models.model, self.asker.model_version)
            return claimed_answer(self.question, found, reading, identity)
        if reading is not None:
            return unproven_answer(self.question, found, reading)
        return answer_of(self.question, found, summary, failure, model_expected=models is not None)

    async def _looking(self, model: _StartingModel) -> TeamMember | None:
        """Return the member that looks by itself; None where the model cannot, or is not there.

        What keeps it from being there is told where it is asked for a summary: the places are found
        without it.
        """
        if self.asker.member is None:
            return None
        try:
            member = await self.asker.member(asyncio.shield(model.client))
        except (ModelError, ConfigError):
            return None
        return member if member is not None and can_look(member) else None

    async def _standing_alone(
        self, model: _StartingModel | None, member: TeamMember | None
    ) -> Standalone:
        """Return what a question asks that goes on from others, where a capable model can say."""
        if model is None or member is None or not self.earlier:
            return Standalone("", Usage(0, 0))
        try:
            client = await asyncio.shield(model.client)
            return await stand_alone(client, member, self.earlier, self.raw)
        except ModelError as error:
            self.events.emit("error", message=f"the question was searched for as it is: {error}")
            return Standalone("", Usage(0, 0))

    async def _read_on(
        self,
        model: _StartingModel,
        member: TeamMember,
        found: FoundPlaces,
        alone: Standalone,
    ) -> Reading:
        """Let the model look, beginning with the places that were found."""
        budget = self.asker.budget
        is_set = "wall_seconds" in budget.model_fields_set
        seconds = budget.wall_seconds if is_set else wall_seconds_of(member)
        client = await asyncio.shield(model.client)
        asker = self.asker
        means = asker.executing, asker.approver
        reader = Reader(asker.repository, member, client, self.events, seconds, *means)
        asked = LookedFor(self.raw, alone.question, self.earlier)
        reading = await reader.read(asked, found)
        reading.spending.add(alone.usage.prompt_tokens, alone.usage.completion_tokens, 0.0)
        return reading

    async def _prepared(self) -> None:
        """Get the model ready, and tell what of that failed."""
        if self.asker.prepare is not None:
            await self.asker.prepare(lambda why: self.events.emit("error", message=why))

    def _prepare(self) -> None:
        """Index what changed, show first places by words alone, then fill in vectors."""
        repository = self.asker.repository
        refresh_index(repository, self._emit_progress)
        if repository.vectors.embedder is None:
            return
        with repository.searcher(with_dense=False) as searcher:
            hits = searcher.search(self.question, PREVIEW_PLACES).hits
        places = [hit.as_json() | {"signature": hit.signature} for hit in hits]
        self.events.progress(Preview(places))
        seconds = self.asker.budget.dense_seconds
        fill_vectors(repository, seconds, self._emit_progress, self.question)

    def _emit_progress(self, stage: str, done: int, total: int) -> None:
        self.events.progress(Counted(stage, done, total))

    async def _find(
        self, search: SearchTool, asked: Sequence[str], *, streamed: bool
    ) -> FoundPlaces:
        found = together([await self._searched(search, one) for one in asked])
        if found.verdict.answered:
            for place in found.places:
                citation = place.citation.as_json()
                self.events.emit("citation", **citation, symbol=place.spot.best.symbol)
        if found.answers and streamed:
            self._emit_text(body_of(found.places), checked=True)
        return found

    async def _searched(self, search: SearchTool, question: str) -> FoundPlaces:
        arguments = {"query": question, "limit": MAX_HITS}
        [failure] = await self._call("search", search.search, [arguments])
        if failure is not None:
            raise failure
        if search.last is None:
            raise IndexingError("the search tool returned nothing; run `rooftree status`")
        return await asyncio.to_thread(check_places, self.asker.repository, search.last)

    async def _call(
        self,
        name: str,
        tool: Callable[..., Awaitable[str]],
        calls: Sequence[Mapping[str, Any]],
    ) -> list[RooftreeError | None]:
        """Call a tool several times at once; returns the error of each call that failed."""
        for arguments in calls:
            self.events.emit("tool.started", tool=name, arguments=json.dumps(arguments))
        results = await asyncio.gather(
            *(tool(**arguments) for arguments in calls), return_exceptions=True
        )
        failures: list[RooftreeError | None] = []
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, RooftreeError):
                raise result
            failed = result if isinstance(result, RooftreeError) else None
            output = str(result)[:MAX_TOOL_OUTPUT_LENGTH]
            self.events.emit("tool.finished", tool=name, failed=failed is not None, output=output)
            failures.append(failed)
        return failures

    async def _read(self, places: Sequence[CitedPlace]) -> list[SummaryPlace]:
        """Pair each place with what is read of it; a file that has changed since is left out."""
        reader = ReadTool(self.asker.repository)
        await self._call("read", reader.read, list(map(_range, places)))
        read = {(item.path, item.start, item.blob): item for item in reader.excerpts}
        shown = []
        for place in places:
            best = place.spot.best
            item = read.get((best.path, best.focus[0], best.blob))
            if item is not None:
                shown.append(SummaryPlace(item.path, item.start, item.end, best.symbol, item.text))
        return shown

    async def _summarise(
        self, model: _StartingModel, places: Sequence[CitedPlace]
    ) -> ModelSummary | None:
        """Ask the model about the places; None where none of them can be shown any more."""
        shown = await self._read(places)
        if not shown:
            return None
        client = await asyncio.shield(model.client)
        name, budget = model.access.model, self.asker.budget
        window = await model.access.window(name)
        thinks = model.access.abilities(name).always_thinks
        answer_tokens = budget.answer_tokens
        answer_tokens += min(THINKING_TOKENS, window.tokens // 4) if thinks else 0
        room = min(budget.prompt_tokens, window.tokens - answer_tokens)
        if window.source == "assumed" and room < budget.prompt_tokens:
            self.events.emit("error", message=assumption_note(name, window.tokens))
        prompt = await build_prompt(client, name, self.question, shown, room)
        self.events.progress(ModelAsked(name, prompt.id, prompt.sha))
        self._emit_text(f"\n\n{summary_label(name)}\n\n")
        request = ChatRequest(name, prompt.messages, answer_tokens, temperature=0.0, thinking="off")
        completion = await self._stream(client, request)
        return ModelSummary(
            completion.text,
            tuple(shown),
            ModelIdentity(name, self.asker.model_version),
            completion.usage or Usage(0, 0),
        )

    async def _stream(self, client: LanguageModel, request: ChatRequest) -> Completion:
        """Emit the answer as it arrives, as inert Markdown."""
        sanitiser = MarkdownSanitiser()
        async with aclosing(client.stream(request)) as parts:
            async for part in parts:
                if not isinstance(part, str):
                    # What was kept back, because more could have changed its meaning.
                    self._emit_text(sanitiser.finish())
                    return part
                self._emit_text(sanitiser.feed(part))
        raise AssertionError("a stream ends with its result")

    def _emit_end(self, usage: Usage) -> None:
        self.events.emit("agent.finished", agent="ask")
        self.events.emit(
            "usage",
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )

    def _emit_text(self, text: str, *, checked: bool = False) -> None:
        """Emit text; what is `checked` is the beginning of the answer as it will stand."""
        if text:
            self.events.emit("message.delta", text=text, **({"checked": True} if checked else {}))


async def _client_of(models: ModelAccess, prepare: Callable[[], Awaitable[None]]) -> LanguageModel:
    client = await models.client()
    await prepare()
    return client


def _take_failure(task: "asyncio.Task[Any]") -> None:
    """Retrieve the exception of starting the model, though the result is not needed any more."""
    if not task.cancelled():
        task.exception()


def _range(place: CitedPlace) -> dict[str, object]:
    """Return what to read of a place: the part that matched, not a long definition whole."""
    start, end = place.spot.best.focus
    return {"path": place.citation.path, "start": start, "end": min(end, start + MAX_LINES - 1)}
