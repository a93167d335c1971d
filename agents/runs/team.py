"""What all roles share: the run's resources, and how a role calls its model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.runs.recorded_model import RecordedModel
from indexing.repository.repository import Repository
from indexing.secrets.redact import redact
from models.chat.abilities import THINKING_TOKENS
from models.chat.edit_formats import EditFormat
from models.chat.windows import assumption_note
from models.client.client import ChatRequest, Completion, FimRequest
from models.probing.profile import ModelRole, ModelTier
from prompts.library import RenderedPrompt, neutralise
from rooftree.telemetry.events import EventLog
from tools.drafts.snapshot import Snapshot
from tools.model_tools.lint_edit import HasApproved, nothing_approved
from tools.model_tools.running.run import MayRun, MayShell
from tools.once import Memo
from tools.projects.checks import Checks
from tools.projects.operations import ProjectOperation

MAX_OUTPUT_LENGTH = 2400
"""Characters of a test's output that a small model is shown: the end of it tells most."""


@dataclass(frozen=True, slots=True)
class TeamMember:
    """The model of a role, and what was measured of it."""

    model: str
    tier: ModelTier = "small"
    edit_format: EditFormat = "unit"
    prompt_tokens: int = 1500
    answer_tokens: int = 700
    context_tokens: int = 4096
    served: str = ""
    """The model behind the name that is asked for."""
    size: Literal["S", "M", "L"] = "S"
    """How much work it may be given at once, by its window and what it did in several steps."""
    window_source: str = ""
    """Where `context_tokens` is known from: a `WindowSource`, empty in older runs."""
    edit_tool: Literal["edit", "apply_patch", "definition"] = "edit"
    """The tool by which it edits best, where it chooses its own."""
    thinks: bool = False
    """Whether it thinks before it answers, which takes room of the answer."""
    step_seconds: float = 0.0
    """How long one step with tools took when it was measured; 0 where it was not."""
    slots: int = 1
    """How many calls its server is known to answer at once."""
    sampling: Mapping[str, float] = field(default_factory=dict)
    """How its answers are drawn, by the names of a `ChatRequest`; empty leaves it to the server."""

    @property
    def thinking_tokens(self) -> int:
        """Room for what it thinks, beside the tokens of an answer."""
        return min(THINKING_TOKENS, self.context_tokens // 4) if self.thinks else 0

    @property
    def window_note(self) -> str:
        """What has to be told of its window; empty where that is known."""
        if self.window_source != "assumed":
            return ""
        return assumption_note(self.served or self.model, self.context_tokens)


@dataclass(slots=True)
class Team:
    """The resources of one run; roles do not know each other."""

    answers: RecordedModel
    members: Mapping[ModelRole, TeamMember]
    checks: Checks | None
    """None where there is no sandbox: nothing is executed, and nothing is called verified."""
    snapshot: Snapshot
    memo: Memo
    events: EventLog
    no_checks: str = ""
    """Why there are none."""
    repository: Repository | None = None
    """Its index, for roles that search by themselves."""
    may_run: MayRun | None = None
    """Asks whether an operation besides the project's tests may run."""
    may_shell: MayShell | None = None
    """Asks whether a command that a model wrote may run."""
    has_approved: HasApproved = nothing_approved
    """Says whether an operation may run as things stand; nobody is asked."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Which prompts were used: id → hash."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of the models that take part."""
        notes = (member.window_note for member in self.members.values())
        return tuple(dict.fromkeys(filter(None, notes)))

    async def test_operation(self) -> ProjectOperation | None:
        """Return what runs the project's tests; None where nothing does here."""
        return await self.checks.operation() if self.checks is not None else None

    async def ask(
        self,
        role: ModelRole,
        prompt: RenderedPrompt,
        *,
        max_tokens: int,
        temperature: float = 0.0,
        schema: Mapping[str, Any] | None = None,
    ) -> Completion:
        """Call the model of a role."""
        self.prompts[prompt.id] = prompt.sha
        form = None
        if schema is not None:
            form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        member = self.members[role]
        request = ChatRequest(
            member.model,
            prompt.messages,
            max_tokens + member.thinking_tokens,
            temperature=temperature,
            response_format=form,
        )
        completion = await self.answers.chat(request)
        spending = self.answers.spending
        self.events.emit("usage", role=role, prompt=prompt.id, **spending.as_json())
        return completion

    async def fill(
        self,
        role: ModelRole,
        prefix: str,
        suffix: str,
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: tuple[str, ...] = (),
    ) -> Completion:
        """Let the model of a role fill in what is between two texts."""
        return await self.answers.fim(
            FimRequest(
                self.members[role].model,
                neutralise(redact(prefix)),
                neutralise(redact(suffix)),
                max_tokens,
                temperature,
                stop,
            )
        )


def answer_schema(
    properties: Mapping[str, Any], optional: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def text_for_model(
    text: str, longest: int = MAX_OUTPUT_LENGTH, *, keep: Literal["end", "start"] = "end"
) -> str:
    """Return text as a model may see it: without secrets, and not too long."""
    safe = redact(text).strip("\n")
    if len(safe) <= longest:
        return safe
    return "…" + safe[-longest:] if keep == "end" else safe[:longest] + "…"


def json_of(completion: Completion) -> dict[str, Any]:
    """Return the object that a model answered; an empty one where it is none."""
    text = completion.text.strip()
    start, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
