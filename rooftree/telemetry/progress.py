"""Progress of a run as typed values: one class a stage, whose fields are those of its JSON.

Who runs emits them (`EventLog.progress`); who shows a run reads them back (`progress_of`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a counted stage has come: `index`, `vectors`, `history`, `users` and others."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process holds the index."""

    stage: ClassVar[str] = "waiting"
    holder: str = "another process"


@dataclass(frozen=True, slots=True)
class Searchable:
    """Words can be searched; vectors are still to come."""

    stage: ClassVar[str] = "searchable"
    files: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Preview:
    """First places that answer a question, by words alone."""

    stage: ClassVar[str] = "preview"
    places: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A model is asked for a summary."""

    stage: ClassVar[str] = "model"
    model: str
    prompt: str
    prompt_sha: str


@dataclass(frozen=True, slots=True)
class SnapshotBegun:
    """What the run starts from is taken down."""

    stage: ClassVar[str] = "snapshot"


@dataclass(frozen=True, slots=True)
class SuspectsFound:
    """Definitions that may be at fault."""

    stage: ClassVar[str] = "suspects"
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class RepairTried:
    """One way of repairing one definition begins."""

    stage: ClassVar[str] = "trying"
    path: str
    symbol: str
    way: str = ""


@dataclass(frozen=True, slots=True)
class PlaceEdited:
    """A place that the plan names is edited."""

    stage: ClassVar[str] = "editing"
    path: str
    symbol: str


@dataclass(frozen=True, slots=True)
class FillingRefused:
    """The model cannot fill in."""

    stage: ClassVar[str] = "cannot fill in"
    reason: str


@dataclass(frozen=True, slots=True)
class CandidateMeasured:
    """A candidate was measured."""

    stage: ClassVar[str] = "tried"
    origin: str
    evidence: str


@dataclass(frozen=True, slots=True)
class WrittenTestMeasured:
    """A test was written and measured."""

    stage: ClassVar[str] = "tested"
    test: str
    shows: str


@dataclass(frozen=True, slots=True)
class PartMeasured:
    """A part of a task was made and measured."""

    stage: ClassVar[str] = "part"
    number: int
    count: int
    evidence: str


@dataclass(frozen=True, slots=True)
class AgentStep:
    """An agent that works with tools begins a step."""

    stage: ClassVar[str] = "step"
    role: str
    step: int
    most: int


@dataclass(frozen=True, slots=True)
class FinishSentBack:
    """An agent that wanted to end was told what is open, and goes on."""

    stage: ClassVar[str] = "sent back"
    role: str
    open_points: Sequence[str]


@dataclass(frozen=True, slots=True)
class ScoutReturned:
    """A scout has come back, with so many places; or without an answer, and why."""

    stage: ClassVar[str] = "scouted"
    scout: str
    steps: int
    places: int
    ended: str = ""


@dataclass(frozen=True, slots=True)
class ToolsUsed:
    """The coder has come to its end with tools."""

    stage: ClassVar[str] = "worked"
    edits: int
    said: str


@dataclass(frozen=True, slots=True)
class DraftReviewed:
    """The reviewer has judged a draft."""

    stage: ClassVar[str] = "reviewed"
    judgement: str
    approved: bool
    reasons: Sequence[str]
    measured: bool
    seen: int
    lines: int


@dataclass(frozen=True, slots=True)
class SuiteBegun:
    """Tests run with and without the change."""

    stage: ClassVar[str] = "testing"
    tests: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReviewMeasured:
    """What needs no model was measured."""

    stage: ClassVar[str] = "measured"
    findings: int


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """A model reads a place of a change."""

    stage: ClassVar[str] = "reading"
    path: str
    symbol: str


@dataclass(frozen=True, slots=True)
class ClaimTested:
    """A test of a claim was run, and what that shows."""

    stage: ClassVar[str] = "claim tested"
    path: str
    symbol: str
    shows: str


Progress = (
    Counted
    | Waiting
    | Searchable
    | Preview
    | ModelAsked
    | SnapshotBegun
    | SuspectsFound
    | RepairTried
    | PlaceEdited
    | FillingRefused
    | CandidateMeasured
    | WrittenTestMeasured
    | AgentStep
    | PartMeasured
    | FinishSentBack
    | ScoutReturned
    | ToolsUsed
    | DraftReviewed
    | SuiteBegun
    | ReviewMeasured
    | PlaceRead
    | ClaimTested
)
_BY_STAGE: dict[str, type[Progress]] = {
    kind.stage: kind for kind in Progress.__args__ if kind is not Counted
}


def progress_json(progress: Progress) -> dict[str, Any]:
    """Return the payload of an event."""
    return {"stage": progress.stage, **asdict(progress)}


def progress_of(data: Mapping[str, Any]) -> Progress | None:
    """Read the payload of an event; None where it is none that this version knows."""
    kind = _BY_STAGE.get(str(data.get("stage")), Counted)
    known = {field.name: data[field.name] for field in fields(kind) if field.name in data}
    try:
        return kind(**known)
    except TypeError:  # a server of another version leaves out a field, or has another stage
        return None
