"""The reviewer: sees task, diff and evidence only, and nothing of how the diff was made.

Measured facts come first: a change of the tests that were to be passed, or a test that broke, is
sent back whatever the model says. The model's own word can send a change back, and can never make
one verified. It approves what it has seen whole, or nothing: an answer that cannot be read, or one
to a part of the diff, leaves the change unreviewed.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from agents.evidence.evidence import Baseline, Evidence
from agents.runs.team import Team, answer_schema, json_of, text_for_model
from indexing.secrets.redact import redact
from models.client.client import ChatRequest
from prompts.library import RenderedPrompt, render
from rooftree.errors import ContextOverflowError
from rooftree.text.safe_markdown import sanitise_markdown
from tools.drafts.approval_view import ApprovalView, warning_sentences

REVIEW_TOKENS = 140
CAPABLE_TOKENS = 1_000
"""For a model that reads closely and has more to say than yes or no."""
SPARE_TOKENS = 32
"""Of the context, for what a server adds to a prompt beside its template."""
MAX_REASON_LENGTH = 300
MAX_WARNINGS = 12
MIN_QUOTE_LENGTH = 8

ReviewJudgement = Literal["approved", "objects", "unreviewed"]


@dataclass(frozen=True, slots=True)
class ReviewVerdict:
    """What the reviewer says of a change."""

    judgement: ReviewJudgement
    """`unreviewed`: no reviewer that saw all of it approved of or objected to it."""
    reasons: tuple[str, ...] = ()
    measured: bool = False
    """Whether a measured fact decided, and not a model."""
    seen: int = 0
    """How many added and removed lines the model saw."""
    lines: int = 0
    """Of how many."""
    digest: str = ""
    """Of the draft that was judged."""
    contradicts: str = ""
    """The words of the task that the draft contradicts, as the task has them."""

    @property
    def approved(self) -> bool:
        return self.judgement == "approved"

    @property
    def is_shown(self) -> bool:
        """Whether an objection stands on more than an opinion: a measured fact, or the task."""
        return self.measured or bool(self.contradicts)

    @property
    def objects(self) -> bool:
        return self.judgement == "objects"

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        del told["digest"], told["contradicts"]
        reasons = list(map(sanitise_markdown, self.reasons))
        return told | {"approved": self.approved, "reasons": reasons}


async def review(
    team: Team, task: str, view: ApprovalView, baseline: Baseline, evidence: Evidence
) -> ReviewVerdict:
    """Judge a change."""
    lines = view.added + view.removed
    fault = measured_fault(baseline, evidence)
    if fault:
        return ReviewVerdict("objects", (fault,), True, 0, lines, view.digest)
    asking = _Asking(team, task, view, evidence)
    rows = await asking.rows()
    prompt, seen = asking.prompt(rows)
    whole = rows == len(view.rows)
    unseen = ReviewVerdict("unreviewed", (saw(0, lines),), False, 0, lines, view.digest)
    if not seen and not whole:
        return unseen
    try:
        said = await team.ask(
            "reviewer", prompt, max_tokens=asking.answer_tokens, schema=asking.schema
        )
    except ContextOverflowError:
        return unseen  # its server counts otherwise than it told
    answer = json_of(said)
    judgement, reasons = _read(answer)
    if not whole and judgement == "approved":
        judgement, reasons = "unreviewed", (saw(seen, lines),)
    contradicts = contradicted(answer.get("contradicts"), task) if judgement == "objects" else ""
    return ReviewVerdict(judgement, reasons, False, seen, lines, view.digest, contradicts)


@dataclass(frozen=True, slots=True)
class _Asking:
    """The reviewer's prompt, with as much of the diff as its model can hold."""

    team: Team
    task: str
    view: ApprovalView
    evidence: Evidence

    @property
    def is_capable(self) -> bool:
        return self.team.members["reviewer"].tier == "capable"

    @property
    def answer_tokens(self) -> int:
        return CAPABLE_TOKENS if self.is_capable else REVIEW_TOKENS

    @property
    def schema(self) -> dict[str, Any]:
        return _QUOTING_SCHEMA if self.is_capable else _SCHEMA

    def prompt(self, rows: int) -> tuple[RenderedPrompt, int]:
        """Return the prompt with the first rows of the diff, and how many changed lines it has."""
        text, seen = self.view.first(rows)
        prompt = render(
            "change/review",
            task=text_for_model(self.task, 1200, keep="start"),
            diff=text.removesuffix("\n"),
            left_out=self.view.added + self.view.removed - seen,
            warnings=warning_sentences(self.view.warnings, MAX_WARNINGS),
            evidence=self.evidence.describe(),
            quotes=self.is_capable,
        )
        return prompt, seen

    async def rows(self) -> int:
        """Return how many rows fit; counted once, since a run decides by its log alone."""
        name = f"{self.team.members['reviewer'].model} {self.view.digest}"
        return int(await self.team.memo.once("fitting", name, self._fitting))

    async def _fitting(self) -> int:
        member = self.team.members["reviewer"]
        room = member.context_tokens - self.answer_tokens - SPARE_TOKENS - member.thinking_tokens
        fits, tried, beyond = 0, len(self.view.rows), len(self.view.rows) + 1
        while beyond - fits > 1:
            prompt, _ = self.prompt(tried)
            request = ChatRequest(member.model, prompt.messages, self.answer_tokens)
            if await self.team.answers.count_prompt(request) <= room:
                fits = tried
            else:
                beyond = tried
            tried = (fits + beyond) // 2
        return fits


def saw(seen: int, lines: int) -> str:
    return f"saw {seen} of {lines} lines: the diff is longer than its model's context"


def _read(answer: dict[str, Any]) -> tuple[ReviewJudgement, tuple[str, ...]]:
    """Read what a model said; what cannot be read is no word for a change."""
    judgements: dict[Any, ReviewJudgement] = {"approve": "approved", "revise": "objects"}
    verdict = answer.get("verdict")
    if not isinstance(verdict, str) or verdict not in judgements:
        return "unreviewed", ("the reviewer said nothing that could be read",)
    reasons = answer.get("reasons")
    # It has seen secrets that the change adds, and its words go into logs.
    said = reasons[:2] if isinstance(reasons, list) else []
    return judgements[verdict], tuple(redact(str(one))[:MAX_REASON_LENGTH] for one in said)


def contradicted(quoted: Any, task: str) -> str:
    """Return the words of the task that an objection quotes; "" where it has no such words."""
    if not isinstance(quoted, str):
        return ""
    words = " ".join(quoted.split())
    there = len(words) >= MIN_QUOTE_LENGTH and words.lower() in " ".join(task.split()).lower()
    return words[:MAX_REASON_LENGTH] if there else ""


def measured_fault(baseline: Baseline, evidence: Evidence) -> str:
    if not evidence.parses:
        return evidence.problem
    if evidence.broken:
        return f"{len(evidence.broken)} tests that passed fail now, such as {evidence.broken[0]}"
    if evidence.judges and baseline.failing:
        return f"it edits {evidence.judges[0]}, which decides what the tests say"
    return ""


_SCHEMA = answer_schema(
    {
        "verdict": {"type": "string", "enum": ["approve", "revise"]},
        "reasons": {
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "minItems": 1,
            "maxItems": 2,
        },
    }
)
_QUOTING_SCHEMA = {
    **_SCHEMA,
    "properties": {**_SCHEMA["properties"], "contradicts": {"type": "string", "maxLength": 300}},
    "required": [*_SCHEMA["required"], "contradicts"],
}
"""For a model that can quote: what it objects to sends a change back where the task says so."""
