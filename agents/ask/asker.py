"""Ask: the index answers, the model adds a labelled summary, code checks both.

The run is an AutoGen agent with the tools `search` and `read`, played by a playbook: search, stop
where the evidence says that the repository has no answer, read the best places, then hand the last
turn to the model. Without a model the answer is still whole; it only lacks the summary.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.ask.abstention import AnswerVerdict, decide_answer, not_found_text
from agents.ask.answer import (
    MAX_CITATIONS,
    Answer,
    AnswerStatus,
    CitedPlace,
    ModelIdentity,
    describe_coverage,
    describe_places,
)
from agents.ask.citation_groups import group_hits
from agents.ask.citations import CitationChecker
from agents.ask.summary import MAX_PLACES, SummaryPlace, build_prompt, check_summary
from agents.runtime.agent import run_agent
from agents.runtime.playbook import ModelTurn, PlaybookTurn, TextTurn, ToolTurn
from indexing.repository.refresh import fill_vectors, refresh_index
from indexing.repository.repository import Repository
from indexing.search.search import FindNearest, IndexCoverage
from indexing.vectors.coverage_notes import wordless
from models.client.client import ChatRequest
from models.client.language_model import LanguageModel
from models.gateway import ModelAccess
from rooftree.config import AskSection
from rooftree.errors import ConfigError, IndexingError, ModelError, RepositoryError, UsageError
from rooftree.telemetry.events import EventLog
from rooftree.text.safe_markdown import sanitise_markdown
from tools.model_tools.read import MAX_LINES, ReadTool
from tools.model_tools.search import SearchTool

MAX_QUESTION_LENGTH = 8000
PREVIEW_PLACES = 5
MAX_HITS = 14
"""How many hits are looked for; those that stand close together are cited as one place."""
PLACES_LABEL = "Where to look (each place was checked against the file's bytes):"
SUMMARY_LABEL = "Summary by {model} (a model's words; its marks are checked):"
NOT_FOUND = "Not found in this repository"
NOT_ALL = "Could not look at everything, and found nothing in the rest"
EMPTY_SUMMARY = "the model said nothing."
ALL_MOVED = "Could not look: every place found has changed since; ask again."


@dataclass(frozen=True, slots=True)
class Asker:
    """What every question to one repository shares."""

    repository: Repository
    models: ModelAccess | None
    budget: AskSection
    nearest: FindNearest | None = None
    model_version: str | None = None

    async def ask(self, question: str, events: EventLog, notice: str = "") -> Answer:
        """Answer a question; never raises for a failing index or model, but says so.

        UnknownModelError where the model that is configured is none that its server has.

        A `notice` is what the asker should know before anything else, such as a missing embedder.
        """
        check_question(question)
        events.emit("run.started", flow="ask", question=question)
        if notice:
            events.emit("error", message=notice)
        try:
            answer = await _AskRun(self, question, events).run()
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


class _AskRun:
    """The state of one question."""

    def __init__(self, asker: Asker, question: str, events: EventLog) -> None:
        self._asker = asker
        self._question = question
        self._events = events
        self._search = SearchTool(asker.repository, asker.nearest)
        self._read = ReadTool(asker.repository)
        self._verdict: AnswerVerdict | None = None
        self._places: list[CitedPlace] = []
        self._stale = 0
        self._shown: list[SummaryPlace] = []
        self._identity: ModelIdentity | None = None
        self._client: asyncio.Task[LanguageModel] | None = None
        self._named: asyncio.Task[None] | None = None

    async def run(self) -> Answer:
        models = self._asker.models
        if models is not None:
            self._client = asyncio.create_task(_answers(models))
            self._named = asyncio.create_task(models.check_chat())
        failure = ""
        summary = ""
        try:
            await asyncio.to_thread(self._prepare)
            if self._named is not None:
                await self._named
            summary = await self._play()
        except (ModelError, ConfigError) as error:
            failure = str(error)
            self._events.emit("error", message=failure)
        finally:
            self._settle_client()
        return self._answer(summary, failure)

    def _prepare(self) -> None:
        """Index what changed, show first places by words alone, then fill in vectors."""
        repository = self._asker.repository
        refresh_index(repository, self._tell)
        if repository.embedder is None:
            return
        with repository.searcher(with_dense=False) as searcher:
            hits = searcher.search(self._question, PREVIEW_PLACES).hits
        places = [hit.as_json() | {"signature": hit.signature} for hit in hits]
        self._events.emit("progress", stage="preview", places=places)
        seconds = self._asker.budget.dense_seconds
        fill_vectors(repository, seconds, self._tell, self._question)

    def _tell(self, stage: str, done: int, total: int) -> None:
        self._events.emit("progress", stage=stage, done=done, total=total)

    async def _play(self) -> str:
        finished = await run_agent(
            "ask",
            self._question,
            playbook=self._turn,
            tools={"search": self._search.search, "read": self._read.read},
            wall_seconds=self._asker.budget.wall_seconds,
            events=self._events,
        )
        self._events.emit(
            "usage",
            prompt_tokens=finished.prompt_tokens,
            completion_tokens=finished.completion_tokens,
        )
        return finished.text

    async def _turn(self, number: int) -> PlaybookTurn:
        """Search; judge; read; summarise. Each turn may be the last."""
        if number == 0:
            arguments = {"query": self._question, "limit": MAX_HITS}
            return ToolTurn((("search", arguments),))
        if number == 1:
            await asyncio.to_thread(self._check_places)
            if not self._is_answered() or not self._places or self._client is None:
                return TextTurn("")
            return ToolTurn(tuple(("read", _range(place)) for place in self._to_show()))
        return await self._model_turn()

    def _check_places(self) -> None:
        """Verify every hit against its bytes, and judge whether they answer the question."""
        if self._search.failure is not None:
            raise self._search.failure
        found = self._search.last
        if found is None:
            raise IndexingError("the search tool returned nothing; run `rooftree status`")
        self._verdict = decide_answer(found.evidence)
        checker = CitationChecker(self._asker.repository, found.result.coverage.commit)
        for spot in group_hits(found.result.hits, MAX_CITATIONS):
            citation = checker.check(spot)
            if citation is None:
                self._stale += 1
                continue
            self._places.append(CitedPlace(spot, citation, found.callers[spot.best.occurrence]))
            if self._is_answered():
                self._events.emit("citation", **citation.as_json(), symbol=spot.best.symbol)
        if self._is_answered() and self._places:
            self._say(self._body(), checked=True)

    def _is_answered(self) -> bool:
        return self._verdict is not None and self._verdict.answered

    def _to_show(self) -> Sequence[CitedPlace]:
        return self._places[:MAX_PLACES]

    async def _model_turn(self) -> PlaybookTurn:
        self._shown = self._readable_places()
        if self._client is None or self._asker.models is None or not self._shown:
            return TextTurn("")
        client = await asyncio.shield(self._client)
        name = self._asker.models.model
        prompt = await build_prompt(
            client, name, self._question, self._shown, self._asker.budget.prompt_tokens
        )
        self._identity = ModelIdentity(name, self._asker.model_version)
        self._events.emit(
            "progress", stage="model", model=name, prompt=prompt.id, prompt_sha=prompt.sha
        )
        self._say(f"\n\n{SUMMARY_LABEL.format(model=name)}\n\n")
        request = ChatRequest(
            model=name,
            messages=prompt.messages,
            max_tokens=self._asker.budget.answer_tokens,
            temperature=0.0,
        )
        return ModelTurn(client, request)

    def _readable_places(self) -> list[SummaryPlace]:
        """Pair each place with what was read of it; a file that has changed since is left out."""
        read = {(item.path, item.start, item.blob): item for item in self._read.excerpts}
        shown = []
        for place in self._to_show():
            best = place.spot.best
            item = read.get((best.path, best.focus[0], best.blob))
            if item is not None:
                shown.append(SummaryPlace(item.path, item.start, item.end, best.symbol, item.text))
        return shown

    def _settle_client(self) -> None:
        """Let a model that is still starting continue; its owner closes it."""
        for task in (self._client, self._named):
            if task is not None:
                task.add_done_callback(_take_failure)

    def _say(self, text: str, *, checked: bool = False) -> None:
        """Tell text; what is `checked` is the beginning of the answer as it will stand."""
        self._events.emit("message.delta", text=text, **({"checked": True} if checked else {}))

    def _body(self) -> str:
        return f"{PLACES_LABEL}\n\n{describe_places(self._places)}"

    def _answer(self, summary: str, failure: str) -> Answer:
        found = self._search.last
        coverage = found.result.coverage if found else None
        if self._verdict is None:
            return self._refusal("could_not_look", f"Could not look: {failure}", coverage)
        if not self._verdict.answered:
            return self._unanswered(self._verdict.reason)
        if not self._places:
            return self._refusal("could_not_look", ALL_MOVED, coverage)
        checked = check_summary(summary, self._question, self._shown)
        parts = [self._body()]
        tail = []
        if checked.text and self._identity:
            parts += [SUMMARY_LABEL.format(model=self._identity.name), checked.text]
            tail += [note for note in [checked.note] if note]
        elif self._client is not None:
            tail.append(sanitise_markdown(f"No summary: {failure or EMPTY_SUMMARY}"))
        if self._verdict.missing:
            tail.append(
                sanitise_markdown(f"Of the question, {not_found_text(self._verdict.missing)}.")
            )
        tail += _coverage_note(coverage)
        for note in tail:
            self._say(f"\n\n{note}")
        return Answer(
            self._question,
            "answered",
            "\n\n".join(parts + [note for note in tail if note != checked.note]),
            tuple(place.citation for place in self._places),
            self._stale + checked.rejected,
            self._identity if checked.text else None,
            coverage,
        )

    def _unanswered(self, reason: str) -> Answer:
        """Say that nothing answers; where no word could be looked for, nobody has looked."""
        found = self._search.last
        coverage = found.result.coverage if found else None
        if found is None or not found.result.query.terms:
            text = f"Could not look: {wordless(self._question)}."
            return self._refusal("could_not_look", text, coverage)
        status: AnswerStatus = found.result.coverage.nothing
        text = NOT_FOUND if status == "not_found" else NOT_ALL
        return self._refusal(status, f"{text}: {reason}.", coverage)

    def _refusal(self, status: AnswerStatus, text: str, coverage: IndexCoverage | None) -> Answer:
        whole = "\n\n".join([sanitise_markdown(text), *_coverage_note(coverage)])
        self._say(whole, checked=True)
        return Answer(self._question, status, whole, rejected=self._stale, coverage=coverage)


async def _answers(models: ModelAccess) -> LanguageModel:
    return await models.client()


def _take_failure(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception of starting the model, though the result is not needed any more."""
    if not task.cancelled():
        task.exception()


def _coverage_note(coverage: IndexCoverage | None) -> list[str]:
    note = describe_coverage(coverage) if coverage else ""
    return [sanitise_markdown(f"Coverage: {note}.")] if note else []


def _range(place: CitedPlace) -> dict[str, object]:
    """Return what to read of a place: the part that matched, not a long definition whole."""
    start, end = place.spot.best.focus
    return {"path": place.citation.path, "start": start, "end": min(end, start + MAX_LINES - 1)}
