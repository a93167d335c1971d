"""Review a change: its tests and static tools before and after it, then a model's findings."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from rooftree.errors import ModelError, UsageError
from server.access.api_keys import CallerAccess
from server.base.thread_relay import EventListener
from server.operations.operation import Call, Operation, RepositoryRequest, Response, Text
from server.operations.work.change import MAX_TASK_LENGTH
from server.operations.work.records import MAX_NAME_LENGTH, begin_run

if TYPE_CHECKING:
    from agents.review.flow import ReviewSettings
    from agents.review.review_run import ProposalSource
    from agents.runs.team import TeamMember
    from models.client.language_model import LanguageModel
    from models.probing.profile import ModelRole
    from rooftree.git.commands import Worktree
    from server.services.host import Host

MAX_DIFF_LENGTH = 4 << 20
EXECUTE = "execute"
UNTESTED = f"tests were not run: the key lacks the scope {EXECUTE!r}"


Prose = Annotated[Text, AfterValidator(lambda text: text[:MAX_TASK_LENGTH])]
"""What comes after the bound is not read."""


class ReviewRequest(RepositoryRequest):
    """What is to be reviewed: two commits, or a diff."""

    base: Text = Field(default="", max_length=MAX_NAME_LENGTH)
    head: Text = Field(default="", max_length=MAX_NAME_LENGTH)
    diff: Annotated[Text, Field(max_length=MAX_DIFF_LENGTH)] | None = None
    title: Prose = ""
    description: Prose = ""
    model: str = Field(default="", max_length=MAX_NAME_LENGTH)
    """The alias that reviews; empty means the one of that role."""
    ask_model: bool = True
    tests: bool | None = None
    """Without it tests run where the caller may run any."""
    known: tuple[str, ...] = Field(default=(), max_length=10_000)
    """Fingerprints of findings that are not to be shown again."""


class Fix(Response):
    """Lines to put in place of others."""

    line: int
    end_line: int
    replacement: str


class ProofResponse(Response):
    """A test that fails with the change and passes without it; `text` is the whole file."""

    path: str
    text: str
    tests: tuple[str, ...]
    command: str
    output: str


class FindingResponse(Response):
    """One finding, anchored; whatever is prose does nothing where it is rendered."""

    path: str
    line: int
    end_line: int
    side: str
    """Whether the lines are those of the new file, or of the old one where they are gone."""
    beside: int
    severity: str
    category: str
    claim: str
    trigger: str
    quote: str
    source: str
    code: str
    evidence: tuple[str, ...]
    confidence: float
    symbol: str
    fix: Fix | None
    proof: ProofResponse | None
    proven: bool
    """Whether tests show it, and it is not said to be meant so."""
    fingerprint: str
    inline: bool
    known: bool


class NotReviewed(Response):
    """A file that was not reviewed, and why."""

    path: str
    reason: str


class HiddenTextResponse(Response):
    """Text that a person does not see, where it is no line of a file."""

    where: str
    what: str


class ReviewResponse(Response):
    """What a review came to; `verdict` says it in one line."""

    status: Literal["findings", "incomplete", "partial", "clean"]
    verdict: str
    base: str | None
    head: str | None
    files: tuple[str, ...]
    not_reviewed: tuple[NotReviewed, ...]
    findings: tuple[FindingResponse, ...]
    tests: tuple[Any, ...]
    tests_ran: int
    commands: tuple[Any, ...]
    hidden_text: tuple[HiddenTextResponse, ...]
    notes: tuple[str, ...]
    bounds: tuple[str, ...]
    looked: bool
    """Whether it was looked at by what was to look: the model, or the tools without one."""
    model_asked: bool
    places_asked: int
    places: int
    dropped: int
    discarded: dict[str, int]
    discarded_told: str
    environment: tuple[str, ...]
    run: str
    usage: dict[str, Any]

    @property
    def inline(self) -> tuple[FindingResponse, ...]:
        """The findings that are shown at their lines."""
        return tuple(one for one in self.findings if one.inline)


async def run(call: Call, request: ReviewRequest) -> ReviewResponse:
    from agents.review.needs import budget_of
    from agents.review.review_run import ReviewRun
    from rooftree.git.commands import open_worktree
    from server.services.changes import recorded_events

    host, section = call.host, call.host.config.review
    settings = _settings(host, request, call.caller.access)
    worktree = await asyncio.to_thread(open_worktree, host.place(request.repo))
    proposes, named = _proposes(worktree, request)
    with host.room_for_a_run():
        answers, members = await _model(host, request, call.listener)
        served = members["reviewer"].served if members else ""
        folder = begin_run(call, "review", request.title or named, worktree, served)
        with recorded_events(folder, call.listener) as events:
            reviewing = ReviewRun(
                host.config,
                proposes,
                answers,
                members,
                folder,
                events,
                request.title,
                request.description,
                budget_of(section, members),
                settings,
            )
            review = await reviewing.run()
    return ReviewResponse.from_fields(review.as_json())


REVIEW = Operation(
    "review",
    ReviewRequest,
    ReviewResponse,
    "review",
    run,
    needs=lambda request: {EXECUTE: "running the repository's tests"} if request.tests else {},
    streams=True,
)


async def _model(
    host: "Host", request: ReviewRequest, listener: EventListener
) -> "tuple[LanguageModel, dict[ModelRole, TeamMember]]":
    """Return who is asked; without a model what is measured is told all the same."""
    from agents.runs.team import TeamMember
    from models.client.unavailable_model import UnavailableModel
    from server.services.changes import members

    if not request.ask_model:
        return UnavailableModel("no model was wanted"), {}
    try:
        playing = await members(host, request.model, listener)
        return await host.models.client(), playing
    except ModelError as error:
        return UnavailableModel(str(error)), {"reviewer": TeamMember("")}


def may_run_tests(request: ReviewRequest, access: CallerAccess) -> tuple[bool, str]:
    """Return whether tests run and, where nobody declined them, why they do not.

    They are programs of whoever proposes the change, so they need the scope of what runs programs.
    """
    may = EXECUTE in access.scopes
    if request.tests is None:
        return may, "" if may else UNTESTED
    return request.tests and may, ""


def _settings(host: "Host", request: ReviewRequest, access: CallerAccess) -> "ReviewSettings":
    from agents.review.findings.ranking import DisplayLimits
    from agents.review.flow import ReviewSettings

    section = host.config.review
    tests, untested = may_run_tests(request, access)
    known = frozenset(request.known)
    return ReviewSettings(
        section.tests and tests,
        request.ask_model,
        section.places,
        section.instructions,
        section.wall_seconds,
        shown=DisplayLimits(section.inline, section.severity, section.confidence, known),
        untested=untested if section.tests else "",
    )


def _proposes(worktree: "Worktree", request: ReviewRequest) -> "tuple[ProposalSource, str]":
    """Return what is to be reviewed, and what that is called."""
    from tools.diffs.proposal import between, of_diff

    if request.diff is not None:
        if request.base or request.head:
            raise UsageError("give a diff, or --base and --head, and not both")
        if not request.diff.strip():
            raise UsageError("the diff is empty, so there is nothing to review")
        return partial(of_diff, worktree, request.diff), "a diff"
    if not request.base:
        raise UsageError("say what is to be reviewed: --base REF [--head REF], or --diff FILE")
    head = request.head or "HEAD"
    return partial(between, worktree, request.base, head), f"{request.base}...{head}"
